package chat.samara.client.device;

import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.frame.KnownLog;
import chat.samara.wire.frame.TerseFrame;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.TerseEntries;
import com.google.protobuf.ByteString;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which logs a session follows in the fewest bytes, and what stands in its terse frames. Whatever cannot be found from what this device knows, or is not what the
 * hub has signed, is read again as everything was before there were such frames: the channel is followed anew, and not so any more in this session. So a frame that leaves
 * something out has no other effect than the whole one, or none but one request. Of this session.
 */
final class TerseFrames {
    /** After so many channels whose frames could not be read, all are followed as before: a server that lies must not be worth more requests. */
    private static final int FAILED_CHANNELS_MAX = 8;

    /** Follows of which the answer has not come, from whose places frames may still come. */
    private static final int SAID_MAX = 4;

    private final ChannelBook channels;

    /** The channels that are followed so, by how their ids begin. */
    private final Map<ByteString, Following> byStart = new HashMap<>();

    /** The same, by id. */
    private final Map<ChannelId, Following> following = new HashMap<>();

    /** Those of which a frame could not be read. */
    private final Set<ChannelId> failed = new HashSet<>();

    /** What it has said and read lately: a server that is asked to go on from a place sends again what was on its way by then. */
    private final OwnPayloads read = new OwnPayloads();

    /** Of those that failed, those of which frames may still be on their way that lead on from what could not be read. */
    private final Map<ChannelId, Long> awaited = new HashMap<>();

    /** Where this device stands in a log: as it has said in its last Follow, and as far as it was shown the log. */
    private static final class Following {
        private final ChannelId channel;

        /** The last of them; those before it are of Follows that may not have come to the server yet. */
        private final Deque<KnownLog.Place> said = new ArrayDeque<>();

        private KnownLog.Place shown;

        /** Its server has sent such a frame since. */
        private boolean isAnswered;

        Following(LiveChannel channel, KnownLog.Place shown) {
            this.channel = channel.id();
            this.said.add(KnownLog.Place.of(channel.position()));
            this.shown = shown;
        }

        void saidBefore(Following before) {
            before.said.descendingIterator().forEachRemaining(said::addFirst);
            while (said.size() > SAID_MAX) {
                said.removeFirst();
            }
        }

        void answered() {
            while (said.size() > 1) {
                said.removeFirst();
            }
        }
    }

    /**
     * The entries of a frame as they stand in the log.
     *
     * @param ownBytes how many bytes of it were here before
     */
    record Found(Entries entries, long ownBytes) {}

    TerseFrames(ChannelBook channels) {
        this.channels = channels;
    }

    void beginSession() {
        byStart.clear();
        following.clear();
        failed.clear();
        awaited.clear();
        read.clear();
    }

    /** These are followed from now on, from where they are. */
    void follow(Collection<LiveChannel> followed) {
        Map<ChannelId, Following> before = Map.copyOf(following);
        byStart.clear();
        following.clear();
        awaited.replaceAll((channel, after) ->
                channels.find(channel).map(it -> it.position().seq()).orElse(after));
        Set<ByteString> taken = new HashSet<>();
        for (LiveChannel channel : followed) {
            ByteString start = TerseFrame.startOf(Stored.bytes(channel.id().bytes()));
            if (!taken.add(start)) {
                Optional.ofNullable(byStart.remove(start)).ifPresent(other -> following.remove(other.channel));
            } else if (failed.size() < FAILED_CHANNELS_MAX && !failed.contains(channel.id())) {
                Optional<Following> last = Optional.ofNullable(before.get(channel.id()));
                Following now = new Following(
                        channel, last.map(it -> it.shown).orElseGet(() -> KnownLog.Place.of(channel.position())));
                last.ifPresent(now::saidBefore);
                byStart.put(start, now);
                following.put(channel.id(), now);
            }
        }
    }

    /** Whether a channel is followed so. */
    boolean takes(LiveChannel channel) {
        return following.containsKey(channel.id());
    }

    /** Whether its server knows of a channel that is named by the start of its id, since it has done so itself. */
    boolean isNamedByStart(LiveChannel channel) {
        return Optional.ofNullable(following.get(channel.id()))
                .filter(it -> it.isAnswered)
                .isPresent();
    }

    /** The last Follow was answered: what comes now was sent after it. */
    void followed() {
        awaited.clear();
        following.values().forEach(Following::answered);
    }

    /** The channel that a frame is of, if it is followed so. */
    Optional<LiveChannel> channel(TerseEntries frame) {
        return Optional.ofNullable(byStart.get(frame.getChannelStart())).flatMap(it -> channels.find(it.channel));
    }

    /** A frame of another form. Returns whether it is to be read: not where it leads on from one that could not be read. */
    boolean isToBeRead(LiveChannel channel, Entries frame) {
        Optional<Following> known = Optional.ofNullable(following.get(channel.id()));
        if (frame.getEntriesCount() == 0 || (known.isEmpty() && !awaited.containsKey(channel.id()))) {
            return true;
        }
        try {
            if (known.isPresent()) {
                known.get().shown = KnownLog.Place.behind(frame.getEntries(frame.getEntriesCount() - 1));
                return true;
            }
            Long after = awaited.get(channel.id());
            boolean leadsOn =
                    after == null || EntryIn.shown(frame.getEntries(0)).claimedSeq() <= after + 1;
            if (leadsOn) {
                awaited.remove(channel.id());
            }
            return leadsOn;
        } catch (RefusedException e) {
            throw new IllegalStateException("an entry of a frame that was checked: " + e.refusal(), e);
        }
    }

    /** What stands in a frame; empty if that cannot be told: then the channel is to be followed anew. */
    Optional<Found> read(Turn turn, OwnIdentity own, LiveChannel channel, TerseEntries frame) {
        Following known = following.get(channel.id());
        if (known == null) {
            return Optional.empty();
        }
        long[] ownBytes = {0};
        Map<IdempotencyKey, Bytes> found = new LinkedHashMap<>();
        KnownLog log = new KnownLog(channel.id(), channel.genesis().hubRootKey(), own.device(), key -> {
            Optional<Bytes> waiting = waiting(turn, channel, key);
            waiting.ifPresent(it -> found.put(key, it));
            Optional<Bytes> payload = waiting.or(() -> read.find(key));
            payload.ifPresent(it -> ownBytes[0] += it.size());
            return payload;
        });
        Optional<KnownLog.Place> place = Stream.concat(Stream.of(known.shown), known.said.stream())
                .filter(it -> it.seq() + 1 == frame.getFromSeq())
                .findFirst();
        if (place.isPresent()) {
            try {
                Entries whole = log.whole(frame, place.get());
                known.shown = KnownLog.Place.behind(whole.getEntries(whole.getEntriesCount() - 1));
                known.isAnswered = true;
                found.forEach(read::remember);
                return Optional.of(new Found(whole, ownBytes[0]));
            } catch (RefusedException e) {
                // Whether its server lies, or this device has forgotten something, is told by what comes whole.
            }
        }
        fail(channel);
        return Optional.empty();
    }

    private void fail(LiveChannel channel) {
        failed.add(channel.id());
        awaited.put(channel.id(), channel.position().seq());
        Following gone = following.remove(channel.id());
        byStart.values().remove(gone);
    }

    private static Optional<Bytes> waiting(Turn turn, LiveChannel channel, IdempotencyKey key) {
        return channel.outgoing(key)
                .filter(head -> head.kind == StoredOutgoingKind.MESSAGE)
                .map(head -> Stored.bytes(
                        OutgoingRows.row(turn.store(), channel, head).getPayload()))
                .filter(payload -> !payload.isEmpty());
    }
}
