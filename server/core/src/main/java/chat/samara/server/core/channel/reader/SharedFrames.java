package chat.samara.server.core.channel.reader;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.channel.log.EntriesEncoder;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.TerseFrame;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SlimEntry;
import chat.samara.wire.proto.TerseEntries;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Frames of one log as it is while sending once round, for the next reader at the same place: a frame is encoded once. Those who catch up are many rounds on their way, and
 * the log grows meanwhile: they are sent what was made in an earlier round ({@link KeptFrames}), where that is as good as what could be made now.
 */
final class SharedFrames {
    /** What a frame takes in memory beside its bytes. */
    private static final int FRAME_OVERHEAD_BYTES = 512;

    /** In how many more bytes the parts of a terse frame are held, of which it is made anew for those who have said something of it. */
    private static final int TERSE_PARTS = 3;

    private final Rows rows;
    private final ChannelId channel;
    private final KeptFrames kept;
    private final long nowMillis;
    private final long headSeq;

    /** The newest that the hub has signed; where a hub is away it may lie before the end. */
    private final Optional<Bytes> head;

    private final long signedSeq;
    private final Map<KeptFrames.Place, Made> frames = new LinkedHashMap<>();

    /** Frames without entries, with the head and without one. */
    private final Map<Boolean, Bytes> nothing = new HashMap<>();

    /** Frames for devices that have said something of what is in them. */
    private final Map<ToAuthor, Frame> toAuthors = new HashMap<>();

    /**
     * A frame for whoever stands at a place, but those who have another.
     *
     * @param head of those that end at the log's end: what they say of it
     * @param isCut whether it ends before the range did that it was made for
     * @param terse of which it was made; empty if it is of another form
     * @param authors who have another
     */
    record Made(Frame frame, Optional<Bytes> head, boolean isCut, Optional<TerseFrame> terse, Set<DeviceId> authors) {
        /** By an estimate. */
        long bytesInMemory() {
            return FRAME_OVERHEAD_BYTES + (long) frame.bytes.size() * (terse.isPresent() ? 1 + TERSE_PARTS : 1);
        }

        /** Whether it is no smaller than half of what it might be. */
        boolean isLarge(long bytesMax) {
            return isCut
                    || 2 * frame.entryBytes >= bytesMax
                    || (terse.isPresent() && 2 * frame.count >= chat.samara.wire.Limits.TERSE_ENTRIES_PER_FRAME_MAX);
        }
    }

    private record ToAuthor(KeptFrames.Place place, long lastSeq, DeviceId author) {}

    /**
     * A frame for a device.
     *
     * @param lastSeq place of its last entry
     * @param count how many entries
     * @param entryBytes bytes of the entries alone, which is what credit counts
     */
    record Frame(Bytes bytes, long lastSeq, int count, long entryBytes) {}

    /** @param nowMillis time that has passed */
    SharedFrames(Rows durable, ChannelId channel, KeptFrames kept, long nowMillis) {
        this.rows = durable;
        this.channel = channel;
        this.kept = kept;
        this.nowMillis = nowMillis;
        Optional<StoredChannel> row =
                ChannelTable.find(rows, channel).filter(it -> it.getState() != StoredChannelState.CHANNEL_DAMAGED);
        this.headSeq = row.map(StoredChannel::getSeq).orElse(0L);
        this.head = row.flatMap(it -> LogTable.encodedHead(rows, channel));
        this.signedSeq = row.flatMap(it -> LogTable.head(rows, channel))
                .map(it -> it.head().seq())
                .orElse(0L);
    }

    ChannelId channel() {
        return channel;
    }

    /** The log's last entry. */
    long headSeq() {
        return headSeq;
    }

    /** A frame that says only how far the hub vouches for what the reader has. */
    Bytes nothing(long afterSeq) {
        return nothing.computeIfAbsent(
                afterSeq >= signedSeq,
                withHead -> EntriesEncoder.serverFrame(
                        EntriesEncoder.nothing(channel, withHead ? head : Optional.empty())));
    }

    /** The next entries, as many as fit, but at least one, as the device takes them. */
    Frame frame(Cursor cursor, Cursor.Range range, long bytesMax, DeviceId device) {
        // The other forms say nothing of the entry before.
        boolean leadsOn = cursor.form() == EntryForm.TERSE && cursor.leadsOn(range);
        KeptFrames.Place place = new KeptFrames.Place(channel, range.from(), bytesMax, cursor.form(), leadsOn);
        Made made = made(place, range);
        if (!made.authors.contains(device)) {
            return made.frame;
        }
        TerseFrame terse = made.terse.orElseThrow();
        return toAuthors.computeIfAbsent(
                new ToAuthor(place, made.frame.lastSeq, device), it -> frame(made.frame.lastSeq, terse.to(device)));
    }

    /** Those who come to the same places in later rounds are to find what was made in this one. */
    void keep() {
        frames.forEach((place, made) -> kept.keep(place, made, nowMillis));
    }

    private Made made(KeptFrames.Place place, Cursor.Range range) {
        Made known = frames.get(place);
        if (known != null && isNext(known, place, range)) {
            return known;
        }
        Made made = kept.find(place, nowMillis)
                .filter(it -> isNext(it, place, range))
                .orElseGet(() -> make(place, range));
        frames.put(place, made);
        return made;
    }

    /** Whether a frame that begins where the range does is to be sent: it has all of the range, or all that fits, or would not become much larger. */
    private boolean isNext(Made made, KeptFrames.Place place, Cursor.Range range) {
        long last = made.frame.lastSeq;
        if (last >= range.through()) {
            return last == range.through() && (last != headSeq || made.head.equals(head));
        }
        return made.isLarge(place.bytesMax());
    }

    private Made make(KeptFrames.Place place, Cursor.Range range) {
        if (place.form() == EntryForm.TERSE) {
            return makeTerse(place, range).orElseGet(() -> made(place.slim(), range));
        }
        long through = meeting(range);
        Optional<Bytes> fitting = through == headSeq ? head : Optional.empty();
        EntriesEncoder.Encoded encoded = place.form() == EntryForm.SLIM
                ? EntriesEncoder.encodeSlim(rows, channel, range.from(), through, place.bytesMax(), fitting, signedSeq)
                : EntriesEncoder.encode(rows, channel, range.from(), through, place.bytesMax(), fitting, signedSeq);
        if (encoded.count() == 0) {
            throw Stored.missing(Table.ENTRY, channel, "every entry of " + range);
        }
        Frame frame = new Frame(
                EntriesEncoder.serverFrame(encoded), encoded.lastSeq(), encoded.count(), encoded.entryBytes());
        return new Made(frame, head, encoded.lastSeq() < range.through(), Optional.empty(), Set.of());
    }

    /** Where a frame for the range is to end at the latest. */
    private static long meeting(Cursor.Range range) {
        long step = Limits.ENTRIES_TO_NEXT_MEETING;
        return range.through() - range.from() < Limits.ENTRIES_LACKING_TO_MEET_MIN
                ? range.through()
                : (range.from() / step + 1) * step;
    }

    private Optional<Made> makeTerse(KeptFrames.Place place, Cursor.Range range) {
        return head.filter(it -> signedSeq == headSeq && range.through() == headSeq)
                .flatMap(it -> EntriesEncoder.encodeTerse(
                        rows, channel, range.from(), range.through(), place.bytesMax(), it, place.leadsOn()))
                .map(it -> new Made(frame(range.through(), it.shared()), head, false, Optional.of(it), it.authors()));
    }

    private static Frame frame(long lastSeq, TerseEntries entries) {
        long entryBytes = entries.getEntriesList().stream()
                .mapToLong(SlimEntry::getSerializedSize)
                .sum();
        return new Frame(
                Protobuf.encode(
                        ServerFrame.newBuilder().setTerseEntries(entries).build()),
                lastSeq,
                entries.getEntriesCount(),
                entryBytes);
    }
}
