/**
 * What the operator asks of a running server: invites, peers, status. Commands come as {@link chat.samara.server.core.Event.Admin}
 * and are answered with one {@link chat.samara.server.core.admin.AdminResult}, by package {@code request}. Values only.
 */
@NullMarked
package chat.samara.server.core.admin;

import org.jspecify.annotations.NullMarked;
