/**
 * The operator's way in: HTTP on loopback, guarded by a token that only the server's own user can read, with health and
 * metrics beside it. The server's side runs on a few threads of its own and asks the core; the commands' side is a client.
 */
@NullMarked
package chat.samara.server.node.admin;

import org.jspecify.annotations.NullMarked;
