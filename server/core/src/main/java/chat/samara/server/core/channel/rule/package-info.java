/**
 * What may stand in a log, and what a hub refuses beyond that. Each rule judges a channel's state and changes nothing.
 *
 * <p>Asked by {@code hub}, {@code follower}, {@code epoch} and {@code submit}; {@code outbox} gives back what a record that is refused had taken. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.channel.rule;

import org.jspecify.annotations.NullMarked;
