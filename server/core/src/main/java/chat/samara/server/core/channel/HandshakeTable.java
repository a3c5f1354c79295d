package chat.samara.server.core.channel;

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
import java.util.ArrayList;
import java.util.List;

/**
 * Table HANDSHAKE: where in a log its genesis, proposals and commits stand, so that whoever replays them need not read what was
 * said.
 *
 * <ul>
 *   <li>key: channel id (32), seq; value: empty. Written with the entry; for a log of a version before this table in steps, when
 *       somebody asks. Deleted when a channel is dropped.
 * </ul>
 */
final class HandshakeTable {
    private final Journal journal;

    HandshakeTable(Journal journal) {
        this.journal = journal;
    }

    /** An entry was appended to the channel's log. */
    void appended(ChannelId channel, StoredChannel.Builder row, long seq, boolean handshake) {
        if (handshake) {
            put(channel, seq);
        }
        if (row.getHandshakesIndexedSeq() == seq - 1) {
            row.setHandshakesIndexedSeq(seq);
        }
    }

    /** Looks through some more of a log whose beginning is of an older version. Returns whether the row was changed. */
    boolean indexSome(ChannelId channel, StoredChannel.Builder row) {
        long from = row.getHandshakesIndexedSeq() + 1;
        long through = Math.min(row.getSeq(), from + Limits.ENTRIES_INDEXED_PER_REQUEST_MAX - 1);
        if (through < from) {
            return false;
        }
        LogTable.scan(journal, channel, from, through, (seq, entry) -> {
            if (isHandshake(seq, LogTable.record(entry))) {
                put(channel, seq);
            }
            return true;
        });
        row.setHandshakesIndexedSeq(through);
        return true;
    }

    private static boolean isHandshake(long seq, Record record) {
        return seq == 1 || record.getKind() == RecordKind.COMMIT || record.getKind() == RecordKind.PROPOSAL;
    }

    private void put(ChannelId channel, long seq) {
        journal.put(Table.HANDSHAKE, LogTable.key(channel, seq), Bytes.EMPTY);
    }

    /** The places of handshakes from one place through another, in order, so many at most. */
    static List<Long> places(Rows rows, ChannelId channel, long fromSeq, long throughSeq, int countMax) {
        List<Long> found = new ArrayList<>();
        if (fromSeq > throughSeq) {
            return found;
        }
        rows.scan(
                Table.HANDSHAKE,
                LogTable.key(channel, fromSeq),
                LogTable.key(channel, throughSeq + 1),
                (key, value) -> {
                    found.add(Key.numberAt(key, ChannelId.SIZE_BYTES));
                    return found.size() < countMax;
                });
        return found;
    }
}
