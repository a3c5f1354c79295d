/** The library that every client is made of. */
@NullMarked
package chat.samara.client;

import org.jspecify.annotations.NullMarked;
