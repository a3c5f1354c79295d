/**
 * Members of this server, their devices, and the invites by which they came. Asked by sessions and by the operator, on the core's
 * thread.
 */
@NullMarked
package chat.samara.server.core.account;

import org.jspecify.annotations.NullMarked;
