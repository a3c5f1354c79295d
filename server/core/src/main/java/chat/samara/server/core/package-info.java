/** Every decision a server makes, as a deterministic state machine: no sockets, no disk, no clock. */
@NullMarked
package chat.samara.server.core;

import org.jspecify.annotations.NullMarked;
