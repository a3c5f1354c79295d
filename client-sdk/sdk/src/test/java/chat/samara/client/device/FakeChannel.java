package chat.samara.client.device;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.group.VerifiedCommit;
import chat.samara.mls.group.VerifiedHandshake;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Head;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.GenesisControl;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SignedHead;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A channel's log at a fake server, which is hub and origin in one. */
final class FakeChannel {
    private static final long TIME = 1_700_000_000_000L;

    final ChannelId id;
    final Bytes signedGenesis;
    final List<LogEntry> entries = new ArrayList<>();
    final List<Entry> typed = new ArrayList<>();
    /** Of each device: from which place to which it may read, one stretch a membership. */
    final Map<DeviceId, List<long[]>> readable = new HashMap<>();

    final Map<Long, byte[]> treesBySeq = new HashMap<>();
    PublicGroup group;
    LogPosition position;
    long closedThrough = -1;
    private final ServerName server;
    private final SignatureKeyPair rootKey;
    private long originSeq;

    FakeChannel(ChannelId id, GenesisControl genesis, DeviceId creator, ServerName server, SignatureKeyPair rootKey)
            throws MlsException {
        this.id = id;
        this.signedGenesis = Protobuf.toBytes(genesis.getSignedGenesis());
        this.server = server;
        this.rootKey = rootKey;
        this.group = PublicGroup.of(
                genesis.getGroupInfo().toByteArray(),
                genesis.getRatchetTree().toByteArray(),
                new DeviceAuthentication());
        this.position = LogPosition.start(id);
        readable.put(creator, new ArrayList<>(List.of(new long[] {0, Long.MAX_VALUE})));
        append(
                RecordKind.CONTROL,
                0,
                IdempotencyKey.random(bytes -> {}),
                Optional.of(creator),
                Payload.genesis(genesis));
    }

    Roster roster() {
        try {
            return Roster.of(group.members());
        } catch (RefusedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Where a record of this device with this key stands. */
    Optional<Long> find(DeviceId device, IdempotencyKey key) {
        return typed.stream()
                .filter(entry -> entry.record().device().equals(Optional.of(device))
                        && entry.record().idempotencyKey().equals(key))
                .map(Entry::seq)
                .findFirst();
    }

    /** Orders a record that is known to be fine. */
    long append(RecordKind kind, long epoch, IdempotencyKey key, Optional<DeviceId> device, Bytes payload) {
        Record record = Record.of(
                new Record.Content(id, server, 1, ++originSeq, kind, epoch, key, device, payload, TIME + originSeq));
        BatchSigner batch = new BatchSigner();
        int place = batch.add(record);
        Entry entry = position.append(record, TIME + originSeq);
        typed.add(entry);
        entries.add(entry.toProto(batch.sign(rootKey).proof(place)));
        position = entry.position();
        return position.seq();
    }

    /** What the hub says to a submission before it orders it; empty if it is fine. */
    Optional<chat.samara.wire.Refusal> refusal(RecordKind kind, long epoch, DeviceId device) {
        if (roster().device(device).isEmpty()) {
            return Optional.of(chat.samara.wire.Refusal.of(ErrorCode.NOT_A_MEMBER, "not a member"));
        }
        if (kind == RecordKind.APPLICATION && epoch <= closedThrough) {
            return Optional.of(chat.samara.wire.Refusal.of(ErrorCode.EPOCH_EXPIRED, "epoch " + epoch + " is closed"));
        }
        if (kind == RecordKind.COMMIT && epoch != group.epoch()) {
            return Optional.of(chat.samara.wire.Refusal.of(ErrorCode.STALE_EPOCH, "epoch is " + group.epoch()));
        }
        return Optional.empty();
    }

    /** Orders a commit; who it adds and removes may read accordingly. */
    Optional<VerifiedCommit> commit(long epoch, IdempotencyKey key, DeviceId device, Bytes payload) {
        try {
            CommitPayload decoded = Payload.commit(payload);
            VerifiedHandshake handshake = group.verify(decoded.getCommit().toByteArray());
            VerifiedCommit commit = (VerifiedCommit) handshake;
            commit.after().checkGroupInfo(decoded.getGroupInfo().toByteArray());
            group = commit.after();
            long seq = append(RecordKind.COMMIT, epoch, key, Optional.of(device), payload);
            treesBySeq.put(seq, group.ratchetTree());
            commit.removed().forEach(member -> {
                List<long[]> stretches =
                        readable.getOrDefault(DeviceId.ofSignatureKey(member.signatureKey()), List.of());
                stretches.get(stretches.size() - 1)[1] = seq;
            });
            commit.added()
                    .forEach(member -> readable.computeIfAbsent(
                                    DeviceId.ofSignatureKey(member.signatureKey()), it -> new ArrayList<>())
                            .add(new long[] {seq, Long.MAX_VALUE}));
            return Optional.of(commit);
        } catch (MlsException | RefusedException e) {
            throw new AssertionError("the SDK sent a commit that a hub refuses", e);
        }
    }

    /** The stretch that a cursor stands in, or the next one. */
    long[] stretch(DeviceId device, long afterSeq) {
        return readable.getOrDefault(device, List.of()).stream()
                .filter(stretch -> afterSeq < stretch[1])
                .findFirst()
                .orElse(new long[] {0, 0});
    }

    /** The same log up to the entry before a place: the hub cheats, or somebody with its key. */
    FakeChannel forkBefore(long seq) {
        FakeChannel fork = new FakeChannel(this, rootKey);
        fork.entries.addAll(entries.subList(0, (int) seq - 1));
        fork.position = typed.get((int) seq - 2).position();
        fork.originSeq = originSeq;
        return fork;
    }

    /** The same log, vouched for by another key. */
    FakeChannel signedBy(SignatureKeyPair otherKey) {
        FakeChannel other = new FakeChannel(this, otherKey);
        other.entries.addAll(entries);
        other.position = position;
        return other;
    }

    private FakeChannel(FakeChannel original, SignatureKeyPair rootKey) {
        this.id = original.id;
        this.signedGenesis = original.signedGenesis;
        this.server = original.server;
        this.rootKey = rootKey;
        this.group = original.group;
        this.position = original.position;
    }

    SignedHead head() {
        Head head = Head.of(position, position.seq());
        BatchSigner batch = new BatchSigner();
        int place = batch.add(head);
        return new ProvenHead(head, batch.sign(rootKey).proof(place)).toProto();
    }
}
