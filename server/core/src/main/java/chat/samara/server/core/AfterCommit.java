package chat.samara.server.core;

import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import java.util.SortedSet;

/**
 * What follows from a batch once it is durable, in the order in which it was decided. Whoever writes the rows says only what has happened;
 * {@code ChannelService} says, in one place, who does something about it.
 */
public sealed interface AfterCommit {
    /** The channel's log has grown. Once a batch and channel, after all else of the batch. */
    record LogGrown(ChannelId channel) implements AfterCommit {}

    /** An epoch of the channel has ended. */
    record EpochEnded(ChannelId channel) implements AfterCommit {}

    /** A device's message has its place in the log of a channel of another hub: whoever was shown it before that knows it from there. */
    record MessageOrdered(ChannelId channel, DeviceId device, IdempotencyKey key) implements AfterCommit {}

    /** What these devices of this server may read of the channel has changed. */
    record ReadersChanged(ChannelId channel, SortedSet<DeviceId> devices) implements AfterCommit {}

    /** The last member of a server was removed from a channel of this hub. */
    record FollowerRemoved(ChannelId channel, ServerName follower) implements AfterCommit {}

    /** A Welcome waits for a device of this server. */
    record WelcomeWaits(DeviceId device) implements AfterCommit {}
}
