package chat.samara.server.core.channel;

import chat.samara.server.core.Limits;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Pull;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Which channels are to be pulled, and which are being pulled, by hub. A channel is pulled by one request at a time, a link carries
 * a few, and whoever has had its turn goes to the end of the queue: so no channel starves another. In memory only.
 */
final class PullQueue {
    private final Map<ServerName, Queue> queues = new TreeMap<>();

    private static final class Queue {
        private int pullBytes = Limits.PULL_BYTES_FIRST;
        private final Set<ChannelId> waiting = new LinkedHashSet<>();
        // With when they were asked for.
        private final Map<ChannelId, Long> underWay = new TreeMap<>();
        // Wanted again while a pull was under way: what that brings may not be all.
        private final Set<ChannelId> again = new TreeSet<>();
    }

    private Queue of(ServerName hub) {
        return queues.computeIfAbsent(hub, it -> new Queue());
    }

    /** There is something to pull. */
    void want(ServerName hub, ChannelId channel) {
        Queue queue = of(hub);
        if (queue.underWay.containsKey(channel)) {
            queue.again.add(channel);
        } else if (queue.waiting.size() < Limits.CHANNELS_PER_PEER_MAX) {
            queue.waiting.add(channel);
        }
    }

    /** The next channel to pull from the hub, if it is its turn; counts as being pulled from now on, which is given in monotonic time. */
    Optional<ChannelId> next(ServerName hub, long nowMillis) {
        Queue queue = of(hub);
        if (queue.underWay.size() >= Limits.PULLS_PER_LINK_MAX || queue.waiting.isEmpty()) {
            return Optional.empty();
        }
        ChannelId channel = queue.waiting.iterator().next();
        queue.waiting.remove(channel);
        queue.underWay.put(channel, nowMillis);
        return Optional.of(channel);
    }

    /** Begins as many pulls from the hub as it is the turn of. */
    void pump(ServerName hub, long nowMillis, Consumer<ChannelId> pull) {
        for (Optional<ChannelId> next = next(hub, nowMillis); next.isPresent(); next = next(hub, nowMillis)) {
            pull.accept(next.get());
        }
    }

    /** Asks for the entries of a channel after a place, as many as the line to the hub carries in a few seconds. */
    PeerFrame.Builder pull(ServerName hub, ChannelId channel, long afterSeq) {
        return pull(channel, afterSeq, of(hub).pullBytes);
    }

    /** Asks for entries of a channel after a place. */
    static PeerFrame.Builder pull(ChannelId channel, long afterSeq, int bytes) {
        return PeerFrame.newBuilder()
                .setPull(Pull.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .setAfterSeq(afterSeq)
                        .setCreditBytes(bytes));
    }

    /** A pull was answered: the next ones are so large that on this line they take neither a moment nor for ever. */
    void answered(ServerName hub, ChannelId channel, long nowMillis) {
        Queue queue = of(hub);
        long tookMillis = nowMillis - queue.underWay.getOrDefault(channel, nowMillis);
        if (tookMillis > Limits.PULL_SLOW_MILLIS) {
            queue.pullBytes = Math.max(Limits.PULL_BYTES_MIN, queue.pullBytes / 2);
        } else if (tookMillis < Limits.PULL_QUICK_MILLIS) {
            queue.pullBytes = Math.min(Limits.PULL_BYTES_MAX, queue.pullBytes * 2);
        }
        ended(hub, channel);
    }

    /** A pull has ended. */
    void ended(ServerName hub, ChannelId channel) {
        Queue queue = of(hub);
        queue.underWay.remove(channel);
        if (queue.again.remove(channel)) {
            queue.waiting.add(channel);
        }
    }

    /** The link is gone: whoever wants something says so again. */
    void clear(ServerName hub) {
        queues.remove(hub);
    }

    /** How many pulls are under way. */
    long underWay() {
        return queues.values().stream()
                .mapToLong(queue -> queue.underWay.size())
                .sum();
    }
}
