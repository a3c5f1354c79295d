package chat.samara.server.core.channel.follower;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Remarks;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.HeadIn;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Heads that hubs show: each is held against the log here, those of places that are not here yet once they are. So a hub that gives another log than it has
 * announced is found out. In memory only; of too many of a hub its eldest are forgotten.
 */
public final class HeadsAhead {
    private static final Logger LOG = LoggerFactory.getLogger(HeadsAhead.class);

    private final Remarks remarks;
    private final Forks forks;
    private final Map<ServerName, OfHub> ahead = new TreeMap<>();

    private record Ahead(HeadIn head, int bytes) {}

    /** What one hub has shown, by channel; the eldest first. */
    private static final class OfHub {
        private final Map<ChannelId, Deque<Ahead>> heads = new LinkedHashMap<>();
        private long bytes;

        Deque<Ahead> forget(ChannelId channel) {
            Deque<Ahead> forgotten = Optional.ofNullable(heads.remove(channel)).orElseGet(ArrayDeque::new);
            bytes -= forgotten.stream().mapToLong(it -> it.bytes).sum();
            return forgotten;
        }
    }

    public HeadsAhead(Journal journal, Forks forks) {
        this.remarks = new Remarks(LOG, journal);
        this.forks = forks;
    }

    /** The hub shows a head of a place that is here. */
    void check(ServerName hub, Channel channel, HeadIn head) {
        try {
            forks.check(channel, head);
        } catch (RefusedException e) {
            remarks.warn(hub.value(), "{} gave a head that does not fit: {}", hub, e.refusal());
        }
    }

    /** What the hub has signed for a place that is not here yet is held against what it gives for that place. */
    void remember(ServerName hub, ChannelId id, HeadIn head) {
        OfHub ofHub = ahead.computeIfAbsent(hub, it -> new OfHub());
        Deque<Ahead> heads = ofHub.heads.computeIfAbsent(id, it -> new ArrayDeque<>());
        Ahead added = new Ahead(head, Limits.PART_BYTES + head.toProto().getSerializedSize());
        heads.add(added);
        ofHub.bytes += added.bytes;
        if (heads.size() > Limits.HEADS_AHEAD_PER_CHANNEL_MAX) {
            ofHub.bytes -= heads.remove().bytes;
        }
        while (ofHub.bytes > Limits.HEADS_AHEAD_BYTES_PER_HUB_MAX) {
            ofHub.forget(ofHub.heads.keySet().iterator().next());
        }
    }

    /** The log has grown by what the hub gave. */
    void grown(ServerName hub, Channel channel) {
        OfHub ofHub = ahead.get(hub);
        if (ofHub == null) {
            return;
        }
        for (Ahead each : ofHub.forget(channel.id())) {
            if (channel.isActive() && each.head.claimedSeq() > channel.seq()) {
                remember(hub, channel.id(), each.head);
            } else if (channel.isActive()) {
                check(hub, channel, each.head);
            }
        }
    }
}
