/**
 * Records that this server has accepted and that another server orders: kept until they are in the log or are refused for good (I1), and sent to
 * the hub as its line allows.
 *
 * <p>Filled by {@code submit}, emptied by {@code log}; {@code hub}, {@code follower}, {@code epoch} and {@code provisional} may ask what waits. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.channel.outbox;

import org.jspecify.annotations.NullMarked;
