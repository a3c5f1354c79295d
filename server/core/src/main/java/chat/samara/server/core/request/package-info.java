/**
 * What is asked of this server, by devices ({@code ClientRequests}), by other servers ({@code PeerRequests}) and by its operator ({@code Operator}): read from
 * their frames and commands, and handed to the package whose concept it is about. It stands above all of these, and nobody calls it but {@code ServerCore}. On the
 * core's thread.
 */
@NullMarked
package chat.samara.server.core.request;

import org.jspecify.annotations.NullMarked;
