package chat.samara.benchmarks.load;

import chat.samara.wire.proto.Acknowledge;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Credit;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.SlimEntry;
import chat.samara.wire.proto.TerseEntries;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What a device does with the entries that it gets: counts them, and says what the SDK says: more credit when half of it is used, and how
 * far it has each room, once in a while; or that after every frame, or never, to see what it costs.
 */
final class Reader {
    /** As the SDK gives. */
    static final long CREDIT_BYTES = 4L << 20;

    /** As the SDK waits. */
    private static final long ACKNOWLEDGED_AFTER_SECONDS = 10;

    private final Device device;
    private final Tally tally;
    private final Acks acks;
    private final Set<Seat> moved = new LinkedHashSet<>();
    private long bytesSinceCredit;

    Reader(Device device, Acks acks) {
        this.device = device;
        this.tally = device.client().tally();
        this.acks = acks;
    }

    /** A frame of entries. */
    void take(ByteBuf frame, FieldScan entries, int frameBytes) {
        long room = 0;
        long fromSeq = 0;
        int count = 0;
        int messages = 0;
        while (entries.next()) {
            if (entries.field() == Entries.CHANNEL_ID_FIELD_NUMBER) {
                room = frame.getLong(entries.from());
            } else if (entries.field() == Entries.SLIM_FIELD_NUMBER) {
                count++;
                messages += isMessage(frame, FieldScan.into(entries)) ? 1 : 0;
            } else if (entries.field() == Entries.SLIM_FROM_SEQ_FIELD_NUMBER) {
                fromSeq = entries.number();
            }
        }
        if (count > 0) {
            delivered(device.seat(room), messages, fromSeq + count - 1, frameBytes);
        }
    }

    /** A frame of entries without what a device knows. */
    void takeTerse(ByteBuf frame, FieldScan entries, int frameBytes) {
        int start = 0;
        long fromSeq = 0;
        int count = 0;
        int messages = 0;
        while (entries.next()) {
            if (entries.field() == TerseEntries.CHANNEL_START_FIELD_NUMBER) {
                start = frame.getInt(entries.from());
            } else if (entries.field() == TerseEntries.ENTRIES_FIELD_NUMBER) {
                count++;
                messages += isMessage(frame, FieldScan.into(entries)) ? 1 : 0;
            } else if (entries.field() == TerseEntries.FROM_SEQ_FIELD_NUMBER) {
                fromSeq = entries.number();
            }
        }
        delivered(device.seatByStart(start), messages, fromSeq + count - 1, frameBytes);
    }

    private void delivered(Optional<Seat> seat, int messages, long lastSeq, int frameBytes) {
        tally.delivered(messages, frameBytes);
        moved(seat, messages, lastSeq);
        giveCredit(frameBytes);
    }

    /** Whether it is a message of this run, and not what the server itself says; then it has arrived. */
    private boolean isMessage(ByteBuf frame, FieldScan entry) {
        while (entry.next()) {
            if (entry.field() == SlimEntry.IDEMPOTENCY_KEY_FIELD_NUMBER) {
                OptionalLong number = MessageKey.number(frame, entry.from(), entry.to());
                number.ifPresent(tally::arrivedIfTimed);
                return number.isPresent();
            }
        }
        return false;
    }

    private void moved(Optional<Seat> in, int messages, long lastSeq) {
        in.ifPresent(seat -> {
            seat.has(lastSeq);
            if (acks == Acks.EACH) {
                acknowledge(List.of(seat));
            } else if (acks == Acks.SDK) {
                acknowledgeLater(seat);
            }
            seat.room().heard(messages);
        });
    }

    private void acknowledgeLater(Seat seat) {
        if (moved.isEmpty()) {
            Future<?> unused =
                    device.loop().schedule(this::acknowledgeMoved, ACKNOWLEDGED_AFTER_SECONDS, TimeUnit.SECONDS);
        }
        moved.add(seat);
    }

    private void acknowledgeMoved() {
        acknowledge(List.copyOf(moved));
        moved.clear();
        device.flush();
    }

    private void acknowledge(List<Seat> seats) {
        Acknowledge.Builder acknowledge = Acknowledge.newBuilder().setQuiet(true);
        seats.forEach(seat -> acknowledge.addCursors(seat.cursor()));
        device.send(ClientFrame.newBuilder().setAcknowledge(acknowledge));
    }

    private void giveCredit(int frameBytes) {
        bytesSinceCredit += frameBytes;
        if (bytesSinceCredit >= CREDIT_BYTES / 2) {
            device.send(ClientFrame.newBuilder()
                    .setCredit(
                            Credit.newBuilder().setCreditBytes(bytesSinceCredit).setQuiet(true)));
            bytesSinceCredit = 0;
        }
    }
}
