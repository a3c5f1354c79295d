/**
 * What a channel's members mean for this server: which of its devices may read from where to where, which servers follow, and which Welcomes
 * wait.
 *
 * <p>Called by {@code log} for each commit; {@code rule}, {@code hub}, {@code follower}, {@code epoch}, {@code reader} and {@code submit} may look things up here. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.channel.member;

import org.jspecify.annotations.NullMarked;
