package chat.samara.client.device;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.group.VerifiedCommit;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Blame;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.channel.ObservedChannel;
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
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SignedHead;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

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
    /** Of each epoch, what its members share. */
    final Map<Long, GroupContext> contexts = new HashMap<>();

    PublicGroup group;
    private ObservedChannel observed;
    LogPosition position;
    long closedThrough = -1;

    /** How fast it lets members commit; as fast as they like if that is not said. */
    Optional<HubPace> pace = Optional.empty();

    /** So many commits more are refused, since their author commits too often. */
    int commitsTooMany;

    private final ServerName server;
    private final SignatureKeyPair rootKey;
    private long originSeq;

    FakeChannel(ChannelId id, GenesisControl genesis, DeviceId creator, ServerName server, SignatureKeyPair rootKey) {
        this.id = id;
        this.signedGenesis = Protobuf.toBytes(genesis.getSignedGenesis());
        this.server = server;
        this.rootKey = rootKey;
        try {
            this.observed = ObservedChannel.begin(HandshakeRules.judgeGenesis(genesis));
        } catch (RefusedException e) {
            throw new AssertionError("the SDK founded a channel that no hub takes", e);
        }
        this.group = observed.group();
        contexts.put(group.epoch(), group.context());
        this.position = LogPosition.start(id);
        readable.put(creator, new ArrayList<>(List.of(new long[] {0, Long.MAX_VALUE})));
        append(
                RecordKind.CONTROL,
                0,
                IdempotencyKey.random(bytes -> {}),
                Optional.of(creator),
                Payload.genesis(genesis));
    }

    Blame blame() {
        return observed.blame();
    }

    /** The GroupInfo of the present epoch, as the last commit brought it. */
    byte[] groupInfo() {
        Record commit = typed.stream()
                .map(Entry::record)
                .filter(record -> record.kind() == RecordKind.COMMIT)
                .reduce((first, second) -> second)
                .orElseThrow();
        try {
            return Payload.commit(commit).getGroupInfo().toByteArray();
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
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

    /** Where this entry of the log stands, if it is one. */
    Optional<Long> seqOf(LogEntry entry) {
        int place = entries.indexOf(entry);
        return place < 0 ? Optional.empty() : Optional.of(place + 1L);
    }

    /** Orders a record that is known to be fine. */
    long append(RecordKind kind, long epoch, IdempotencyKey key, Optional<DeviceId> device, Bytes payload) {
        Record record = record(kind, epoch, key, device, payload);
        originSeq++;
        BatchSigner batch = new BatchSigner();
        int place = batch.add(record);
        Entry entry = position.append(record, TIME + originSeq);
        typed.add(entry);
        entries.add(entry.toProto(batch.sign(rootKey).proof(place)));
        position = entry.position();
        return position.seq();
    }

    private Record record(RecordKind kind, long epoch, IdempotencyKey key, Optional<DeviceId> device, Bytes payload) {
        long next = originSeq + 1;
        return Record.of(new Record.Content(id, server, 1, next, kind, epoch, key, device, payload, TIME + next));
    }

    /** What the hub says to a submission before it orders it; empty if it is fine. */
    Optional<chat.samara.wire.Refusal> refusal(
            RecordKind kind, long epoch, IdempotencyKey key, DeviceId device, Bytes payload) {
        if (roster().device(device).isEmpty() && kind != RecordKind.COMMIT) {
            return Optional.of(chat.samara.wire.Refusal.of(ErrorCode.NOT_A_MEMBER, "not a member"));
        }
        boolean tooOld = group.epoch() - epoch > chat.samara.wire.Limits.OPEN_EPOCHS_MAX;
        if (kind == RecordKind.APPLICATION && (epoch <= closedThrough || tooOld)) {
            return Optional.of(chat.samara.wire.Refusal.of(ErrorCode.EPOCH_EXPIRED, "epoch " + epoch + " is closed"));
        }
        if (kind == RecordKind.COMMIT && commitsTooMany > 0) {
            commitsTooMany--;
            return Optional.of(chat.samara.wire.Refusal.limitReached("too often", "commits<=500", 2_000));
        }
        if (kind == RecordKind.COMMIT) {
            try {
                Record record = record(kind, epoch, key, Optional.of(device), payload);
                Change change = HandshakeRules.judge(observed, record);
                HandshakeRules.requireNotBarred(observed, record, change);
                HandshakeRules.requireSameExtensions(observed, change);
                if (change instanceof Change.Committed committed) {
                    return pace.flatMap(it -> it.refusal(observed, committed));
                }
            } catch (RefusedException e) {
                return Optional.of(e.refusal());
            }
        }
        return Optional.empty();
    }

    /** Orders a commit; who it adds and removes may read accordingly. */
    VerifiedCommit commit(long epoch, IdempotencyKey key, DeviceId device, Bytes payload) {
        try {
            Change.Committed change = (Change.Committed)
                    observed.follow(record(RecordKind.COMMIT, epoch, key, Optional.of(device), payload));
            group = observed.group();
            append(change, epoch, key, device, payload);
            return change.commit();
        } catch (RefusedException e) {
            throw new AssertionError("the SDK sent a commit that a hub refuses", e);
        }
    }

    /** Orders a proposal, which a later commit may name. */
    void propose(long epoch, IdempotencyKey key, DeviceId device, Bytes payload) {
        try {
            observed.follow(record(RecordKind.PROPOSAL, epoch, key, Optional.of(device), payload));
            group = observed.group();
            append(RecordKind.PROPOSAL, epoch, key, Optional.of(device), payload);
        } catch (RefusedException e) {
            throw new AssertionError("a proposal that a hub refuses", e);
        }
    }

    /** Orders whatever MLS takes: the hub cheats, or is of a version that knew no better. */
    void commitUnruly(IdempotencyKey key, DeviceId device, Bytes payload) {
        try {
            CommitPayload decoded = Payload.commit(payload);
            VerifiedCommit commit =
                    (VerifiedCommit) group.verify(decoded.getCommit().toByteArray());
            long epoch = group.epoch();
            group = commit.after();
            observed = ObservedChannel.resume(id, server, group, observed.demandsSignedCommits(), observed.blame());
            append(Change.Committed.of(commit, decoded), epoch, key, device, payload);
        } catch (MlsException | RefusedException e) {
            throw new AssertionError("a commit that MLS refuses", e);
        }
    }

    private void append(Change.Committed change, long epoch, IdempotencyKey key, DeviceId device, Bytes payload) {
        long seq = append(RecordKind.COMMIT, epoch, key, Optional.of(device), payload);
        treesBySeq.put(seq, group.ratchetTree());
        contexts.put(group.epoch(), group.context());
        Set<DeviceId> come = devices(change.added());
        Set<DeviceId> gone = devices(change.removed());
        for (DeviceId each : gone) {
            if (!come.contains(each)) {
                List<long[]> stretches = readable.getOrDefault(each, List.of());
                stretches.get(stretches.size() - 1)[1] = seq;
            }
        }
        for (DeviceId each : come) {
            if (!gone.contains(each)) {
                List<long[]> stretches = readable.computeIfAbsent(each, it -> new ArrayList<>());
                boolean reads = !stretches.isEmpty() && stretches.get(stretches.size() - 1)[1] == Long.MAX_VALUE;
                if (!reads) {
                    stretches.add(new long[] {seq, Long.MAX_VALUE});
                }
            }
        }
    }

    /** The last place that a device may know of. */
    long readableThrough(DeviceId device) {
        List<long[]> stretches = readable.getOrDefault(device, List.of());
        return stretches.isEmpty() ? 0 : Math.min(position.seq(), stretches.get(stretches.size() - 1)[1]);
    }

    /** The device reads in the place of one that was struck off. */
    void succeed(DeviceId before, DeviceId now) {
        List<long[]> stretches = readable.get(before);
        if (stretches != null) {
            List<long[]> copied = new ArrayList<>();
            stretches.forEach(stretch -> copied.add(stretch.clone()));
            readable.put(now, copied);
        }
    }

    private static Set<DeviceId> devices(List<ChannelMember> members) {
        Set<DeviceId> devices = new TreeSet<>();
        members.forEach(member -> devices.add(member.device()));
        return devices;
    }

    /** So many handshakes at most behind one place and not behind another. */
    Handshakes handshakes(long afterSeq, long throughSeq, int countMax) {
        Handshakes.Builder found = Handshakes.newBuilder().setChannelId(Protobuf.toByteString(id.bytes()));
        long through = Math.min(throughSeq, position.seq());
        for (long seq = afterSeq + 1; seq <= through; seq++) {
            RecordKind kind = typed.get((int) seq - 1).record().kind();
            if (seq == 1 || kind == RecordKind.COMMIT || kind == RecordKind.PROPOSAL) {
                if (found.getEntriesCount() == countMax) {
                    return found.setThroughSeq(seq - 1).setMore(true).build();
                }
                found.addEntries(entries.get((int) seq - 1));
            }
        }
        return found.setThroughSeq(through).build();
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

    /** The same log up to a place, of which the hub knows nothing more: what it orders next makes another log of it. */
    FakeChannel again(long throughSeq) {
        try {
            Record first = typed.get(0).record();
            FakeChannel again = new FakeChannel(
                    id, Payload.control(first).getGenesis(), first.device().orElseThrow(), server, rootKey);
            for (Entry entry : typed.subList(1, (int) throughSeq)) {
                Record record = entry.record();
                switch (record.kind()) {
                    case COMMIT ->
                        again.commit(
                                record.epoch(),
                                record.idempotencyKey(),
                                record.device().orElseThrow(),
                                record.payload());
                    case APPLICATION ->
                        again.append(
                                record.kind(),
                                record.epoch(),
                                record.idempotencyKey(),
                                record.device(),
                                record.payload());
                    default -> throw new AssertionError("no test wants a log with a " + record.kind() + " again");
                }
            }
            if (!again.position.equals(typed.get((int) throughSeq - 1).position())) {
                throw new AssertionError("it is another log before " + throughSeq);
            }
            return again;
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    /** A log that begins otherwise, under the same hub's key. */
    FakeChannel beginning(GenesisControl genesis) {
        FakeChannel other = new FakeChannel(this, rootKey);
        other.position = LogPosition.start(id);
        other.append(
                RecordKind.CONTROL, 0, IdempotencyKey.random(bytes -> {}), Optional.empty(), Payload.genesis(genesis));
        return other;
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
        this.observed = original.observed;
        this.position = original.position;
    }

    SignedHead head() {
        return headAt(position);
    }

    /** The hub vouches for whatever place this is. */
    SignedHead headAt(LogPosition place) {
        Head head = Head.of(place, place.seq());
        BatchSigner batch = new BatchSigner();
        int leaf = batch.add(head);
        return new ProvenHead(head, batch.sign(rootKey).proof(leaf)).toProto();
    }
}
