package chat.samara.benchmarks.load;

import chat.samara.wire.proto.ChannelCursor;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Submit;
import com.google.protobuf.ByteString;
import io.netty.channel.EventLoop;
import java.util.List;

/** A device's place in a room: how far it has read, and what it says next. On the device's event loop. */
public final class Seat implements Speaker {
    private final Room room;
    private final Device device;
    private final boolean atHub;
    private long deviceSeq;
    private volatile long readThrough;

    /** @param atHub whether the device's server orders the room's messages */
    Seat(Room room, Device device, boolean atHub, long readThrough) {
        this.room = room;
        this.device = device;
        this.atHub = atHub;
        this.readThrough = readThrough;
    }

    Room room() {
        return room;
    }

    Device device() {
        return device;
    }

    /** It has said so many records in this room already. */
    void hasSaid(long records) {
        deviceSeq = records;
    }

    void has(long seq) {
        readThrough = seq;
    }

    /** Up to where it has the room's log. Any thread. */
    long readThrough() {
        return readThrough;
    }

    ChannelCursor cursor() {
        return ChannelCursor.newBuilder()
                .setChannelId(room.id())
                .setAfterSeq(readThrough)
                .build();
    }

    @Override
    public EventLoop loop() {
        return device.loop();
    }

    @Override
    public void say(long number) {
        deviceSeq++;
        List<ByteString> payloads = room.payloads();
        device.send(ClientFrame.newBuilder()
                .setSubmit(Submit.newBuilder()
                        .setChannelId(room.id())
                        .setKind(RecordKind.APPLICATION)
                        .setEpoch(room.epoch())
                        .setIdempotencyKey(MessageKey.of(number))
                        .setPayload(payloads.get((int) (number % payloads.size())))
                        .setDeviceSeq(deviceSeq)));
    }

    @Override
    public void flush() {
        device.flush();
    }

    /**
     * A receipt has come. A hub answers that a record is ordered. Another server answers that it has stored it, and pushes that it is ordered when it
     * has got that from the hub.
     *
     * @param isAnswer to what this device has sent
     */
    void receipt(Receipt receipt, boolean isAnswer) {
        if (!atHub && receipt.getStatus() == ReceiptStatus.STORED) {
            return;
        }
        if (receipt.getStatus() != ReceiptStatus.ORDERED && receipt.getStatus() != ReceiptStatus.STABLE) {
            device.client()
                    .fail("a message of " + device.user() + " is " + receipt.getStatus() + " ("
                            + receipt.getError().getReason() + "), expected ORDERED");
        } else if (isAnswer == atHub) {
            device.client().tally().acknowledged();
            room.ordered(receipt.getSeq());
            MessageKey.number(receipt.getIdempotencyKey()).ifPresent(room::acknowledged);
        }
    }
}
