package chat.samara.server.core.channel.state;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredRejections;
import chat.samara.server.core.store.proto.StoredSubmission;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What became of what devices sent: of this server's devices from the moment that they submit it, of all others once it stands in
 * the log.
 *
 * <ul>
 *   <li>SUBMISSION: key: channel id (32), device id (16), idempotency key (16); value: {@link StoredSubmission}. What stands in the log is kept
 *       as long as the log: by it a message that comes twice is known, here and at every other server alike, so that none may forget it (I3). Of
 *       what was rejected, which anybody could have without end, the last {@code Limits.REJECTIONS_KEPT_PER_DEVICE_MAX} of each device: who asks
 *       for an earlier one is told {@code UNKNOWN}, tries again and hears the reason again. Never by age.
 *   <li>SUBMISSION: key: channel id (32), device id (16); value: {@link StoredRejections}: which those are.
 *   <li>DEVICE_SEQ: key: channel id (32), device id (16); value: the device_seq that is expected next, 8 bytes. This server's
 *       devices only; kept for ever.
 * </ul>
 */
public final class SubmissionTable {
    private final Journal journal;

    public SubmissionTable(Journal journal) {
        this.journal = journal;
    }

    private static Bytes key(ChannelId channel, DeviceId device, IdempotencyKey key) {
        return Key.of(channel.bytes()).and(device.bytes()).and(key.bytes()).bytes();
    }

    public Optional<StoredSubmission> find(ChannelId channel, DeviceId device, IdempotencyKey key) {
        return journal.get(Table.SUBMISSION, key(channel, device, key))
                .map(value -> Stored.decode(Table.SUBMISSION, channel, StoredSubmission.parser(), value));
    }

    /** The place of the device's record with this key in the log, if it is there. */
    public Optional<Long> ordered(ChannelId channel, DeviceId device, IdempotencyKey key) {
        return find(channel, device, key)
                .filter(row -> row.getStatus() == ReceiptStatus.ORDERED_VALUE)
                .map(StoredSubmission::getSeq);
    }

    private StoredSubmission put(
            ChannelId channel, DeviceId device, IdempotencyKey key, StoredSubmission.Builder builder) {
        StoredSubmission row = builder.build();
        journal.put(Table.SUBMISSION, key(channel, device, key), Stored.encode(row));
        return row;
    }

    private static StoredSubmission.Builder row(ReceiptStatus status, RecordKind kind, Bytes payload) {
        return StoredSubmission.newBuilder()
                .setStatus(status.getNumber())
                .setKind(kind.getNumber())
                .setPayloadHash(Protobuf.toByteString(Sha256.of(payload.arrayUnsafe())));
    }

    /** A record went into the outbox. */
    public void stored(Record record, DeviceId device) {
        StoredSubmission unused = put(
                record.channel(),
                device,
                record.idempotencyKey(),
                row(ReceiptStatus.STORED, record.kind(), record.payload())
                        .setOutboxIncarnation(record.originIncarnation())
                        .setOutboxOriginSeq(record.originSeq()));
    }

    /** A record went into the log. Returns what is known of it now. */
    public StoredSubmission ordered(Record record, DeviceId device, long seq) {
        return put(
                record.channel(),
                device,
                record.idempotencyKey(),
                row(ReceiptStatus.ORDERED, record.kind(), record.payload()).setSeq(seq));
    }

    /** A record will not go into the log. */
    public void rejected(
            ChannelId channel, DeviceId device, IdempotencyKey key, RecordKind kind, Bytes payload, Refusal why) {
        StoredSubmission unused = put(
                channel,
                device,
                key,
                row(ReceiptStatus.REJECTED, kind, payload)
                        .setError(Protobuf.toByteString(Protobuf.encode(why.toProto()))));
        forgetEarlyRejections(channel, device, key);
    }

    private void forgetEarlyRejections(ChannelId channel, DeviceId device, IdempotencyKey latest) {
        Bytes listKey = Key.of(channel.bytes()).and(device.bytes()).bytes();
        List<ByteString> keys = new ArrayList<>(journal.get(Table.SUBMISSION, listKey)
                .map(value -> Stored.decode(Table.SUBMISSION, channel, StoredRejections.parser(), value)
                        .getIdempotencyKeysList())
                .orElse(List.of()));
        keys.remove(Protobuf.toByteString(latest.bytes()));
        keys.add(Protobuf.toByteString(latest.bytes()));
        while (keys.size() > Limits.REJECTIONS_KEPT_PER_DEVICE_MAX) {
            IdempotencyKey early = new IdempotencyKey(Stored.bytes(keys.remove(0)));
            // What was rejected may have been taken since.
            find(channel, device, early)
                    .filter(row -> row.getStatus() == ReceiptStatus.REJECTED_VALUE)
                    .ifPresent(row -> journal.delete(Table.SUBMISSION, key(channel, device, early)));
        }
        journal.put(
                Table.SUBMISSION,
                listKey,
                Stored.encode(StoredRejections.newBuilder()
                        .addAllIdempotencyKeys(keys)
                        .build()));
    }

    /** What a device is told of its submission. */
    public static Receipt.Builder receipt(ChannelId channel, IdempotencyKey key, StoredSubmission row) {
        Receipt.Builder receipt = Receipt.newBuilder()
                .setChannelId(Protobuf.toByteString(channel.bytes()))
                .setIdempotencyKey(Protobuf.toByteString(key.bytes()))
                .setStatusValue(row.getStatus())
                .setSeq(row.getSeq());
        if (row.getStatus() == ReceiptStatus.REJECTED_VALUE) {
            try {
                receipt.setError(Error.parseFrom(row.getError()));
            } catch (InvalidProtocolBufferException e) {
                throw Stored.corrupt(Table.SUBMISSION, channel, e);
            }
        }
        return receipt;
    }

    /** The device_seq that is expected next; from 1. */
    public long nextDeviceSeq(ChannelId channel, DeviceId device) {
        return journal.get(
                        Table.DEVICE_SEQ,
                        Key.of(channel.bytes()).and(device.bytes()).bytes())
                .map(value -> Stored.number(Table.DEVICE_SEQ, channel, value))
                .orElse(1L);
    }

    public void setNextDeviceSeq(ChannelId channel, DeviceId device, long next) {
        journal.put(
                Table.DEVICE_SEQ, Key.of(channel.bytes()).and(device.bytes()).bytes(), Stored.number(next));
    }
}
