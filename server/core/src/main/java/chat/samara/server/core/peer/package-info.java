/**
 * Other servers: whom the operator has accepted, the links to them, who they prove to be, and what is asked over a link. What the
 * frames about channels mean is package {@code channel}'s. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.peer;

import org.jspecify.annotations.NullMarked;
