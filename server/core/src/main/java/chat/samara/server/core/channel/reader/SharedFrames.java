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
import chat.samara.wire.log.ChannelId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Frames of one log that were made while sending once round, for the next reader at the same place: a frame is encoded once. */
final class SharedFrames {
    private final Rows rows;
    private final ChannelId channel;
    private final long headSeq;

    /** The newest that the hub has signed; where a hub is away it may lie before the end. */
    private final Optional<Bytes> head;

    private final long signedSeq;
    private final Map<Place, Frame> frames = new HashMap<>();

    /** Frames without entries, with the head and without one. */
    private final Map<Boolean, Bytes> nothing = new HashMap<>();

    private record Place(Cursor.Range range, long bytesMax, boolean slim) {}

    /** A frame for a device, and what is in it. */
    record Frame(Bytes bytes, EntriesEncoder.Encoded content) {}

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

    /**
     * The next entries, as many as fit, but at least one.
     *
     * @param slim as the device takes them
     */
    Frame frame(Cursor.Range range, long bytesMax, boolean slim) {
        return frames.computeIfAbsent(new Place(range, bytesMax, slim), this::make);
    }

    private Frame make(Place place) {
        Cursor.Range range = place.range;
        Optional<Bytes> fitting = range.through() == headSeq ? head : Optional.empty();
        EntriesEncoder.Encoded encoded = place.slim
                ? EntriesEncoder.encodeSlim(
                        rows, channel, range.from(), range.through(), place.bytesMax, fitting, signedSeq)
                : EntriesEncoder.encode(
                        rows, channel, range.from(), range.through(), place.bytesMax, fitting, signedSeq);
        if (encoded.count() == 0) {
            throw Stored.missing(Table.ENTRY, channel, "every entry of " + range);
        }
        return new Frame(EntriesEncoder.serverFrame(encoded), encoded);
    }
}
