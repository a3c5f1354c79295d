package chat.samara.benchmarks.load;

import chat.samara.wire.proto.Acknowledge;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Credit;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.Entry;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.Record;
import io.netty.buffer.ByteBuf;
import java.util.OptionalLong;

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
        long lastSeq = 0;
        int messages = 0;
        while (entries.next()) {
            if (entries.field() == Entries.CHANNEL_ID_FIELD_NUMBER) {
                room = frame.getLong(entries.from());
            } else if (entries.field() == Entries.ENTRIES_FIELD_NUMBER) {
                FieldScan entry = entryOf(FieldScan.into(entries));
                lastSeq = seqOf(entry);
                messages += isMessage(frame, entry) ? 1 : 0;
            }
        }
        if (lastSeq > 0) {
            tally.delivered(messages, frameBytes);
            moved(room, messages, lastSeq);
            giveCredit(frameBytes);
        }
    }

    private static FieldScan entryOf(FieldScan logEntry) {
        while (logEntry.next() && logEntry.field() != LogEntry.ENTRY_FIELD_NUMBER) {
            // What stands before it.
        }
        return FieldScan.into(logEntry);
    }

    /** Its place in the log. */
    private static long seqOf(FieldScan entry) {
        while (entry.next()) {
            if (entry.field() == Entry.SEQ_FIELD_NUMBER) {
                return entry.number();
            }
        }
        return 0;
    }

    /** Whether it is a message of this run, and not what the server itself says; then it has arrived. */
    private boolean isMessage(ByteBuf frame, FieldScan behindSeq) {
        while (behindSeq.next()) {
            if (behindSeq.field() == Entry.RECORD_FIELD_NUMBER) {
                OptionalLong number = numberOf(frame, FieldScan.into(behindSeq));
                number.ifPresent(tally::arrivedIfTimed);
                return number.isPresent();
            }
        }
        return false;
    }

    private static OptionalLong numberOf(ByteBuf frame, FieldScan record) {
        while (record.next()) {
            if (record.field() == Record.IDEMPOTENCY_KEY_FIELD_NUMBER) {
                return MessageKey.number(frame, record.from(), record.to());
            }
        }
        return OptionalLong.empty();
    }

    private void moved(long room, int messages, long lastSeq) {
        device.seat(room).ifPresent(seat -> {
            seat.has(lastSeq);
            if (acknowledges) {
                device.send(ClientFrame.newBuilder()
                        .setAcknowledge(Acknowledge.newBuilder().addCursors(seat.cursor())));
            }
            seat.room().heard(messages);
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
