/**
 * What this server does for a channel that another server orders: it pulls the log, verifies and appends it, freezes the channel where the hub has
 * cheated, and gives up what is none of its business.
 *
 * <p>Called by {@code submit}, which knows from receipts that there is more to pull, and by {@code channel} for peers. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.channel.follower;

import org.jspecify.annotations.NullMarked;
