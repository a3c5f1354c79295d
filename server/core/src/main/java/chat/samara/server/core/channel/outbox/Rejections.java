package chat.samara.server.core.channel.outbox;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.channel.outbox.OutboxTable.Place;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.ChannelRefusal;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.SubmissionTable;
import chat.samara.server.core.session.Sessions;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;
import java.util.Optional;

/** Takes records out of the outbox that will not be in the log, and tells their devices why (I1). */
public final class Rejections {
    private final Channels channels;
    private final Sessions sessions;
    private final Outbox outbox;
    private final SubmissionTable submissions;

    /** A device's record that is not in the outbox any more. */
    public record Rejected(DeviceId device, IdempotencyKey key) {}

    public Rejections(Channels channels, Sessions sessions, Outbox outbox, SubmissionTable submissions) {
        this.channels = channels;
        this.sessions = sessions;
        this.outbox = outbox;
        this.submissions = submissions;
    }

    /** The record at this place will never be in the log in this form. Returns whose it was; empty if there is no record. */
    public Optional<Rejected> reject(Channel channel, Place place, Refusal why) {
        return outbox.find(channel.id(), place).map(record -> reject(channel, place, record, why));
    }

    private Rejected reject(Channel channel, Place place, Record record, Refusal why) {
        ChannelId id = channel.id();
        DeviceId device = new DeviceId(Protobuf.toBytes(record.getDevice()));
        IdempotencyKey key = new IdempotencyKey(Protobuf.toBytes(record.getIdempotencyKey()));
        Bytes payload = Protobuf.toBytes(record.getPayload());
        outbox.remove(channel, place);
        submissions.rejected(id, device, key, record.getKind(), payload, why);
        channels.save(channel);
        submissions
                .find(id, device, key)
                .ifPresent(row -> sessions.push(
                        device, ServerFrame.newBuilder().setReceipt(SubmissionTable.receipt(id, key, row))));
        return new Rejected(device, key);
    }

    /** The channel is frozen here: whatever waits for its hub would wait for ever, since nothing is pulled any more. Returns what waited. */
    public List<Rejected> frozen(Channel channel) {
        Refusal why = ChannelRefusal.stopped(channel.row().build());
        return outbox.places(channel.id()).stream()
                .flatMap(place -> reject(channel, place, why).stream())
                .toList();
    }

    /** Does so for the channels that were frozen by a version that let their records wait. */
    public void load() {
        for (ChannelId id : outbox.waiting().keySet()) {
            channels.find(id)
                    .filter(it -> it.row().getState() == StoredChannelState.CHANNEL_FROZEN)
                    .ifPresent(this::frozen);
        }
    }
}
