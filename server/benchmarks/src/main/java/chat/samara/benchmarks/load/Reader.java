package chat.samara.benchmarks.load;

import chat.samara.wire.proto.Acknowledge;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Credit;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.Entry;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.Record;
import io.netty.buffer.ByteBuf;

/**
 * What a device does with the entries that it gets: counts them, and says what the SDK says: how far it has each room after every
 * frame (or not, to see what that costs), and more credit when half of it is used.
 */
final class Reader {
    /** As the SDK gives. */
    static final long CREDIT_BYTES = 4L << 20;

    private final Device device;
    private final Tally tally;
    private final boolean acknowledges;
    private long bytesSinceCredit;

    Reader(Device device, boolean acknowledges) {
        this.device = device;
        this.tally = device.client().tally();
        this.acknowledges = acknowledges;
    }

    /** A frame of entries. */
    void take(ByteBuf frame, FieldScan entries, int frameBytes) {
        long room = 0;
        int count = 0;
        long lastSeq = 0;
        while (entries.next()) {
            if (entries.field() == Entries.CHANNEL_ID_FIELD_NUMBER) {
                room = frame.getLong(entries.from());
            } else if (entries.field() == Entries.ENTRIES_FIELD_NUMBER) {
                count++;
                lastSeq = entry(frame, FieldScan.into(entries));
            }
        }
        if (count > 0) {
            tally.delivered(count, frameBytes);
            moved(room, count, lastSeq);
            giveCredit(frameBytes);
        }
    }

    /** Returns its place in the log. */
    private long entry(ByteBuf frame, FieldScan logEntry) {
        long seq = 0;
        while (logEntry.next() && logEntry.field() != LogEntry.ENTRY_FIELD_NUMBER) {
            // What stands before it.
        }
        FieldScan entry = FieldScan.into(logEntry);
        while (entry.next()) {
            if (entry.field() == Entry.SEQ_FIELD_NUMBER) {
                seq = entry.number();
                if (!tally.isTimed()) {
                    return seq;
                }
            } else if (entry.field() == Entry.RECORD_FIELD_NUMBER) {
                record(frame, FieldScan.into(entry));
            }
        }
        return seq;
    }

    private void record(ByteBuf frame, FieldScan record) {
        while (record.next()) {
            if (record.field() == Record.IDEMPOTENCY_KEY_FIELD_NUMBER) {
                MessageKey.number(frame, record.from(), record.to()).ifPresent(tally::arrivedIfTimed);
            }
        }
    }

    private void moved(long room, int count, long lastSeq) {
        device.seat(room).ifPresent(seat -> {
            seat.has(lastSeq);
            if (acknowledges) {
                device.send(ClientFrame.newBuilder()
                        .setAcknowledge(Acknowledge.newBuilder().addCursors(seat.cursor())));
            }
            seat.room().heard(count);
        });
    }

    private void giveCredit(int frameBytes) {
        bytesSinceCredit += frameBytes;
        if (bytesSinceCredit >= CREDIT_BYTES / 2) {
            device.send(ClientFrame.newBuilder().setCredit(Credit.newBuilder().setCreditBytes(bytesSinceCredit)));
            bytesSinceCredit = 0;
        }
    }
}
