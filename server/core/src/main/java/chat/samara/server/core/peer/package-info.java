/**
 * Other servers: whom the operator has accepted, the links to them, who they prove to be, and what is asked over a link. What they
 * say beside that is handed back ({@code FromPeer}), for package {@code request}. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.peer;

import org.jspecify.annotations.NullMarked;
