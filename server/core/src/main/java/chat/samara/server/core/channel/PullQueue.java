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
        private final Set<ChannelId> waiting = new LinkedHashSet<>();
        private final Set<ChannelId> underWay = new TreeSet<>();
        // Wanted again while a pull was under way: what that brings may not be all.
        private final Set<ChannelId> again = new TreeSet<>();
    }

    private Queue of(ServerName hub) {
        return queues.computeIfAbsent(hub, it -> new Queue());
    }

    /** There is something to pull. */
    void want(ServerName hub, ChannelId channel) {
        Queue queue = of(hub);
        if (queue.underWay.contains(channel)) {
            queue.again.add(channel);
        } else if (queue.waiting.size() < Limits.CHANNELS_PER_PEER_MAX) {
            queue.waiting.add(channel);
        }
    }

    /** The next channel to pull from the hub, if it is its turn; counts as being pulled from now on. */
    Optional<ChannelId> next(ServerName hub) {
        Queue queue = of(hub);
        if (queue.underWay.size() >= Limits.PULLS_PER_LINK_MAX || queue.waiting.isEmpty()) {
            return Optional.empty();
        }
        ChannelId channel = queue.waiting.iterator().next();
        queue.waiting.remove(channel);
        queue.underWay.add(channel);
        return Optional.of(channel);
    }

    /** Begins as many pulls from the hub as it is the turn of. */
    void pump(ServerName hub, Consumer<ChannelId> pull) {
        for (Optional<ChannelId> next = next(hub); next.isPresent(); next = next(hub)) {
            pull.accept(next.get());
        }
    }

    /** Asks for the entries of a channel after a place, as many as one answer may hold. */
    static PeerFrame.Builder pull(ChannelId channel, long afterSeq) {
        return PeerFrame.newBuilder()
                .setPull(Pull.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .setAfterSeq(afterSeq)
                        .setCreditBytes(Limits.PULL_BYTES_MAX));
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
