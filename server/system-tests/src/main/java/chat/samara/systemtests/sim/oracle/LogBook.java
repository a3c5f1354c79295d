package chat.samara.systemtests.sim.oracle;

import chat.samara.wire.proto.Head;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.SignedHead;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Every entry that anybody ever showed, by channel and place. Checks I2 and I3 and the first half of I4. */
public final class LogBook {
    private static final String NO_HASH = "0".repeat(64);

    private final Map<String, TreeMap<Long, Place>> placesByChannel = new TreeMap<>();
    private final Map<String, Place> placeByOrigin = new HashMap<>();
    private final Map<String, Place> placeByMessage = new HashMap<>();
    private final Map<String, Place> commitByEpoch = new HashMap<>();
    private final Map<String, Long> stableByChannel = new HashMap<>();

    /** Somebody showed this entry, on a wire or on its disk. */
    public Place observe(LogEntry shown, String somebody) {
        Place place = Place.of(shown, somebody);
        TreeMap<Long, Place> log = placesByChannel.computeIfAbsent(place.channel(), channel -> new TreeMap<>());
        Place known = log.get(place.seq());
        if (known != null) {
            if (!known.hash().equals(place.hash())) {
                throw new InvariantViolation(
                        Invariant.I2_ONE_LOG, somebody + " shows " + place + ", but known at this place is " + known);
            }
            return known;
        }
        checkChain(log, place, somebody);
        checkOnce(place, somebody);
        log.put(place.seq(), place);
        return place;
    }

    private static void checkChain(Map<Long, Place> log, Place place, String somebody) {
        Place before = log.get(place.seq() - 1);
        Place next = log.get(place.seq() + 1);
        boolean fitsBefore = place.seq() == 1
                ? place.previousHash().equals(NO_HASH)
                : before == null || before.hash().equals(place.previousHash());
        if (!fitsBefore || (next != null && !next.previousHash().equals(place.hash()))) {
            throw new InvariantViolation(
                    Invariant.I2_ONE_LOG, somebody + " shows " + place + ", which its neighbours' hashes do not fit");
        }
    }

    private void checkOnce(Place place, String somebody) {
        String channel = place.channel() + " ";
        Place sameOrigin = placeByOrigin.put(channel + place.origin(), place);
        if (sameOrigin != null) {
            throw twice(somebody, place, sameOrigin);
        }
        if (!place.content().getDevice().isEmpty()) {
            Place sameMessage = placeByMessage.put(channel + place.message(), place);
            if (sameMessage != null) {
                throw twice(somebody, place, sameMessage);
            }
        }
        if (place.isCommit()) {
            Place other = commitByEpoch.put(channel + place.content().getEpoch(), place);
            if (other != null) {
                throw new InvariantViolation(
                        Invariant.I4_ONE_VALID_COMMIT_AN_EPOCH, somebody + " shows " + place + " besides " + other);
            }
        }
    }

    private static InvariantViolation twice(String somebody, Place place, Place other) {
        return new InvariantViolation(
                Invariant.I3_NO_DUPLICATES, somebody + " shows " + place + ", which stands at " + other + " already");
    }

    /** A server passed on a word of a hub's. */
    void observe(SignedHead shown, String somebody) {
        try {
            Head head = Head.parseFrom(shown.getHead());
            stableByChannel.merge(Hex.of(head.getChannelId()), head.getStableSeq(), Math::max);
        } catch (InvalidProtocolBufferException e) {
            throw new InvariantViolation(Invariant.I2_ONE_LOG, somebody + " shows a head that cannot be parsed", e);
        }
    }

    /** The last place of which the hub has said that it is stable. */
    long stableThrough(String channel) {
        return stableByChannel.getOrDefault(channel, 0L);
    }

    /** Channels of which any entry was seen, in hex. */
    public List<String> channels() {
        return List.copyOf(placesByChannel.keySet());
    }

    /** The entries seen of a channel, by place. */
    public SortedMap<Long, Place> log(String channel) {
        TreeMap<Long, Place> log = placesByChannel.get(channel);
        return log == null ? new TreeMap<>() : log;
    }

    /** Where what a device said under this idempotency key stands (all in hex). */
    public Optional<Place> find(String channel, String device, String idempotencyKey) {
        return Optional.ofNullable(placeByMessage.get(channel + " " + device + "/" + idempotencyKey));
    }
}
