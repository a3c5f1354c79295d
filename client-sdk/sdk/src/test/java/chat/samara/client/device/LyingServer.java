package chat.samara.client.device;

import chat.samara.client.device.FakeServer.FakeDevice;
import chat.samara.client.device.FakeServer.FakeSession;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.ProvenRecord;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ClaimedKeyPackages;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.Submit;
import chat.samara.wire.proto.WaitingWelcome;
import chat.samara.wire.proto.Welcomes;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * An own server that lies at random in all that it passes on, as often as {@link #mood} says. It signs as an origin for its members' records, and
 * never as the hub.
 */
final class LyingServer implements OwnServer {
    /** What it has done, so that a run in which it never did shows. */
    enum Lie {
        FRAME_WITHHELD,
        FRAME_TWICE,
        FRAMES_REORDERED,
        CONNECTION_CUT,
        HEAD_WITHHELD,
        OLD_HEAD,
        HEAD_JUST_BEHIND,
        HEAD_AHEAD,
        HEAD_OF_ANOTHER_CHANNEL,
        HEAD_FORGED,
        ENTRY_LEFT_OUT,
        ENTRIES_TURNED_AROUND,
        ENTRY_REPEATED,
        PAYLOAD_CHANGED,
        TAG_CHANGED,
        ENTRY_MADE_UP,
        ENTRY_WITHOUT_HEAD,
        RECEIPT_FALSE,
        RECEIPT_MADE_UP,
        REFUSED_FALSELY,
        GAP,
        COUNTER_FALSE,
        CHANNEL_NOT_NAMED,
        STRUCK_OFF,
        WELCOME_WITHHELD,
        WELCOME_AGAIN,
        WELCOME_FORGED,
        KEY_PACKAGES_OF_ANOTHER,
        KEY_PACKAGES_BROKEN,
        HANDSHAKES_CUT,
        PROVISIONAL_MADE_UP,
        SUBMISSION_SWALLOWED,
        SUBMISSION_SWALLOWED_WITH_RECEIPT,
        SUBMISSION_LATE
    }

    /** Frames that come so seldom that one that is lied about is mostly another one. */
    private static final Set<ServerFrame.BodyCase> SELDOM = Set.of(
            ServerFrame.BodyCase.WELCOMES, ServerFrame.BodyCase.CLAIMED_KEY_PACKAGES, ServerFrame.BodyCase.HANDSHAKES);

    private static final int HELD_MAX = 8;
    private static final int BITS_OF_A_BYTE = 8;
    private static final List<ErrorCode> EXCUSES = List.of(
            ErrorCode.LIMIT_REACHED,
            ErrorCode.DISK_FULL,
            ErrorCode.SHUTTING_DOWN,
            ErrorCode.INTERNAL,
            ErrorCode.STALE_EPOCH,
            ErrorCode.EPOCH_EXPIRED);

    private final FakeServer server;
    private final Random random;
    private final Set<UserId> members;
    final Map<Lie, Integer> told = new EnumMap<>(Lie.class);
    private final Map<Lie, Integer> tried = new EnumMap<>(Lie.class);

    /** Of so many frames one is lied about; 0 for none. */
    int mood;

    private final Map<FakeSession, Deque<ServerFrame>> held = new HashMap<>();
    private final List<SignedHead> oldHeads = new ArrayList<>();
    private final List<WaitingWelcome> oldWelcomes = new ArrayList<>();
    private final List<Runnable> late = new ArrayList<>();

    LyingServer(FakeServer server, Random random, Set<UserId> members) {
        this.server = server;
        this.random = random;
        this.members = members;
    }

    /** From now on it tells the truth; what it has held back of submissions may come later yet. */
    void repent() {
        mood = 0;
        held.clear();
        letGo();
    }

    private void letGo() {
        List<Runnable> all = List.copyOf(late);
        late.clear();
        all.forEach(Runnable::run);
    }

    private boolean isOfAMember(FakeSession session) {
        return session.device.filter(device -> members.contains(device.user)).isPresent();
    }

    private boolean lies() {
        return mood > 0 && random.nextInt(mood) == 0;
    }

    private boolean liesAbout(ServerFrame frame) {
        return SELDOM.contains(frame.getBodyCase()) ? mood > 0 && random.nextBoolean() : lies();
    }

    /** What it has tried least, so that every lie is told in a few minutes. */
    private Lie choose(Lie... lies) {
        List<Lie> all = new ArrayList<>(List.of(lies));
        Collections.shuffle(all, random);
        Lie chosen = Collections.min(all, Comparator.comparing(lie -> tried.getOrDefault(lie, 0)));
        tried.merge(chosen, 1, Integer::sum);
        return chosen;
    }

    private void note(Lie lie) {
        told.merge(lie, 1, Integer::sum);
    }

    // ---- to the device ----

    @Override
    public List<ServerFrame> toDevice(FakeSession session, ServerFrame frame) {
        remember(frame);
        if (!isOfAMember(session) || !liesAbout(frame)) {
            List<ServerFrame> all = new ArrayList<>(List.of(frame));
            Optional.ofNullable(held.remove(session)).ifPresent(all::addAll);
            return all;
        }
        return switch (random.nextInt(6)) {
            case 0 -> withheld();
            case 1 -> {
                note(Lie.FRAME_TWICE);
                yield List.of(frame, frame);
            }
            case 2 -> {
                note(Lie.FRAMES_REORDERED);
                Deque<ServerFrame> waiting = held.computeIfAbsent(session, it -> new ArrayDeque<>());
                waiting.add(frame);
                yield waiting.size() > HELD_MAX
                        ? List.copyOf(Optional.ofNullable(held.remove(session)).orElseThrow())
                        : List.of();
            }
            default -> about(session, frame);
        };
    }

    private List<ServerFrame> withheld() {
        note(Lie.FRAME_WITHHELD);
        return List.of();
    }

    private void remember(ServerFrame frame) {
        if (frame.hasEntries() && frame.getEntries().hasHead()) {
            oldHeads.add(frame.getEntries().getHead());
        }
        if (frame.hasWelcomes()) {
            oldWelcomes.addAll(frame.getWelcomes().getWelcomesList());
        }
    }

    private List<ServerFrame> about(FakeSession session, ServerFrame frame) {
        return switch (frame.getBodyCase()) {
            case ENTRIES -> aboutEntries(frame);
            case RECEIPT -> List.of(withReceipt(frame, falseReceipt(frame.getReceipt())));
            case LOGGED_IN ->
                List.of(frame.toBuilder()
                        .setLoggedIn(falseLogin(frame.getLoggedIn()))
                        .build());
            case WELCOMES ->
                List.of(frame.toBuilder()
                        .setWelcomes(falseWelcomes(frame.getWelcomes()))
                        .build());
            case CLAIMED_KEY_PACKAGES ->
                List.of(frame.toBuilder()
                        .setClaimedKeyPackages(falseClaim(session, frame.getClaimedKeyPackages()))
                        .build());
            case HANDSHAKES ->
                List.of(frame.toBuilder()
                        .setHandshakes(cut(frame.getHandshakes()))
                        .build());
            case DONE, PONG -> List.of(frame, madeUp(session));
            default -> List.of(frame);
        };
    }

    private List<ServerFrame> aboutEntries(ServerFrame frame) {
        Entries entries = frame.getEntries();
        return List.of(frame.toBuilder()
                .setEntries(
                        entries.getEntriesCount() > 1 && random.nextBoolean()
                                ? jumbled(entries)
                                : falseEntries(entries))
                .build());
    }

    private Entries jumbled(Entries entries) {
        Lie lie = choose(Lie.ENTRY_LEFT_OUT, Lie.ENTRIES_TURNED_AROUND);
        note(lie);
        if (lie == Lie.ENTRY_LEFT_OUT) {
            return entries.toBuilder()
                    .removeEntries(random.nextInt(entries.getEntriesCount() - 1))
                    .build();
        }
        List<LogEntry> turned = new ArrayList<>(entries.getEntriesList());
        Collections.rotate(turned, 1 + random.nextInt(turned.size() - 1));
        return entries.toBuilder().clearEntries().addAllEntries(turned).build();
    }

    private Entries falseEntries(Entries entries) {
        Lie lie = choose(
                Lie.HEAD_WITHHELD,
                Lie.OLD_HEAD,
                Lie.HEAD_JUST_BEHIND,
                Lie.HEAD_AHEAD,
                Lie.HEAD_FORGED,
                Lie.ENTRY_REPEATED,
                Lie.PAYLOAD_CHANGED,
                Lie.TAG_CHANGED,
                Lie.ENTRY_MADE_UP);
        return switch (lie) {
            case HEAD_WITHHELD -> {
                note(lie);
                yield entries.toBuilder().clearHead().build();
            }
            case OLD_HEAD ->
                anyHead()
                        .map(head -> {
                            note(lie);
                            return entries.toBuilder().setHead(head).build();
                        })
                        .orElse(entries);
            case HEAD_JUST_BEHIND -> withHead(entries, lie, headJustBehind(entries.getChannelId()));
            case HEAD_AHEAD ->
                withHead(
                        entries,
                        lie,
                        Optional.of(server.channel(new ChannelId(Protobuf.toBytes(entries.getChannelId())))
                                .head()));
            case HEAD_FORGED ->
                forgedHead(entries)
                        .map(head -> entries.toBuilder().setHead(head).build())
                        .orElse(entries);
            case ENTRY_REPEATED -> {
                if (entries.getEntriesCount() == 0) {
                    yield entries;
                }
                note(lie);
                yield entries.toBuilder()
                        .addEntries(entries.getEntries(random.nextInt(entries.getEntriesCount())))
                        .build();
            }
            case PAYLOAD_CHANGED, TAG_CHANGED -> changed(entries, lie).orElse(entries);
            default -> withOneMadeUp(entries);
        };
    }

    private Optional<SignedHead> anyHead() {
        return oldHeads.isEmpty() ? Optional.empty() : Optional.of(oldHeads.get(random.nextInt(oldHeads.size())));
    }

    /** Entries that are true, as far as they go, under another head of the same log. */
    private Entries withHead(Entries entries, Lie lie, Optional<SignedHead> head) {
        if (head.isEmpty()) {
            return entries;
        }
        note(lie);
        Entries.Builder out = entries.toBuilder().setHead(head.get());
        if (lie == Lie.HEAD_AHEAD && out.getEntriesCount() > 0) {
            out.removeEntries(out.getEntriesCount() - 1);
        }
        return out.build();
    }

    /** One of the last few of this log that the hub has signed. */
    private Optional<SignedHead> headJustBehind(ByteString channel) {
        List<SignedHead> ofTheLog =
                oldHeads.stream().filter(head -> isOf(channel, head)).toList();
        return ofTheLog.isEmpty()
                ? Optional.empty()
                : Optional.of(ofTheLog.get(ofTheLog.size() - 1 - random.nextInt(Math.min(4, ofTheLog.size()))));
    }

    private static boolean isOf(ByteString channel, SignedHead head) {
        try {
            return chat.samara.wire.proto.Head.parseFrom(head.getHead())
                    .getChannelId()
                    .equals(channel);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private Optional<SignedHead> forgedHead(Entries entries) {
        if (!entries.hasHead()) {
            return Optional.empty();
        }
        note(Lie.HEAD_FORGED);
        return Optional.of(entries.getHead().toBuilder()
                .setHead(flipped(entries.getHead().getHead()))
                .build());
    }

    private ByteString flipped(ByteString bytes) {
        if (bytes.isEmpty()) {
            return bytes;
        }
        byte[] out = bytes.toByteArray();
        out[random.nextInt(out.length)] ^= (byte) (1 << random.nextInt(BITS_OF_A_BYTE));
        return ByteString.copyFrom(out);
    }

    /** An entry of its own members under the right key, with other bytes; the origin's proof is right. */
    private Optional<Entries> changed(Entries entries, Lie lie) {
        if (entries.getEntriesCount() == 0) {
            return Optional.empty();
        }
        ChannelId id = new ChannelId(Protobuf.toBytes(entries.getChannelId()));
        FakeChannel log = server.channel(id);
        LogEntry first = entries.getEntries(0);
        return log.seqOf(first).flatMap(seq -> {
            Record record = log.typed.get((int) (seq - 1)).record();
            boolean fits = seq > 1 && (lie == Lie.PAYLOAD_CHANGED || record.kind() == RecordKind.COMMIT);
            if (!fits) {
                return Optional.empty();
            }
            note(lie);
            FakeChannel fork = log.forkBefore(seq);
            fork.append(
                    record.kind(),
                    record.epoch(),
                    record.idempotencyKey(),
                    record.device(),
                    lie == Lie.TAG_CHANGED ? withOtherTag(record.payload()) : otherBytes(record.payload()));
            return Optional.of(unvouched(entries, fork));
        });
    }

    private Bytes otherBytes(Bytes payload) {
        return Protobuf.toBytes(flipped(Protobuf.toByteString(payload)));
    }

    private Bytes withOtherTag(Bytes payload) {
        try {
            CommitPayload commit = CommitPayload.parseFrom(payload.toByteArray());
            byte[] message = commit.getCommit().toByteArray();
            message[message.length - 1] ^= 1;
            return Protobuf.encode(
                    commit.toBuilder().setCommit(ByteString.copyFrom(message)).build());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private Entries withOneMadeUp(Entries entries) {
        ChannelId id = new ChannelId(Protobuf.toBytes(entries.getChannelId()));
        FakeChannel log = server.channel(id);
        long at = entries.getEntriesCount() == 0
                ? log.position.seq() + 1
                : log.seqOf(entries.getEntries(0)).orElse(log.position.seq() + 1);
        if (at < 2) {
            return entries;
        }
        note(Lie.ENTRY_MADE_UP);
        FakeChannel fork = log.forkBefore(at);
        RecordKind kind = random.nextBoolean() ? RecordKind.APPLICATION : RecordKind.COMMIT;
        Record model = log.typed.get(random.nextInt(log.typed.size())).record();
        fork.append(
                kind,
                random.nextInt((int) log.group.epoch() + 1),
                random.nextBoolean() ? model.idempotencyKey() : key(),
                random.nextBoolean() ? model.device() : anyDevice(),
                random.nextBoolean() ? model.payload() : Bytes.of(randomBytes(64)));
        return unvouched(entries, fork);
    }

    private Optional<DeviceId> anyDevice() {
        List<DeviceId> all = List.copyOf(server.devices.keySet());
        return Optional.of(all.get(random.nextInt(all.size())));
    }

    /** The hub has signed none of it; one of its heads may stand beside it. */
    private Entries unvouched(Entries entries, FakeChannel fork) {
        Entries.Builder out = entries.toBuilder().clearEntries().addEntries(fork.entries.get(fork.entries.size() - 1));
        if (!entries.hasHead() || random.nextBoolean()) {
            note(Lie.ENTRY_WITHOUT_HEAD);
            out.clearHead();
        }
        return out.build();
    }

    private IdempotencyKey key() {
        return new IdempotencyKey(Bytes.of(randomBytes(16)));
    }

    private byte[] randomBytes(int length) {
        byte[] out = new byte[length];
        random.nextBytes(out);
        return out;
    }

    private static ServerFrame withReceipt(ServerFrame frame, Receipt.Builder receipt) {
        return frame.toBuilder().setReceipt(receipt).build();
    }

    private Receipt.Builder falseReceipt(Receipt receipt) {
        note(Lie.RECEIPT_FALSE);
        Receipt.Builder out = receipt.toBuilder();
        switch (random.nextInt(4)) {
            case 0 -> out.setStatus(ReceiptStatus.STABLE).setSeq(1 + random.nextInt(1_000));
            case 1 -> out.setStatus(ReceiptStatus.ORDERED).setSeq(1 + random.nextInt(1_000));
            case 2 -> out.setStatus(ReceiptStatus.UNKNOWN).clearSeq();
            default -> out.setIdempotencyKey(Protobuf.toByteString(key().bytes()));
        }
        return out;
    }

    private LoggedIn.Builder falseLogin(LoggedIn login) {
        LoggedIn.Builder out = login.toBuilder();
        if (random.nextInt(4) == 0) {
            note(Lie.CHANNEL_NOT_NAMED);
            return out.clearChannels();
        }
        note(Lie.COUNTER_FALSE);
        for (int i = 0; i < out.getChannelsCount(); i++) {
            out.getChannelsBuilder(i)
                    .setNextDeviceSeq(1 + random.nextInt(50))
                    .setSeq(random.nextInt(100))
                    .setAcknowledgedSeq(random.nextInt(100));
        }
        return out;
    }

    private Welcomes.Builder falseWelcomes(Welcomes welcomes) {
        Welcomes.Builder out = welcomes.toBuilder();
        if (random.nextInt(3) == 0 || out.getWelcomesCount() == 0) {
            note(Lie.WELCOME_WITHHELD);
            return out.clearWelcomes();
        }
        return out.addWelcomes(forgedWelcome());
    }

    private WaitingWelcome forgedWelcome() {
        WaitingWelcome model = oldWelcomes.get(random.nextInt(oldWelcomes.size()));
        Lie lie = choose(Lie.WELCOME_AGAIN, Lie.WELCOME_FORGED);
        note(lie);
        if (lie == Lie.WELCOME_AGAIN) {
            return model;
        }
        WaitingWelcome.Builder out = model.toBuilder();
        switch (random.nextInt(4)) {
            case 0 -> out.setSeq(1 + random.nextInt(100));
            case 1 -> out.setWelcome(flipped(model.getWelcome()));
            case 2 -> out.setEntryHash(flipped(model.getEntryHash()));
            default -> out.setKeyPackageRef(flipped(model.getKeyPackageRef()));
        }
        return out.build();
    }

    private ClaimedKeyPackages falseClaim(FakeSession session, ClaimedKeyPackages claimed) {
        ClaimedKeyPackages.Builder out = claimed.toBuilder();
        boolean breaksOne = choose(Lie.KEY_PACKAGES_BROKEN, Lie.KEY_PACKAGES_OF_ANOTHER) == Lie.KEY_PACKAGES_BROKEN;
        if (breaksOne && out.getKeyPackagesCount() > 0) {
            note(Lie.KEY_PACKAGES_BROKEN);
            out.getKeyPackagesBuilder(0)
                    .setKeyPackage(flipped(out.getKeyPackages(0).getKeyPackage()));
            return out.build();
        }
        note(Lie.KEY_PACKAGES_OF_ANOTHER);
        List<ByteString> others = server.devices.values().stream()
                .filter(device -> session.device.filter(device::equals).isEmpty())
                .flatMap(device -> device.lastResort.values().stream())
                .toList();
        if (out.getKeyPackagesCount() > 0 && !others.isEmpty()) {
            out.getKeyPackagesBuilder(0).setKeyPackage(others.get(random.nextInt(others.size())));
        }
        return out.build();
    }

    private Handshakes.Builder cut(Handshakes handshakes) {
        note(Lie.HANDSHAKES_CUT);
        Handshakes.Builder out = handshakes.toBuilder();
        if (out.getEntriesCount() > 0) {
            out.removeEntries(random.nextInt(out.getEntriesCount()));
        }
        return random.nextBoolean()
                ? out
                : out.setMore(false).setThroughSeq(handshakes.getThroughSeq() + random.nextInt(3));
    }

    /** Something that nobody has asked for. */
    private ServerFrame madeUp(FakeSession session) {
        FakeDevice device = session.device.orElseThrow();
        List<FakeChannel> all = List.copyOf(server.channels.values());
        FakeChannel log = all.get(random.nextInt(all.size()));
        Record model = log.typed.get(random.nextInt(log.typed.size())).record();
        return switch (random.nextInt(5)) {
            case 0 -> {
                note(Lie.STRUCK_OFF);
                DeviceId by = random.nextBoolean() ? new DeviceId(Bytes.of(randomBytes(16))) : device.id;
                yield ServerFrame.newBuilder()
                        .setError(Error.newBuilder()
                                .setCode(ErrorCode.DEVICE_REPLACED)
                                .setDetail(
                                        random.nextInt(4) == 0 ? "" : by.bytes().hex()))
                        .build();
            }
            case 1 -> {
                note(Lie.RECEIPT_MADE_UP);
                yield ServerFrame.newBuilder()
                        .setReceipt(Receipt.newBuilder()
                                .setChannelId(Protobuf.toByteString(log.id.bytes()))
                                .setIdempotencyKey(Protobuf.toByteString(
                                        model.idempotencyKey().bytes()))
                                .setStatus(ReceiptStatus.STABLE)
                                .setSeq(random.nextInt(100)))
                        .build();
            }
            case 2 -> {
                note(Lie.PROVISIONAL_MADE_UP);
                Record record = Record.of(new Record.Content(
                        log.id,
                        FakeServer.NAME,
                        1,
                        1_000_000 + random.nextInt(1_000),
                        RecordKind.APPLICATION,
                        log.group.epoch(),
                        random.nextBoolean() ? model.idempotencyKey() : key(),
                        random.nextBoolean() ? model.device().or(() -> Optional.of(device.id)) : Optional.of(device.id),
                        random.nextBoolean() ? model.payload() : Bytes.of(randomBytes(64)),
                        1));
                BatchSigner batch = new BatchSigner();
                int place = batch.add(record);
                yield ServerFrame.newBuilder()
                        .setProvisional(Provisional.newBuilder()
                                .setRecord(new ProvenRecord(
                                                record,
                                                batch.sign(server.rootKey).proof(place))
                                        .toProto()))
                        .build();
            }
            case 3 -> {
                if (oldWelcomes.isEmpty()) {
                    yield ServerFrame.newBuilder()
                            .setWelcomes(Welcomes.getDefaultInstance())
                            .build();
                }
                yield ServerFrame.newBuilder()
                        .setWelcomes(Welcomes.newBuilder().addWelcomes(forgedWelcome()))
                        .build();
            }
            default -> {
                note(Lie.HEAD_OF_ANOTHER_CHANNEL);
                Entries.Builder entries = Entries.newBuilder().setChannelId(Protobuf.toByteString(log.id.bytes()));
                anyHead().ifPresent(entries::setHead);
                yield ServerFrame.newBuilder().setEntries(entries).build();
            }
        };
    }

    // ---- from the device ----

    @Override
    public boolean takes(FakeSession session, ClientFrame frame) {
        if (!isOfAMember(session)) {
            return true;
        }
        if (frame.hasFetchHandshakes() && !mayAsk(session, frame)) {
            answer(session, frame, ErrorCode.UNKNOWN_CHANNEL, "");
            return false;
        }
        if (!lies()) {
            return true;
        }
        if (frame.hasSubmit()) {
            return takesSubmission(session, frame);
        }
        if (random.nextInt(4) == 0) {
            note(Lie.REFUSED_FALSELY);
            answer(session, frame, EXCUSES.get(random.nextInt(4)), "");
            return false;
        }
        if (random.nextInt(8) == 0) {
            note(Lie.CONNECTION_CUT);
            server.cut(session);
            return false;
        }
        return true;
    }

    /** A device that was told of a Welcome that is none asks about a channel that is none of its business. */
    private boolean mayAsk(FakeSession session, ClientFrame frame) {
        FakeDevice device = session.device.orElseThrow();
        ByteString id = frame.getFetchHandshakes().getChannelId();
        return server.channels.values().stream()
                .anyMatch(channel -> Protobuf.toByteString(channel.id.bytes()).equals(id)
                        && (channel.readable.containsKey(device.id)
                                || device.welcomes.stream()
                                        .anyMatch(it -> it.getChannelId().equals(id))));
    }

    private boolean takesSubmission(FakeSession session, ClientFrame frame) {
        Submit submit = frame.getSubmit();
        switch (choose(
                Lie.SUBMISSION_SWALLOWED,
                Lie.SUBMISSION_SWALLOWED_WITH_RECEIPT,
                Lie.SUBMISSION_LATE,
                Lie.GAP,
                Lie.REFUSED_FALSELY)) {
            case SUBMISSION_SWALLOWED -> {
                note(Lie.SUBMISSION_SWALLOWED);
                return false;
            }
            case SUBMISSION_SWALLOWED_WITH_RECEIPT -> {
                note(Lie.SUBMISSION_SWALLOWED_WITH_RECEIPT);
                server.answer(
                        session,
                        frame,
                        ServerFrame.newBuilder()
                                .setReceipt(Receipt.newBuilder()
                                        .setChannelId(submit.getChannelId())
                                        .setIdempotencyKey(submit.getIdempotencyKey())
                                        .setStatus(random.nextBoolean() ? ReceiptStatus.STORED : ReceiptStatus.ORDERED)
                                        .setSeq(random.nextInt(100))));
                return false;
            }
            case SUBMISSION_LATE -> {
                note(Lie.SUBMISSION_LATE);
                FakeDevice device = session.device.orElseThrow();
                late.add(() -> server.submitLate(device, frame));
                return false;
            }
            case GAP -> {
                note(Lie.GAP);
                server.answer(
                        session,
                        frame,
                        ServerFrame.newBuilder()
                                .setError(Error.newBuilder()
                                        .setCode(ErrorCode.GAP)
                                        .setExpected(1 + random.nextInt(40))));
                return false;
            }
            default -> {
                if (submit.getKind() == RecordKind.COMMIT) {
                    note(Lie.REFUSED_FALSELY);
                    answer(session, frame, EXCUSES.get(random.nextInt(EXCUSES.size())), "");
                    return false;
                }
                return true;
            }
        }
    }

    private void answer(FakeSession session, ClientFrame frame, ErrorCode code, String detail) {
        server.answer(
                session,
                frame,
                ServerFrame.newBuilder()
                        .setError(Error.newBuilder()
                                .setCode(code)
                                .setReason("a lie")
                                .setDetail(detail)));
    }
}
