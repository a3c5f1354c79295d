/**
 * The server's keys and its manifest, made at the first start and read at every later one. The one place besides the
 * cryptography of protocol/mls that imports Bouncy Castle, to make the port's certificate. Called by the starting thread.
 */
@NullMarked
package chat.samara.server.node.identity;

import org.jspecify.annotations.NullMarked;
