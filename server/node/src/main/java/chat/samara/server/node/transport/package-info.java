/**
 * One TLS 1.3 port and the dialer to peers: bytes become frames here, and nothing else.
 *
 * <p>What a frame means is the core's business. This package bounds what a stranger can cost before the core has
 * authenticated them: connections, bytes of a frame, time. Everything here runs on Netty's event loops, but for {@link
 * chat.samara.server.node.transport.Connection}'s methods that say that the core's thread calls them. The only package
 * that imports Netty.
 */
@NullMarked
package chat.samara.server.node.transport;

import org.jspecify.annotations.NullMarked;
