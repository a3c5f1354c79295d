package chat.samara.server.core.channel.submit;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.server.core.Disk;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.hub.Hub;
import chat.samara.server.core.channel.member.Quotas;
import chat.samara.server.core.channel.member.ReaderTable;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.rule.VerifiedInVain;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.ChannelRefusal;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.SubmissionTable;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.proto.StoredSubmission;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserDevice;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Submit;
import java.util.Optional;

/**
 * Takes records from this server's devices, as their origin. A thrown refusal means that nothing was stored and the device_seq is
 * not used; a Receipt, also one that says REJECTED, is durable and uses it.
 */
public final class Submissions {
    private final Journal journal;
    private final Channels channels;
    private final Disk disk;
    private final Hub hub;
    private final Outbox outbox;
    private final KeptForHub kept;
    private final SubmissionTable table;
    private final Standstill standstill;
    private final Quotas quotas;
    private final VerifiedInVain<UserId> inVain;

    public Submissions(
            Journal journal,
            Channels channels,
            Disk disk,
            Hub hub,
            Outbox outbox,
            KeptForHub kept,
            Standstill standstill,
            Quotas quotas) {
        this.journal = journal;
        this.channels = channels;
        this.disk = disk;
        this.hub = hub;
        this.outbox = outbox;
        this.kept = kept;
        this.table = new SubmissionTable(journal);
        this.standstill = standstill;
        this.quotas = quotas;
        this.inVain = VerifiedInVain.ofMembers(journal);
    }

    /** What a device submits, with everything typed. */
    private record Draft(
            ChannelId channel,
            DeviceId device,
            RecordKind kind,
            long epoch,
            IdempotencyKey key,
            Bytes payload,
            long deviceSeq) {
        static Draft of(DeviceId device, Submit request) throws RefusedException {
            return new Draft(
                    ChannelId.fromWire("Submit.channel_id", request.getChannelId()),
                    device,
                    request.getKind(),
                    request.getEpoch(),
                    IdempotencyKey.fromWire("Submit.idempotency_key", request.getIdempotencyKey()),
                    Protobuf.toBytes(request.getPayload()),
                    request.getDeviceSeq());
        }
    }

    /** Takes a record, or says again what became of it. */
    public Receipt submit(UserDevice who, Submit request) throws RefusedException {
        DeviceId device = who.device();
        Draft draft = Draft.of(device, request);
        Channel channel = reachable(device, draft.channel());
        Optional<StoredSubmission> before = table.find(draft.channel(), device, draft.key());
        if (before.isPresent() && before.get().getStatus() != ReceiptStatus.REJECTED_VALUE) {
            requireSame(draft, before.get());
            if (draft.deviceSeq() == table.nextDeviceSeq(draft.channel(), device)) {
                table.setNextDeviceSeq(draft.channel(), device, draft.deviceSeq() + 1);
            }
            return receipt(draft);
        }
        requireTakeable(channel, draft);
        inVain.begins(who.user(), draft.kind(), draft.payload().size());
        kept.begins(who.user(), channel.hub(), draft.kind(), draft.payload().size());
        quotas.record(who.user(), draft.payload().size());
        table.setNextDeviceSeq(draft.channel(), device, draft.deviceSeq() + 1);
        Record record =
                outbox.next(channel, draft.kind(), draft.epoch(), draft.key(), Optional.of(device), draft.payload());
        Optional<Hub.Outcome.Rejected> rejected =
                channels.isHub(channel) ? order(who, channel, record) : kept.keep(channel, record, device);
        rejected.ifPresent(it -> {
            inVain.refused(who.user(), record, it.why(), it.verified());
            table.rejected(draft.channel(), device, draft.key(), draft.kind(), draft.payload(), it.why());
        });
        channels.save(channel);
        return receipt(draft);
    }

    private Optional<Hub.Outcome.Rejected> order(UserDevice who, Channel channel, Record record) {
        Hub.Outcome outcome = hub.order(channel, record, Optional.empty());
        if (outcome instanceof Hub.Outcome.NotTaken notTaken) {
            throw new IllegalStateException("not taken: " + notTaken.why() + ", expected to be asked before");
        }
        if (outcome instanceof Hub.Outcome.Rejected rejected) {
            return Optional.of(rejected);
        }
        quotas.tree(who.user(), ((Hub.Outcome.Ordered) outcome).treeBytes());
        outbox.used(channel, record);
        return Optional.empty();
    }

    /** The channel, if the device is or was in it: these are not told apart from channels that do not exist. */
    private Channel reachable(DeviceId device, ChannelId id) throws RefusedException {
        channels.requireReadable(id);
        Optional<Channel> channel = channels.find(id);
        if (channel.isEmpty() || ReaderTable.find(journal, device, id).isEmpty()) {
            throw ChannelRefusal.unknown(id);
        }
        return channel.get();
    }

    private void requireTakeable(Channel channel, Draft draft) throws RefusedException {
        if (!channel.isActive()) {
            throw ChannelRefusal.stopped(channel.row().build()).asException();
        }
        Optional<Refusal> notNow = channels.isHub(channel) ? hub.notNow(channel) : Optional.empty();
        if (notNow.isPresent()) {
            throw notNow.get().asException();
        }
        long expected = table.nextDeviceSeq(draft.channel(), draft.device());
        if (draft.deviceSeq() != expected) {
            throw Refusal.gap(expected, draft.deviceSeq()).asException();
        }
        if (!disk.acceptsSubmissions()) {
            throw disk.refusal().asException();
        }
        if (draft.epoch() > channel.epoch()) {
            // The device learns of epochs from this server only; so the server has lost some, and will get them again.
            throw new Refusal(
                            ErrorCode.PEER_UNREACHABLE,
                            "this server knows the channel up to epoch " + channel.epoch() + " only; try again later",
                            "epoch<=" + channel.epoch(),
                            0,
                            1000)
                    .asException();
        }
        if (!channels.isHub(channel) && !outbox.hasRoom(channel, draft.payload().size())) {
            throw Refusal.limitReached(
                            "too much waits for the hub " + channel.hub()
                                    + " already; nothing was stored, try again later",
                            "outbox-bytes<=" + Limits.OUTBOX_BYTES_PER_CHANNEL_MAX,
                            60_000)
                    .asException();
        }
    }

    /** An application message may have been encrypted afresh; anything else under the same key must be the same. */
    private static void requireSame(Draft draft, StoredSubmission before) throws RefusedException {
        boolean sameKind = before.getKind() == draft.kind().getNumber();
        boolean same = sameKind
                && (draft.kind() == RecordKind.APPLICATION
                        || Stored.bytes(before.getPayloadHash())
                                .equals(Sha256.of(draft.payload().arrayUnsafe())));
        if (!same) {
            throw RefusedException.of(
                    ErrorCode.IDEMPOTENCY_CONFLICT,
                    "idempotency key " + draft.key() + " came with another content before; use a fresh one");
        }
    }

    private Receipt receipt(Draft draft) {
        StoredSubmission row = table.find(draft.channel(), draft.device(), draft.key())
                .orElseThrow(() ->
                        new IllegalStateException("no row for " + draft.key() + ", expected the one just written"));
        return standstill
                .withReason(SubmissionTable.receipt(draft.channel(), draft.key(), row), draft.channel())
                .build();
    }

    /** What became of a device's record. */
    public Receipt status(DeviceId device, ChannelId channel, IdempotencyKey key) {
        return table.find(channel, device, key)
                .map(row -> standstill
                        .withReason(SubmissionTable.receipt(channel, key, row), channel)
                        .build())
                .orElseGet(() -> Receipt.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .setIdempotencyKey(Protobuf.toByteString(key.bytes()))
                        .setStatus(ReceiptStatus.UNKNOWN)
                        .build());
    }
}
