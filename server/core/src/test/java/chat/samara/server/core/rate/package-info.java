/** Tests of the package of the same name. */
@NullMarked
package chat.samara.server.core.rate;

import org.jspecify.annotations.NullMarked;
