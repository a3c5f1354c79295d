/** Tests of the server core, through its events and effects. */
@NullMarked
package chat.samara.server.core;

import org.jspecify.annotations.NullMarked;
