package chat.samara.client.device;

import chat.samara.client.device.FakeServer.FakeSession;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** A hub that signs other logs for some members than for the others, one lie for each, at some time. */
final class LyingHub implements OwnServer {
    /** What one member is told. */
    enum Lie {
        /** The same record under another key in another member's place. */
        RELABELLED,
        /** What was said, without some of it. */
        LEFT_OUT,
        /** A commit that is none. */
        RULE_BROKEN,
        /** A record of a member that was removed, as if it were still there. */
        REMOVED_MEMBER_SPEAKS,
        REMOVED_MEMBER_COMMITS,
        /** A head of the true log, of long ago, over new entries. */
        HEAD_GOES_BACK,
        /** A head of no log at all at the place that the device is at. */
        HEAD_OF_NO_LOG
    }

    private final FakeServer server;
    private final Random random;
    private final DeviceId removed;
    private final Map<UserId, Lie> planned;
    private final Map<UserId, Long> leftOutFrom = new TreeMap<>();

    final Map<Lie, Integer> told = new EnumMap<>(Lie.class);
    final Set<ByteString> signedHeads = new HashSet<>();

    /** Of so many frames of entries one is a lie; 0 for none. */
    int mood;

    /** These devices have said that they read and send nothing more. */
    final Set<UserId> frozen = new HashSet<>();

    LyingHub(FakeServer server, Random random, DeviceId removed, Map<UserId, Lie> planned) {
        this.server = server;
        this.random = random;
        this.removed = removed;
        this.planned = new TreeMap<>(planned);
    }

    @Override
    public boolean takes(FakeSession session, ClientFrame frame) {
        if (frame.hasSubmit()
                && session.device.filter(it -> frozen.contains(it.user)).isPresent()) {
            throw new AssertionError("a device sends into a channel that it has frozen");
        }
        return true;
    }

    @Override
    public List<ServerFrame> toDevice(FakeSession session, ServerFrame frame) {
        Optional<ServerFrame> given = frame.hasEntries() && session.device.isPresent()
                ? lieOrTruth(session.device.get().user, frame)
                : Optional.of(frame);
        given.filter(it -> it.hasEntries() && it.getEntries().hasHead())
                .ifPresent(it -> signedHeads.add(it.getEntries().getHead().toByteString()));
        return given.stream().toList();
    }

    private Optional<ServerFrame> lieOrTruth(UserId user, ServerFrame frame) {
        Entries entries = frame.getEntries();
        Lie lie = planned.get(user);
        boolean due = leftOutFrom.containsKey(user) || (mood > 0 && random.nextInt(mood) == 0);
        if (lie == null || !due || entries.getEntriesCount() == 0) {
            return Optional.of(frame);
        }
        FakeChannel log = server.channel(new ChannelId(Protobuf.toBytes(entries.getChannelId())));
        long seq = log.seqOf(entries.getEntries(0)).orElseThrow();
        if (seq < 2) {
            return Optional.of(frame);
        }
        if (lie == Lie.LEFT_OUT && !leftOutFrom.containsKey(user)) {
            leftOutFrom.put(user, seq);
            return Optional.empty();
        }
        planned.remove(user);
        told.merge(lie, 1, Integer::sum);
        Entries.Builder out = entries.toBuilder();
        switch (lie) {
            case HEAD_GOES_BACK ->
                out.setHead(log.headAt(log.typed.get((int) seq - 2).position()));
            case HEAD_OF_NO_LOG ->
                out.setHead(log.headAt(new LogPosition(
                        log.id,
                        log.position.term(),
                        seq + entries.getEntriesCount() - 1,
                        Bytes.of(new byte[Sha256.BYTES]))));
            default -> {
                long from = Optional.ofNullable(leftOutFrom.remove(user)).orElse(seq);
                FakeChannel fork = log.forkBefore(from);
                append(fork, log, lie, recordsFrom(log, seq, entries.getEntriesCount()));
                out.clearEntries().addAllEntries(newEntries(fork, from)).setHead(fork.head());
            }
        }
        return Optional.of(frame.toBuilder().setEntries(out).build());
    }

    private static List<Record> recordsFrom(FakeChannel log, long seq, int count) {
        List<Record> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(log.typed.get((int) seq - 1 + i).record());
        }
        return records;
    }

    private static List<LogEntry> newEntries(FakeChannel fork, long from) {
        return fork.entries.subList((int) from - 1, fork.entries.size());
    }

    private void append(FakeChannel fork, FakeChannel log, Lie lie, List<Record> records) {
        Record first = records.get(0);
        long epoch = log.group.epoch();
        switch (lie) {
            case RELABELLED -> fork.append(first.kind(), first.epoch(), key(), first.device(), first.payload());
            case RULE_BROKEN -> fork.append(RecordKind.COMMIT, epoch, key(), first.device(), Bytes.of(randomBytes(64)));
            case REMOVED_MEMBER_SPEAKS ->
                fork.append(RecordKind.APPLICATION, epoch, key(), Optional.of(removed), first.payload());
            case REMOVED_MEMBER_COMMITS ->
                fork.append(RecordKind.COMMIT, epoch, key(), Optional.of(removed), lastCommit(log));
            default ->
                records.forEach(
                        it -> fork.append(it.kind(), it.epoch(), it.idempotencyKey(), it.device(), it.payload()));
        }
    }

    private static Bytes lastCommit(FakeChannel log) {
        return log.typed.stream()
                .map(entry -> entry.record())
                .filter(record -> record.kind() == RecordKind.COMMIT)
                .reduce((first, second) -> second)
                .orElseThrow()
                .payload();
    }

    private IdempotencyKey key() {
        return new IdempotencyKey(Bytes.of(randomBytes(16)));
    }

    private byte[] randomBytes(int length) {
        byte[] out = new byte[length];
        random.nextBytes(out);
        return out;
    }
}
