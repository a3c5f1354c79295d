package chat.samara.server.core.channel;

import chat.samara.server.core.Limits;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.SignedRecord;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What peers have shown of messages that have no place in a log yet, so that a device that comes later is shown it, too. In memory, and
 * bounded: records of a channel, bytes of a peer, bytes of all, age. What is forgotten comes with the log.
 */
final class PeerProvisionals {
    private final Map<ChannelId, Map<Said, Kept>> byChannel = new TreeMap<>();
    private final Map<ServerName, Map<Name, Kept>> byPeer = new TreeMap<>();
    private final Map<ServerName, Long> bytesOfPeer = new TreeMap<>();
    private long bytes;

    /** What names a message in its channel. */
    record Said(DeviceId device, IdempotencyKey key) {}

    private record Name(ChannelId channel, Said said) {}

    private record Kept(Name name, ServerName peer, SignedRecord record, int bytes, long atMillis) {}

    /** Keeps one, and forgets older ones of the same channel and peer beyond the bounds. False if it is here already. */
    boolean add(ServerName peer, ChannelId channel, Said said, SignedRecord record, long monotonicMillis) {
        Map<Said, Kept> ofChannel = byChannel.computeIfAbsent(channel, it -> new LinkedHashMap<>());
        if (ofChannel.containsKey(said)) {
            return false;
        }
        Name name = new Name(channel, said);
        Kept kept = new Kept(name, peer, record, record.getSerializedSize(), monotonicMillis);
        ofChannel.put(said, kept);
        Map<Name, Kept> ofPeer = byPeer.computeIfAbsent(peer, it -> new LinkedHashMap<>());
        ofPeer.put(name, kept);
        bytesOfPeer.merge(peer, (long) kept.bytes, Long::sum);
        bytes += kept.bytes;
        if (ofChannel.size() > Limits.PROVISIONAL_PER_CHANNEL_MAX) {
            forget(ofChannel.values().iterator().next());
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

    /** It has its place in the log. */
    void remove(ChannelId channel, Said said) {
        Kept kept = byChannel.getOrDefault(channel, Map.of()).get(said);
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
        byChannel.computeIfPresent(kept.name.channel, (channel, said) -> without(said, kept.name.said));
        byPeer.computeIfPresent(kept.peer, (peer, names) -> without(names, kept.name));
        bytesOfPeer.computeIfPresent(kept.peer, (peer, sum) -> sum == kept.bytes ? null : sum - kept.bytes);
    }

    private static <K> @Nullable Map<K, Kept> without(Map<K, Kept> all, K gone) {
        all.remove(gone);
        return all.isEmpty() ? null : all;
    }

    /** Those of a channel, oldest first. */
    Collection<SignedRecord> of(ChannelId channel) {
        return byChannel.getOrDefault(channel, Map.of()).values().stream()
                .map(Kept::record)
                .toList();
    }

    /** Bytes that are kept of a peer. */
    long bytesOf(ServerName peer) {
        return bytesOfPeer.getOrDefault(peer, 0L);
    }
}
