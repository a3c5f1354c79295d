/**
 * The connection to the own server: TLS 1.3 over one socket, frames in and out. Called by the client's engine thread, which it never makes
 * wait; calls back on threads of its own. Who the server is, is proved in the protocol and not here.
 */
@NullMarked
package chat.samara.client.transport;

import org.jspecify.annotations.NullMarked;
