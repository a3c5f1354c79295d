package chat.samara.server.core.channel.state;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.RecordKind;
import java.util.function.LongPredicate;

/**
 * Table HANDSHAKE: where in a log its genesis, proposals and commits stand, so that whoever replays them need not read what was
 * said.
 *
 * <ul>
 *   <li>key: channel id (32), seq; value: empty. Written with the entry; for a log of a version before this table in steps, when
 *       somebody asks. Deleted when a channel is dropped.
 * </ul>
 */
public final class HandshakeTable {
    private final Journal journal;

    public HandshakeTable(Journal journal) {
        this.journal = journal;
    }

    /** An entry was appended to the channel's log. */
    public void appended(ChannelId channel, StoredChannel.Builder row, long seq, boolean handshake) {
        if (handshake) {
            put(channel, seq);
        }
        if (row.getHandshakesIndexedSeq() == seq - 1) {
            row.setHandshakesIndexedSeq(seq);
        }
    }

    /** Looks through some more of a log whose beginning is of an older version. Returns whether the row was changed. */
    public boolean indexSome(ChannelId channel, StoredChannel.Builder row) {
        long from = row.getHandshakesIndexedSeq() + 1;
        if (row.getSeq() < from) {
            return false;
        }
        row.setHandshakesIndexedSeq(look(journal, channel, from, row.getSeq(), (seq, entry) -> {
            put(channel, seq);
            return true;
        }));
        return true;
    }

    /**
     * Looks for handshakes in the log itself, in as many entries and bytes as one request may read, and until the visitor stops it.
     * Returns through which place it has looked, and the visitor has taken all; at the least the one before the first.
     */
    public static long look(
            Rows rows, ChannelId channel, long fromSeq, long throughSeq, LogTable.EntryVisitor handshakes) {
        long last = Math.min(throughSeq, fromSeq + Limits.ENTRIES_READ_PER_REQUEST_MAX - 1);
        long[] done = {fromSeq - 1};
        long[] bytes = new long[1];
        LogTable.scan(rows, channel, fromSeq, last, (seq, entry) -> {
            bytes[0] += entry.size();
            if (isHandshake(seq, LogTable.record(channel, entry)) && !handshakes.visit(seq, entry)) {
                return false;
            }
            done[0] = seq;
            return bytes[0] < Limits.ENTRY_BYTES_READ_PER_REQUEST_MAX;
        });
        return done[0];
    }

    private static boolean isHandshake(long seq, Record record) {
        return seq == 1 || record.getKind() == RecordKind.COMMIT || record.getKind() == RecordKind.PROPOSAL;
    }

    private void put(ChannelId channel, long seq) {
        journal.put(Table.HANDSHAKE, LogTable.key(channel, seq), Bytes.EMPTY);
    }

    /** Visits the places of handshakes from one place through another, in order. Returns false if the visitor stopped it. */
    public static boolean scan(Rows rows, ChannelId channel, long fromSeq, long throughSeq, LongPredicate places) {
        if (throughSeq < fromSeq) {
            return true;
        }
        boolean[] whole = {true};
        rows.scan(
                Table.HANDSHAKE,
                LogTable.key(channel, fromSeq),
                LogTable.key(channel, throughSeq + 1),
                (key, value) -> whole[0] = places.test(Key.numberAt(key, ChannelId.SIZE_BYTES)));
        return whole[0];
    }
}
