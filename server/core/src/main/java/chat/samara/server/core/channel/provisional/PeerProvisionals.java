package chat.samara.server.core.channel.provisional;

import chat.samara.server.core.Limits;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.SignedRecord;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What peers have shown of messages that have no place in a log yet, so that a device that comes later is shown it, too. In memory, and
 * bounded: records of a channel, bytes of a peer, bytes of all, age. What is forgotten comes with the log.
 */
final class PeerProvisionals {
    private final Map<ChannelId, OfChannel> byChannel = new TreeMap<>();
    private final Map<ServerName, Map<Name, Kept>> byPeer = new TreeMap<>();
    private final Map<ServerName, Long> bytesOfPeer = new TreeMap<>();
    private long bytes;
    private long lastNumber;

    private static final class OfChannel {
        private final ServerName hub;
        private final Map<Said, Kept> bySaid = new HashMap<>();
        private final NavigableMap<Long, Kept> byNumber = new TreeMap<>();

        OfChannel(ServerName hub) {
            this.hub = hub;
        }
    }

    /** A message, and its number among all that came. */
    record Numbered(long number, SignedRecord record) {}

    /** What names a message in its channel. */
    record Said(DeviceId device, IdempotencyKey key) {}

    private record Name(ChannelId channel, Said said) {}

    private record Kept(Name name, long number, ServerName peer, SignedRecord record, int bytes, long atMillis) {}

    /** Keeps one, and forgets older ones of the same channel and peer beyond the bounds. False if it is here already. */
    boolean add(
            ServerName peer, ChannelId channel, ServerName hub, Said said, SignedRecord record, long monotonicMillis) {
        OfChannel ofChannel = byChannel.computeIfAbsent(channel, it -> new OfChannel(hub));
        if (ofChannel.bySaid.containsKey(said)) {
            return false;
        }
        Name name = new Name(channel, said);
        Kept kept = new Kept(name, ++lastNumber, peer, record, record.getSerializedSize(), monotonicMillis);
        ofChannel.bySaid.put(said, kept);
        ofChannel.byNumber.put(kept.number, kept);
        Map<Name, Kept> ofPeer = byPeer.computeIfAbsent(peer, it -> new LinkedHashMap<>());
        ofPeer.put(name, kept);
        bytesOfPeer.merge(peer, (long) kept.bytes, Long::sum);
        bytes += kept.bytes;
        if (ofChannel.byNumber.size() > Limits.PROVISIONAL_PER_CHANNEL_MAX) {
            forget(ofChannel.byNumber.firstEntry().getValue());
        }
        while (bytesOf(peer) > Limits.PROVISIONAL_BYTES_PER_PEER_MAX) {
            forgetOldestOf(peer);
        }
        while (bytes > Limits.PROVISIONAL_BYTES_MAX) {
            // Whoever shows much makes room, and no other.
            forgetOldestOf(Collections.max(bytesOfPeer.entrySet(), Map.Entry.comparingByValue())
                    .getKey());
        }
        return true;
    }

    /** Whether it is here already. */
    boolean has(ChannelId channel, Said said) {
        OfChannel ofChannel = byChannel.get(channel);
        return ofChannel != null && ofChannel.bySaid.containsKey(said);
    }

    /** It has its place in the log. */
    void remove(ChannelId channel, Said said) {
        OfChannel ofChannel = byChannel.get(channel);
        Kept kept = ofChannel == null ? null : ofChannel.bySaid.get(said);
        if (kept != null) {
            forget(kept);
        }
    }

    /** Forgets what was shown before this monotonic time. */
    void expire(long beforeMillis) {
        for (Map<Name, Kept> ofPeer : List.copyOf(byPeer.values())) {
            List.copyOf(ofPeer.values()).stream()
                    .takeWhile(kept -> kept.atMillis < beforeMillis)
                    .forEach(this::forget);
        }
    }

    private void forgetOldestOf(ServerName peer) {
        forget(byPeer.getOrDefault(peer, Map.of()).values().iterator().next());
    }

    private void forget(Kept kept) {
        bytes -= kept.bytes;
        byChannel.computeIfPresent(kept.name.channel, (channel, ofChannel) -> without(ofChannel, kept));
        byPeer.computeIfPresent(kept.peer, (peer, names) -> without(names, kept.name));
        bytesOfPeer.computeIfPresent(kept.peer, (peer, sum) -> sum == kept.bytes ? null : sum - kept.bytes);
    }

    private static @Nullable OfChannel without(OfChannel all, Kept gone) {
        all.bySaid.remove(gone.name.said);
        all.byNumber.remove(gone.number);
        return all.byNumber.isEmpty() ? null : all;
    }

    private static <K> @Nullable Map<K, Kept> without(Map<K, Kept> all, K gone) {
        all.remove(gone);
        return all.isEmpty() ? null : all;
    }

    /** The hub of a channel of which there are some. */
    Optional<ServerName> hub(ChannelId channel) {
        return Optional.ofNullable(byChannel.get(channel)).map(ofChannel -> ofChannel.hub);
    }

    /** The next of a channel behind a number, oldest first. */
    Optional<Numbered> after(ChannelId channel, long number) {
        return Optional.ofNullable(byChannel.get(channel))
                .map(ofChannel -> ofChannel.byNumber.higherEntry(number))
                .map(entry -> new Numbered(entry.getKey(), entry.getValue().record));
    }

    /** Bytes that are kept of a peer. */
    long bytesOf(ServerName peer) {
        return bytesOfPeer.getOrDefault(peer, 0L);
    }
}
