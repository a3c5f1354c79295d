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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Heads that hubs show: each is held against the log here, those of places that are not here yet once they are. So a hub that gives another log than it has
 * announced is found out. In memory only; of too many the oldest are forgotten.
 */
public final class HeadsAhead {
    private static final Logger LOG = LoggerFactory.getLogger(HeadsAhead.class);

    private final Remarks remarks;
    private final Forks forks;
    private final Map<ChannelId, Deque<HeadIn>> ahead = new LinkedHashMap<>();

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
    void remember(ChannelId id, HeadIn head) {
        Deque<HeadIn> heads = ahead.computeIfAbsent(id, it -> new ArrayDeque<>());
        heads.add(head);
        if (heads.size() > Limits.HEADS_AHEAD_PER_CHANNEL_MAX) {
            heads.remove();
        }
        if (ahead.size() > Limits.CHANNELS_WITH_HEADS_AHEAD_MAX) {
            ahead.remove(ahead.keySet().iterator().next());
        }
    }

    /** The log has grown by what the hub gave. */
    void grown(ServerName hub, Channel channel) {
        Deque<HeadIn> heads = ahead.remove(channel.id());
        if (heads == null) {
            return;
        }
        for (HeadIn head : heads) {
            if (channel.isActive() && head.claimedSeq() > channel.seq()) {
                remember(channel.id(), head);
            } else if (channel.isActive()) {
                check(hub, channel, head);
            }
        }
    }
}
