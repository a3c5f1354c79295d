/** The terminal client, built on the SDK only. */
@NullMarked
package chat.samara.cli;

import org.jspecify.annotations.NullMarked;
