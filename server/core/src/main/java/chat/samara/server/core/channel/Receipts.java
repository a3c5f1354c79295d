package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.channel.OutboxTable.Place;
import chat.samara.server.core.session.Sessions;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.RecordReceipt;
import chat.samara.wire.proto.RecordReceipts;
import chat.samara.wire.proto.ServerFrame;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What the hub says of the outbox's records. That one was ordered is only a hint to pull: the device is told when the entry is in
 * the verified log here. That one was rejected is told at once, so that its device can make another.
 */
final class Receipts {
    /** The refusals that say something about the record, and not about the moment: it will never be in the log in this form. */
    private static final Set<ErrorCode> FINAL = EnumSet.of(
            ErrorCode.STALE_EPOCH,
            ErrorCode.EPOCH_EXPIRED,
            ErrorCode.NOT_A_MEMBER,
            ErrorCode.INVALID_HANDSHAKE,
            ErrorCode.MALFORMED,
            ErrorCode.TOO_LARGE,
            ErrorCode.NOT_A_PEER,
            ErrorCode.UNKNOWN_MEMBER);

    private final Channels channels;
    private final Sessions sessions;
    private final Outbox outbox;
    private final Follower follower;
    private final SubmissionTable submissions;

    Receipts(Channels channels, Sessions sessions, Outbox outbox, Follower follower, SubmissionTable submissions) {
        this.channels = channels;
        this.sessions = sessions;
        this.outbox = outbox;
        this.follower = follower;
        this.submissions = submissions;
    }

    /** Receipts came from a hub. */
    void received(ServerName hub, RecordReceipts frame) {
        for (RecordReceipt receipt : frame.getReceiptsList()) {
            ChannelId id = new ChannelId(Protobuf.toBytes(receipt.getChannelId()));
            Optional<Channel> channel = channels.find(id).filter(it -> it.hub().equals(hub));
            channel.ifPresent(it -> received(it, receipt));
        }
    }

    private void received(Channel channel, RecordReceipt receipt) {
        Place place = new Place(receipt.getOriginIncarnation(), receipt.getOriginSeq());
        Optional<Record> record = outbox.find(channel.id(), place);
        if (record.isEmpty()) {
            return;
        }
        if (!receipt.hasError()) {
            follower.hint(channel.hub(), channel.id(), receipt.getSeq());
            return;
        }
        Refusal why = Refusal.of(receipt.getError());
        if (why.code() == ErrorCode.GAP && why.expected() > 0) {
            outbox.rewind(channel.id(), new Place(place.incarnation(), why.expected()));
        } else if (why.code() == ErrorCode.IDEMPOTENCY_CONFLICT && why.detail().equals(HubIntake.NUMBER_REUSED)) {
            outbox.renumber(channel, place);
            channels.save(channel);
        } else if (FINAL.contains(why.code())) {
            rejected(channel, place, record.get(), why);
        }
        // Everything else passes: the outbox tries again after a while.
    }

    private void rejected(Channel channel, Place place, Record record, Refusal why) {
        DeviceId device = new DeviceId(Protobuf.toBytes(record.getDevice()));
        IdempotencyKey key = new IdempotencyKey(Protobuf.toBytes(record.getIdempotencyKey()));
        Bytes payload = Protobuf.toBytes(record.getPayload());
        outbox.remove(channel, place);
        submissions.rejected(channel.id(), device, key, record.getKind(), payload, why);
        channels.save(channel);
        submissions
                .find(channel.id(), device, key)
                .ifPresent(row -> sessions.push(
                        device, ServerFrame.newBuilder().setReceipt(SubmissionTable.receipt(channel.id(), key, row))));
    }
}
