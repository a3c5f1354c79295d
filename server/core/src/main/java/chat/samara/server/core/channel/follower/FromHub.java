package chat.samara.server.core.channel.follower;

import chat.samara.server.core.Limits;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import java.util.List;
import java.util.Optional;

/**
 * What a hub gave of a channel's log, in one frame: nothing of it is verified.
 *
 * @param head beside the last of what the hub has; absent where there is more
 */
record FromHub(ServerName hub, ChannelId channel, List<EntryIn> entries, Optional<HeadIn> head) {
    /** Whether the hub says that there is no more. */
    boolean isAll() {
        return head.isPresent() || entries.isEmpty();
    }

    /** Whether this server follows a channel of that hub, and it goes on. */
    boolean isOf(Channel it) {
        return it.hub().equals(hub) && it.isActive();
    }

    /** Bytes that it takes in memory, about. */
    long bytes() {
        return entries.stream()
                .mapToLong(in ->
                        Limits.PART_BYTES + in.unverified().record().encoded().size())
                .sum();
    }
}
