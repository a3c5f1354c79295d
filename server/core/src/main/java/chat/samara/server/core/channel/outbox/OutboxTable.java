package chat.samara.server.core.channel.outbox;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.channel.state.KeyedChannels;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.ProvenRecord;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.SignedRecord;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Optional;
import java.util.SortedSet;

/**
 * Table OUTBOX: records that this server has accepted and that are not in the log yet.
 *
 * <ul>
 *   <li>key: channel id (32), incarnation, origin_seq; value: an encoded {@code samara.v1.SignedRecord}. Deleted when the record
 *       appears in the log, or when the hub has rejected it.
 * </ul>
 */
public final class OutboxTable {
    private final Journal journal;

    public OutboxTable(Journal journal) {
        this.journal = journal;
    }

    /** A record's place in the outbox. */
    public record Place(long incarnation, long originSeq) implements Comparable<Place> {
        public static final Place START = new Place(0, 0);

        @Override
        public int compareTo(Place other) {
            int byIncarnation = Long.compare(incarnation, other.incarnation);
            return byIncarnation != 0 ? byIncarnation : Long.compare(originSeq, other.originSeq);
        }
    }

    /** One record as it is stored. */
    @FunctionalInterface
    public interface RecordVisitor {
        /** A record's place and its encoded SignedRecord; returns false to stop. */
        boolean visit(Place place, Bytes signedRecord);
    }

    private static Bytes key(ChannelId channel, Place place) {
        return Key.of(channel.bytes())
                .and(place.incarnation())
                .and(place.originSeq())
                .bytes();
    }

    /** Writes a record; its proof comes when the batch is sealed, if it is still there then. */
    void put(Record record) {
        Bytes key = key(record.channel(), new Place(record.originIncarnation(), record.originSeq()));
        SignedRecord unproven = SignedRecord.newBuilder()
                .setRecord(Protobuf.toByteString(record.encoded()))
                .build();
        journal.put(Table.OUTBOX, key, Protobuf.encode(unproven));
        journal.prove(record, proof -> {
            if (journal.get(Table.OUTBOX, key).isPresent()) {
                journal.put(Table.OUTBOX, key, Protobuf.encode(new ProvenRecord(record, proof).toProto()));
            }
        });
    }

    Optional<Bytes> find(ChannelId channel, Place place) {
        return journal.get(Table.OUTBOX, key(channel, place));
    }

    /** Whether a record that is durable here has been deleted since. */
    boolean isDeleted(ChannelId channel, Place place) {
        return journal.isRemoved(Table.OUTBOX, key(channel, place));
    }

    void delete(ChannelId channel, Place place) {
        journal.delete(Table.OUTBOX, key(channel, place));
    }

    /** Visits the records behind a place, in order. */
    public static void scan(Rows rows, ChannelId channel, Place after, RecordVisitor visitor) {
        rows.scan(
                Table.OUTBOX,
                key(channel, new Place(after.incarnation(), after.originSeq() + 1)),
                Key.after(channel.bytes()),
                (key, value) -> visitor.visit(
                        new Place(
                                Key.numberAt(key, ChannelId.SIZE_BYTES),
                                Key.numberAt(key, ChannelId.SIZE_BYTES + Long.BYTES)),
                        value));
    }

    /** The record in a row; also of one that is not proven yet. */
    public static chat.samara.wire.proto.Record record(ChannelId channel, Bytes signedRecord) {
        return record(channel, message(channel, signedRecord));
    }

    static chat.samara.wire.proto.Record record(ChannelId channel, SignedRecord message) {
        try {
            return chat.samara.wire.proto.Record.parseFrom(message.getRecord());
        } catch (InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.OUTBOX, channel, e);
        }
    }

    /** A row as a message. */
    public static SignedRecord message(ChannelId channel, Bytes signedRecord) {
        try {
            return SignedRecord.parseFrom(signedRecord.arrayUnsafe());
        } catch (InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.OUTBOX, channel, e);
        }
    }

    /** Whether the channel has a record in the outbox. */
    boolean has(ChannelId channel) {
        return KeyedChannels.has(journal, Table.OUTBOX, channel);
    }

    /** The channels with a record in the outbox, by id. */
    SortedSet<ChannelId> channels() {
        return KeyedChannels.in(journal, Table.OUTBOX);
    }
}
