package chat.samara.server.core.channel.reader;

import chat.samara.mls.codec.Bytes;
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
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Frames of one log that were made while sending once round, for the next reader at the same place: a frame is encoded once. */
final class SharedFrames {
    private final Rows rows;
    private final ChannelId channel;
    private final long headSeq;

    /** The newest that the hub has signed; where a hub is away it may lie before the end. */
    private final Optional<Bytes> head;

    private final long signedSeq;
    private final Map<Place, Made> frames = new HashMap<>();

    /** Frames without entries, with the head and without one. */
    private final Map<Boolean, Bytes> nothing = new HashMap<>();

    /** Frames for devices that have said something of what is in them. */
    private final Map<ToAuthor, Frame> toAuthors = new HashMap<>();

    private record Place(Cursor.Range range, long bytesMax, EntryForm form, boolean leadsOn) {
        Place slim() {
            return new Place(range, bytesMax, EntryForm.SLIM, false);
        }
    }

    /**
     * A frame for whoever stands at a place, but those who have another.
     *
     * @param terse of which it was made; empty if it is of another form
     * @param authors who have another
     */
    private record Made(Frame frame, Optional<TerseFrame> terse, Set<DeviceId> authors) {}

    private record ToAuthor(Place place, DeviceId author) {}

    /**
     * A frame for a device.
     *
     * @param lastSeq place of its last entry
     * @param count how many entries
     * @param entryBytes bytes of the entries alone, which is what credit counts
     */
    record Frame(Bytes bytes, long lastSeq, int count, long entryBytes) {}

    SharedFrames(Rows durable, ChannelId channel) {
        this.rows = durable;
        this.channel = channel;
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
        Place place = new Place(range, bytesMax, cursor.form(), leadsOn);
        Made made = made(place);
        if (!made.authors.contains(device)) {
            return made.frame;
        }
        TerseFrame terse = made.terse.orElseThrow();
        return toAuthors.computeIfAbsent(new ToAuthor(place, device), it -> frame(range, terse.to(device)));
    }

    private Made made(Place place) {
        Made known = frames.get(place);
        if (known == null) {
            known = make(place);
            frames.put(place, known);
        }
        return known;
    }

    private Made make(Place place) {
        Cursor.Range range = place.range;
        Optional<Bytes> fitting = range.through() == headSeq ? head : Optional.empty();
        if (place.form == EntryForm.TERSE) {
            return fitting.filter(it -> signedSeq == headSeq)
                    .flatMap(it -> EntriesEncoder.encodeTerse(
                            rows, channel, range.from(), range.through(), place.bytesMax, it, place.leadsOn))
                    .map(it -> new Made(frame(range, it.shared()), Optional.of(it), it.authors()))
                    .orElseGet(() -> made(place.slim()));
        }
        EntriesEncoder.Encoded encoded = place.form == EntryForm.SLIM
                ? EntriesEncoder.encodeSlim(
                        rows, channel, range.from(), range.through(), place.bytesMax, fitting, signedSeq)
                : EntriesEncoder.encode(
                        rows, channel, range.from(), range.through(), place.bytesMax, fitting, signedSeq);
        if (encoded.count() == 0) {
            throw Stored.missing(Table.ENTRY, channel, "every entry of " + range);
        }
        Frame frame = new Frame(
                EntriesEncoder.serverFrame(encoded), encoded.lastSeq(), encoded.count(), encoded.entryBytes());
        return new Made(frame, Optional.empty(), Set.of());
    }

    private static Frame frame(Cursor.Range range, TerseEntries entries) {
        long entryBytes = entries.getEntriesList().stream()
                .mapToLong(SlimEntry::getSerializedSize)
                .sum();
        return new Frame(
                Protobuf.encode(
                        ServerFrame.newBuilder().setTerseEntries(entries).build()),
                range.through(),
                entries.getEntriesCount(),
                entryBytes);
    }
}
