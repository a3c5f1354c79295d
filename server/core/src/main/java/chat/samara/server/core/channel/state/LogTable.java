package chat.samara.server.core.channel.state;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.Proof;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.proto.LogEntry;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Optional;

/**
 * The logs.
 *
 * <ul>
 *   <li>ENTRY: key: channel id (32), seq; value: an encoded {@code samara.v1.LogEntry}. Kept for ever; deleted when a channel is
 *       dropped.
 *   <li>HEAD: key: channel id (32); value: an encoded {@code samara.v1.SignedHead}: the newest that the hub signed and that
 *       fits what is here. Replaced by the next.
 * </ul>
 */
public final class LogTable {
    /** Entries that are read one by one; more are scanned. */
    private static final int SINGLE_READS_MAX = 8;

    private final Journal journal;

    public LogTable(Journal journal) {
        this.journal = journal;
    }

    /** One entry as it is stored. */
    @FunctionalInterface
    public interface EntryVisitor {
        /** An entry's place and its encoded LogEntry; returns false to stop. */
        boolean visit(long seq, Bytes logEntry);
    }

    public static Bytes key(ChannelId channel, long seq) {
        return Key.of(channel.bytes()).and(seq).bytes();
    }

    /** Writes an entry whose record's proof is known. */
    public void put(Entry entry, Proof originProof) {
        journal.put(Table.ENTRY, key(entry.channel(), entry.seq()), Protobuf.encode(entry.toProto(originProof)));
    }

    /** Writes an entry whose record is this server's own: its proof comes when the batch is sealed. */
    public void putUnproven(Entry entry) {
        LogEntry message = LogEntry.newBuilder()
                .setEntry(Protobuf.toByteString(entry.encoded()))
                .build();
        journal.put(Table.ENTRY, key(entry.channel(), entry.seq()), Protobuf.encode(message));
        journal.prove(entry.record(), proof -> put(entry, proof));
    }

    public void putHead(ProvenHead head) {
        journal.put(Table.HEAD, head.head().channel().bytes(), Protobuf.encode(head.toProto()));
    }

    /** As {@link #putHead}; one that is here already is not written again. */
    public void putHeadIfNew(ProvenHead head) {
        Bytes encoded = Protobuf.encode(head.toProto());
        if (!encodedHead(journal, head.head().channel()).filter(encoded::equals).isPresent()) {
            journal.put(Table.HEAD, head.head().channel().bytes(), encoded);
        }
    }

    /** The newest signed head, as it is stored. */
    public static Optional<Bytes> encodedHead(Rows rows, ChannelId channel) {
        return rows.get(Table.HEAD, channel.bytes());
    }

    /** The newest signed head. */
    public static Optional<ProvenHead> head(Rows rows, ChannelId channel) {
        return encodedHead(rows, channel).map(value -> {
            try {
                return HeadIn.decode(value).trustStored();
            } catch (RefusedException e) {
                throw Stored.corrupt(Table.HEAD, channel, e);
            }
        });
    }

    /** An entry as it is stored: an encoded LogEntry. */
    public static Optional<Bytes> encoded(Rows rows, ChannelId channel, long seq) {
        return rows.get(Table.ENTRY, key(channel, seq));
    }

    /** The same, of one that has to be there. */
    public static Bytes encodedThere(Rows rows, ChannelId channel, long seq) {
        return encoded(rows, channel, seq).orElseThrow(() -> Stored.missing(Table.ENTRY, channel, "entry " + seq));
    }

    /** The entry's record and place; also of an entry that is not proven yet. */
    static chat.samara.wire.proto.Entry message(ChannelId channel, Bytes logEntry) {
        try {
            return chat.samara.wire.proto.Entry.parseFrom(
                    LogEntry.parseFrom(logEntry.arrayUnsafe()).getEntry());
        } catch (InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.ENTRY, channel, e);
        }
    }

    /** The record in an entry as it is stored. */
    public static chat.samara.wire.proto.Record record(ChannelId channel, Bytes logEntry) {
        try {
            return chat.samara.wire.proto.Record.parseFrom(
                    message(channel, logEntry).getRecord());
        } catch (InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.ENTRY, channel, e);
        }
    }

    /** The entry's hash; also of one that is not proven yet. */
    public static Bytes hash(ChannelId channel, Bytes logEntry) {
        try {
            return Sha256.of(
                    LogEntry.parseFrom(logEntry.arrayUnsafe()).getEntry().toByteArray());
        } catch (InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.ENTRY, channel, e);
        }
    }

    /** A proven entry. */
    public static EntryIn decode(ChannelId channel, Bytes logEntry) {
        try {
            return EntryIn.decode(logEntry);
        } catch (RefusedException e) {
            throw Stored.corrupt(Table.ENTRY, channel, e);
        }
    }

    /** Visits the entries from one place through another. */
    public static void scan(Rows rows, ChannelId channel, long fromSeq, long throughSeq, EntryVisitor visitor) {
        if (throughSeq - fromSeq < SINGLE_READS_MAX) {
            visitEach(rows, channel, fromSeq, throughSeq, visitor);
            return;
        }
        rows.scan(
                Table.ENTRY,
                key(channel, fromSeq),
                key(channel, throughSeq + 1),
                (key, value) -> visitor.visit(Key.numberAt(key, ChannelId.SIZE_BYTES), value));
    }

    /** What was just written is at hand row by row, and an iterator over the store costs as much as many rows. */
    private static void visitEach(Rows rows, ChannelId channel, long fromSeq, long throughSeq, EntryVisitor visitor) {
        boolean more = true;
        for (long seq = fromSeq; more && seq <= throughSeq; seq++) {
            Optional<Bytes> entry = encoded(rows, channel, seq);
            more = entry.isEmpty() || visitor.visit(seq, entry.get());
        }
    }
}
