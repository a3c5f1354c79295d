package chat.samara.client.device;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.ClientFrames;
import chat.samara.wire.frame.MalformedFrameException;
import chat.samara.wire.frame.TerseFrame;
import chat.samara.wire.frame.TerseSubmit;
import chat.samara.wire.identity.DeviceCertificateIn;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.LoginProof;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.ProvenRecord;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.AcknowledgeWelcome;
import chat.samara.wire.proto.ChannelCursor;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.ClaimedKeyPackage;
import chat.samara.wire.proto.ClaimedKeyPackages;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.CreateChannel;
import chat.samara.wire.proto.Done;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.GenesisControl;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.KeyPackageCount;
import chat.samara.wire.proto.KeyPackagesStored;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.Pong;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.RatchetTree;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Register;
import chat.samara.wire.proto.ReplaceDevice;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.ServerHello;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.Submit;
import chat.samara.wire.proto.TerseEntries;
import chat.samara.wire.proto.WaitingWelcome;
import chat.samara.wire.proto.Welcomes;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A server for tests of one engine or several: origin and hub in one, in memory, correct by default, with switches for everything that
 * can go wrong. It checks what devices send as the real one does, and fails the test if that is not right.
 */
final class FakeServer {
    static final ServerName NAME = new ServerName("home.example");

    final SignatureKeyPair rootKey = Ed25519.keyPair(new byte[32]);
    final Bytes tlsSpki = Bytes.of(new byte[32]);
    final Map<ChannelId, FakeChannel> channels = new LinkedHashMap<>();
    final Map<DeviceId, FakeDevice> devices = new LinkedHashMap<>();
    final Map<Long, FakeSession> sessions = new TreeMap<>();
    final Map<Bytes, DeviceId> keyPackageOwners = new HashMap<>();

    /** Which TLS key the manifest lists, and under which addresses it says to be. */
    Bytes listedSpki = tlsSpki;

    List<ServerAddress> addresses = List.of(new ServerAddress("127.0.0.1", 4430));

    /** Which TLS key connections show. */
    Bytes presentedSpki = tlsSpki;

    /** Whether records are told while the hub is cut off. */
    boolean tellsProvisionally = true;

    /** What it gives at a login; servers of versions before give nothing. */
    List<Bytes> returnTokens = List.of();

    /** Records get another idempotency key than their device gave them. */
    boolean relabel;

    private final Map<UserId, UserId> claimedInstead = new HashMap<>();

    /** Stands for a request that is never answered. */
    static final class NoAnswer extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** What is told in the hello; a test may swap it. */
    UnaryOperator<ServerHello> hello = it -> it;

    /** Looks at every frame before it is handled; an error ends it. */
    BiFunction<DeviceId, ClientFrame, Optional<chat.samara.wire.Refusal>> check = (device, frame) -> Optional.empty();

    /** It says that it refuses KeyPackages which it takes: the same may come again. */
    boolean refusesFalsely;

    /** It says at login that it has taken no record of the device. */
    boolean forgetsCounts;

    /** It says at login that it has taken more records than it has, and each time still more. */
    boolean countsTooMuch;

    private long countedTooMuch;

    /** What came, from all devices. */
    final List<ClientFrame.BodyCase> log = new ArrayList<>();

    /** Heads that devices have shown. */
    final List<SignedHead> shownHeads = new ArrayList<>();

    /** Changes every frame before it is sent. */
    UnaryOperator<ServerFrame> tamper = it -> it;

    /** What is told of logs' handshakes; a test may swap it. */
    BiFunction<DeviceId, FetchHandshakes, Handshakes> handshakes = this::trueHandshakes;

    /** Stands between some devices and this server. */
    Optional<OwnServer> between = Optional.empty();

    /** {@link #handshakes} answers also for channels that do not exist. */
    boolean makesUpHandshakes;

    int handshakesPerFrame = 3;

    /** As many bytes of entries as the real server puts into a frame, and at least one entry. */
    int frameBytesMax = 64 << 10;

    /** The hub cannot be reached: records are stored, told as provisional, and ordered when it is back. */
    boolean hubIsCut;

    /** Of a device that was removed and added again, it knows the newer membership only. */
    boolean forgetsOldMemberships;

    /** Channels that it does not know, as a server that was restored from a copy that is older than they are. */
    final Set<ChannelId> lost = new TreeSet<>();

    /** Whether it leaves out of entries what devices know that ask for that; servers of versions before never do. */
    boolean isTerse = Boolean.getBoolean("samara.test.terse");

    /** Changes such frames before they are sent. */
    UnaryOperator<TerseEntries> bend = it -> it;

    /** An older server: it gives no counts by suite. */
    boolean knowsOneSuite;

    /** An older server: it answers also what asks for no answer. */
    boolean answersEverything;

    boolean invitesAreValid = true;

    /** Milliseconds since 1970 UTC. */
    LongSupplier clock = System::currentTimeMillis;

    long manifestSequence = 1;
    private final Deque<Runnable> outbox = new ArrayDeque<>();

    static final class FakeDevice {
        /** Who has its place, if it was struck off. */
        Optional<DeviceId> replacedBy = Optional.empty();

        final UserId user;
        final DeviceId id;
        final Bytes signatureKey;
        /** One-time KeyPackages by cipher suite. */
        final Map<Integer, Deque<ByteString>> keyPackages = new TreeMap<>();

        final Map<Integer, ByteString> lastResort = new TreeMap<>();
        final List<WaitingWelcome> welcomes = new ArrayList<>();
        final Map<ChannelId, Long> nextDeviceSeq = new HashMap<>();
        final Map<ChannelId, Map<IdempotencyKey, Receipt>> receipts = new HashMap<>();
        final Map<ChannelId, Long> acknowledged = new HashMap<>();
        final Map<ByteString, ClaimedKeyPackages> claims = new HashMap<>();

        FakeDevice(UserId user, DeviceId id, Bytes signatureKey) {
            this.user = user;
            this.id = id;
            this.signatureKey = signatureKey;
        }

        int keyPackagesLeft() {
            return keyPackages.values().stream().mapToInt(Deque::size).sum();
        }

        Optional<ByteString> take(int suite) {
            Optional<ByteString> oneTime = Optional.ofNullable(
                    keyPackages.getOrDefault(suite, new ArrayDeque<>()).poll());
            return oneTime.or(() -> Optional.ofNullable(lastResort.get(suite)));
        }
    }

    static final class FakeSession {
        final Bytes challenge;
        Optional<FakeDevice> device = Optional.empty();
        final Map<ChannelId, Long> cursors = new LinkedHashMap<>();
        long credit;
        final Deque<Bytes> out = new ArrayDeque<>();

        /** The channels that the device follows tersely, and of each the last entry that it was sent since. */
        final Map<ChannelId, Optional<LogEntry>> terse = new HashMap<>();

        /** Requests whose receipt does not say what it is about. */
        final Set<Long> submittedTersely = new TreeSet<>();

        FakeSession(Bytes challenge) {
            this.challenge = challenge;
        }
    }

    FakeChannel channel(ChannelId id) {
        FakeChannel channel = channels.get(id);
        if (channel == null) {
            throw new AssertionError("the SDK named a channel that this server does not know");
        }
        return channel;
    }

    private FakeDevice device(@Nullable DeviceId id) {
        FakeDevice device = id == null ? null : devices.get(id);
        if (device == null) {
            throw new AssertionError("no device " + id);
        }
        return device;
    }

    /** How far the device has said that it has the channel. */
    long acknowledged(DeviceId id, ChannelId channel) {
        return device(id).acknowledged.getOrDefault(channel, 0L);
    }

    InviteLink invite() {
        return new InviteLink(
                List.of(new ServerAddress("127.0.0.1", 4430)), NAME, rootKey.publicKey(), Bytes.of(new byte[16]));
    }

    void connect(long connection, RandomSource random) {
        FakeSession session = new FakeSession(Bytes.of(random.bytes(32)));
        sessions.put(connection, session);
        Manifest manifest =
                Manifest.sign(rootKey, new Manifest.Content(NAME, manifestSequence, addresses, List.of(listedSpki), 1));
        ServerHello message = ServerHello.newBuilder()
                .setManifest(manifest.toProto())
                .setChallenge(Protobuf.toByteString(session.challenge))
                .setServerTimeMillis(clock.getAsLong())
                .build();
        push(session, ServerFrame.newBuilder().setServerHello(hello.apply(message)));
    }

    void disconnect(long connection) {
        sessions.remove(connection);
    }

    void receive(long connection, Bytes encoded) {
        FakeSession session = sessions.get(connection);
        if (session == null) {
            return;
        }
        try {
            ClientFrame frame = whole(session, ClientFrames.decode(encoded.toByteArray()));
            log.add(frame.getBodyCase());
            Optional<chat.samara.wire.Refusal> refusal =
                    session.device.flatMap(device -> ofLost(frame).or(() -> check.apply(device.id, frame)));
            if (between.isPresent() && !between.get().takes(session, frame)) {
                push();
                return;
            }
            if (refusal.isPresent()) {
                error(session, frame, refusal.get());
            } else {
                handle(session, frame);
            }
        } catch (NoAnswer e) {
            return;
        } catch (MalformedFrameException e) {
            throw new AssertionError("the SDK sent a frame that no server takes", e);
        } catch (RefusedException e) {
            throw new AssertionError("the SDK sent a message that no server takes", e);
        } catch (MlsException e) {
            throw new AssertionError("the SDK sent a handshake that no server takes", e);
        }
        push();
    }

    /** With a whole submission in place of a terse one. */
    private static ClientFrame whole(FakeSession session, ClientFrame frame) throws RefusedException {
        if (!TerseSubmit.isTerse(frame.getSubmit())) {
            return frame;
        }
        ChannelId channel = session.terse.keySet().stream()
                .filter(it -> TerseFrame.startOf(Protobuf.toByteString(it.bytes()))
                        .equals(frame.getSubmit().getChannelStart()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the SDK submits to a channel that it does not follow so"));
        session.submittedTersely.add(frame.getRequestId());
        return frame.toBuilder()
                .setSubmit(TerseSubmit.whole(frame.getSubmit(), channel))
                .build();
    }

    private void handle(FakeSession session, ClientFrame frame) throws RefusedException, MlsException {
        switch (frame.getBodyCase()) {
            case REGISTER -> register(session, frame);
            case LOGIN -> {
                LoginProof.In proof = LoginProof.in(
                        frame.getLogin().getLoginBody(), frame.getLogin().getSignature());
                FakeDevice device = devices.get(proof.claimed().device());
                if (device == null) {
                    error(session, frame, chat.samara.wire.Refusal.of(ErrorCode.LOGIN_FAILED, "unknown device"));
                } else if (device.replacedBy.isPresent()) {
                    error(session, frame, struckOff(device));
                } else {
                    proof.verify(session.challenge, NAME, rootKey.publicKey(), device.signatureKey);
                    login(session, device, frame);
                }
            }
            case REPLACE_DEVICE -> replace(session, frame);
            default -> handle(session, session.device.orElseThrow(), frame);
        }
    }

    private static chat.samara.wire.Refusal struckOff(FakeDevice device) {
        return chat.samara.wire.Refusal.of(
                ErrorCode.DEVICE_REPLACED,
                "struck off",
                device.replacedBy.orElseThrow().bytes().hex());
    }

    /** Somebody else has connected under the device's key: only the newest connection is kept. */
    void pushOut(DeviceId device) {
        chat.samara.wire.Refusal why =
                chat.samara.wire.Refusal.of(ErrorCode.LIMIT_REACHED, "connected again", "sessions-per-device<=1");
        sessions.values().stream()
                .filter(session ->
                        session.device.filter(it -> it.id.equals(device)).isPresent())
                .forEach(session -> push(session, ServerFrame.newBuilder().setError(why.toProto())));
    }

    private void replace(FakeSession session, ClientFrame frame) throws RefusedException {
        ReplaceDevice replace = frame.getReplaceDevice();
        Bytes signatureKey = Protobuf.toBytes(replace.getDeviceSignatureKey());
        LoginProof.in(replace.getLoginBody(), replace.getSignature())
                .verify(session.challenge, NAME, rootKey.publicKey(), signatureKey);
        DeviceId id = DeviceId.ofSignatureKey(signatureKey);
        FakeDevice before = devices.get(new DeviceId(Protobuf.toBytes(replace.getReplacedDeviceId())));
        if (before == null) {
            error(session, frame, chat.samara.wire.Refusal.of(ErrorCode.LOGIN_FAILED, "unknown device"));
            return;
        }
        if (before.replacedBy.isPresent() && !before.replacedBy.get().equals(id)) {
            error(session, frame, struckOff(before));
            return;
        }
        FakeDevice successor = devices.computeIfAbsent(id, it -> new FakeDevice(before.user, it, signatureKey));
        if (before.replacedBy.isEmpty()) {
            before.replacedBy = Optional.of(id);
            before.keyPackages.clear();
            before.lastResort.clear();
            successor.welcomes.addAll(before.welcomes);
            before.welcomes.clear();
            channels.values().forEach(channel -> channel.succeed(before.id, id));
            sessions.values().stream()
                    .filter(other -> other.device.equals(Optional.of(before)))
                    .forEach(other -> push(
                            other,
                            ServerFrame.newBuilder().setError(struckOff(before).toProto())));
        }
        login(session, successor, frame);
    }

    private void handle(FakeSession session, FakeDevice device, ClientFrame frame)
            throws RefusedException, MlsException {
        switch (frame.getBodyCase()) {
            case PUBLISH_KEY_PACKAGES -> publish(session, device, frame);
            case CLAIM_KEY_PACKAGES -> claim(session, device, frame);
            case CREATE_CHANNEL -> create(session, device, frame);
            case SUBMIT -> submit(session, device, frame);
            case QUERY_STATUS -> {
                ChannelId channel =
                        new ChannelId(Protobuf.toBytes(frame.getQueryStatus().getChannelId()));
                IdempotencyKey key = new IdempotencyKey(
                        Protobuf.toBytes(frame.getQueryStatus().getIdempotencyKey()));
                Receipt known = device.receipts.getOrDefault(channel, Map.of()).get(key);
                answer(
                        session,
                        frame,
                        ServerFrame.newBuilder()
                                .setReceipt(known == null ? receipt(channel, key, ReceiptStatus.UNKNOWN) : known));
            }
            case FOLLOW -> follow(session, frame);
            case SHOW_HEADS -> {
                shownHeads.addAll(frame.getShowHeads().getHeadsList());
                done(session, frame);
            }
            case CREDIT -> {
                session.credit += frame.getCredit().getCreditBytes();
                doneUnless(frame.getCredit().getQuiet(), session, frame);
            }
            case ACKNOWLEDGE -> {
                for (ChannelCursor cursor : frame.getAcknowledge().getCursorsList()) {
                    device.acknowledged.put(
                            new ChannelId(Protobuf.toBytes(cursor.getChannelId())), cursor.getAfterSeq());
                }
                doneUnless(frame.getAcknowledge().getQuiet(), session, frame);
            }
            case FETCH_WELCOMES ->
                answer(
                        session,
                        frame,
                        ServerFrame.newBuilder()
                                .setWelcomes(Welcomes.newBuilder().addAllWelcomes(device.welcomes)));
            case ACKNOWLEDGE_WELCOME -> {
                AcknowledgeWelcome taken = frame.getAcknowledgeWelcome();
                device.welcomes.removeIf(welcome -> welcome.getKeyPackageRef().equals(taken.getKeyPackageRef())
                        && welcome.getChannelId().equals(taken.getChannelId())
                        && welcome.getSeq() == taken.getSeq());
                done(session, frame);
            }
            case FETCH_HANDSHAKES ->
                answer(
                        session,
                        frame,
                        ServerFrame.newBuilder()
                                .setHandshakes(handshakes.apply(device.id, frame.getFetchHandshakes())));
            case FETCH_RATCHET_TREE -> {
                FakeChannel channel = channel(new ChannelId(
                        Protobuf.toBytes(frame.getFetchRatchetTree().getChannelId())));
                byte[] tree = channel.treesBySeq.get(frame.getFetchRatchetTree().getSeq());
                answer(
                        session,
                        frame,
                        ServerFrame.newBuilder()
                                .setRatchetTree(RatchetTree.newBuilder().setRatchetTree(ByteString.copyFrom(tree))));
            }
            case PING -> answer(session, frame, ServerFrame.newBuilder().setPong(Pong.getDefaultInstance()));
            default -> throw new AssertionError("the SDK sent " + frame.getBodyCase());
        }
    }

    private Optional<chat.samara.wire.Refusal> ofLost(ClientFrame frame) {
        ByteString channel = switch (frame.getBodyCase()) {
            case SUBMIT -> frame.getSubmit().getChannelId();
            case FETCH_HANDSHAKES -> frame.getFetchHandshakes().getChannelId();
            default -> ByteString.EMPTY;
        };
        Optional<ChannelId> id =
                channel.isEmpty() ? Optional.empty() : Optional.of(new ChannelId(Protobuf.toBytes(channel)));
        boolean mustKnow = frame.hasFetchHandshakes() && !makesUpHandshakes;
        return id.filter(it -> lost.contains(it) || (mustKnow && !channels.containsKey(it)))
                .map(it -> chat.samara.wire.Refusal.of(ErrorCode.UNKNOWN_CHANNEL, "there is no such channel here"));
    }

    private void follow(FakeSession session, ClientFrame frame) {
        session.cursors.clear();
        session.terse.clear();
        for (ChannelCursor cursor : frame.getFollow().getCursorsList()) {
            ChannelId channel = new ChannelId(Protobuf.toBytes(cursor.getChannelId()));
            session.cursors.put(channel, cursor.getAfterSeq());
            if (cursor.getTerse() && isTerse) {
                session.terse.put(channel, Optional.empty());
            }
        }
        session.credit = frame.getFollow().getCreditBytes();
        done(session, frame);
        session.cursors.keySet().forEach(channel -> follow(session, channel, true));
    }

    /** What this server has of a log's handshakes, a few a frame. */
    Handshakes trueHandshakes(DeviceId device, FetchHandshakes asked) {
        FakeChannel channel = channel(new ChannelId(Protobuf.toBytes(asked.getChannelId())));
        boolean waits = device(device).welcomes.stream()
                .anyMatch(it -> it.getChannelId().equals(asked.getChannelId()));
        if (!waits && !channel.readable.containsKey(device)) {
            throw new AssertionError("the SDK asks for the handshakes of a channel that is none of its business");
        }
        return channel.handshakes(asked.getAfterSeq(), asked.getThroughSeq(), handshakesPerFrame);
    }

    private void register(FakeSession session, ClientFrame frame) throws RefusedException {
        Register register = frame.getRegister();
        LoginProof.In proof = LoginProof.in(register.getLoginBody(), register.getSignature());
        Bytes signatureKey = Protobuf.toBytes(register.getDeviceSignatureKey());
        proof.verify(session.challenge, NAME, rootKey.publicKey(), signatureKey);
        UserId user = DeviceCertificateIn.of(register.getCertificate())
                .verify(signatureKey)
                .user();
        DeviceId id = DeviceId.ofSignatureKey(signatureKey);
        boolean known = devices.containsKey(id);
        if (!known && !invitesAreValid) {
            error(session, frame, chat.samara.wire.Refusal.of(ErrorCode.INVITE_INVALID, "the invite is used up"));
        } else if (!known && devices.values().stream().anyMatch(device -> device.user.equals(user))) {
            error(session, frame, chat.samara.wire.Refusal.of(ErrorCode.NAME_TAKEN, user + " is taken"));
        } else {
            login(session, devices.computeIfAbsent(id, it -> new FakeDevice(user, it, signatureKey)), frame);
        }
    }

    private void login(FakeSession session, FakeDevice device, ClientFrame frame) {
        session.device = Optional.of(device);
        countedTooMuch = countsTooMuch ? countedTooMuch + 1_000 : 0;
        LoggedIn.Builder answer = LoggedIn.newBuilder()
                .setKeyPackagesLeft(device.keyPackagesLeft())
                .addAllKeyPackages(counts(device))
                .setWelcomesWaiting(device.welcomes.size())
                .addAllReturnTokens(
                        returnTokens.stream().map(Protobuf::toByteString).toList());
        for (FakeChannel channel : channels.values()) {
            if (channel.readable.containsKey(device.id) && !lost.contains(channel.id)) {
                answer.addChannels(ChannelState.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.id.bytes()))
                        .setSeq(channel.readableThrough(device.id))
                        .setAcknowledgedSeq(device.acknowledged.getOrDefault(channel.id, 0L))
                        .setNextDeviceSeq(
                                forgetsCounts
                                        ? 1
                                        : device.nextDeviceSeq.getOrDefault(channel.id, 1L) + countedTooMuch));
            }
        }
        answer(session, frame, ServerFrame.newBuilder().setLoggedIn(answer));
    }

    List<KeyPackageCount> counts(FakeDevice device) {
        return knowsOneSuite
                ? List.of()
                : Arrays.stream(ChannelSuite.values())
                        .map(suite -> suite.cipherSuite().code())
                        .map(suite -> KeyPackageCount.newBuilder()
                                .setCipherSuite(suite)
                                .setLeft(device.keyPackages
                                        .getOrDefault(suite, new ArrayDeque<>())
                                        .size())
                                .setLastResortRef(lastResortRef(device, suite))
                                .build())
                        .toList();
    }

    private static ByteString lastResortRef(FakeDevice device, int suite) {
        ByteString lastResort = device.lastResort.get(suite);
        try {
            return lastResort == null
                    ? ByteString.EMPTY
                    : Protobuf.toByteString(MlsMessage.decode(lastResort.toByteArray())
                            .requireKeyPackage()
                            .ref());
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    private void publish(FakeSession session, FakeDevice device, ClientFrame frame) throws MlsException {
        Set<Integer> replaced = new TreeSet<>();
        for (ByteString keyPackage : frame.getPublishKeyPackages().getKeyPackagesList()) {
            if (refusesFalsely && keyPackageOwners.containsKey(read(keyPackage).ref())) {
                continue;
            }
            int suite = own(device, keyPackage);
            if (frame.getPublishKeyPackages().getReplaces() && replaced.add(suite)) {
                device.keyPackages.remove(suite);
            }
            device.keyPackages.computeIfAbsent(suite, it -> new ArrayDeque<>()).add(keyPackage);
        }
        if (!frame.getPublishKeyPackages().getLastResort().isEmpty()) {
            ByteString lastResort = frame.getPublishKeyPackages().getLastResort();
            // The same may come any number of times.
            keyPackageOwners.remove(read(lastResort).ref(), device.id);
            device.lastResort.put(own(device, lastResort), lastResort);
        }
        answer(
                session,
                frame,
                ServerFrame.newBuilder()
                        .setKeyPackagesStored(KeyPackagesStored.newBuilder()
                                .setKeyPackagesLeft(device.keyPackagesLeft())
                                .addAllKeyPackages(counts(device))));
    }

    private static KeyPackageIn read(ByteString keyPackage) throws MlsException {
        return MlsMessage.decode(keyPackage.toByteArray()).requireKeyPackage();
    }

    /** Notes whose it is, and gives its cipher suite. */
    private int own(FakeDevice device, ByteString keyPackage) throws MlsException {
        KeyPackageIn read = read(keyPackage);
        if (keyPackageOwners.put(read.ref(), device.id) != null) {
            throw new AssertionError("a KeyPackage was published twice");
        }
        return read.cipherSuite();
    }

    private void claim(FakeSession session, FakeDevice device, ClientFrame frame) throws RefusedException {
        UserId asked = UserId.fromWire(frame.getClaimKeyPackages().getUserId());
        UserId wanted = claimedInstead.getOrDefault(asked, asked);
        List<FakeDevice> found = devices.values().stream()
                .filter(it -> it.user.equals(wanted) && it.replacedBy.isEmpty())
                .toList();
        if (found.isEmpty()) {
            error(session, frame, chat.samara.wire.Refusal.of(ErrorCode.UNKNOWN_MEMBER, wanted + " is not known"));
            return;
        }
        ClaimedKeyPackages claimed =
                device.claims.computeIfAbsent(frame.getClaimKeyPackages().getClaimId(), id -> {
                    ClaimedKeyPackages.Builder answer = ClaimedKeyPackages.newBuilder();
                    for (FakeDevice other : found) {
                        other.take(frame.getClaimKeyPackages().getCipherSuite())
                                .ifPresent(keyPackage -> answer.addKeyPackages(ClaimedKeyPackage.newBuilder()
                                        .setDeviceId(Protobuf.toByteString(other.id.bytes()))
                                        .setKeyPackage(keyPackage)));
                    }
                    return answer.build();
                });
        answer(session, frame, ServerFrame.newBuilder().setClaimedKeyPackages(claimed));
    }

    /** Begins a channel that no device of today has asked for. */
    FakeChannel found(DeviceId creator, GenesisControl genesis) {
        ChannelId id = ChannelId.ofGenesis(Protobuf.toBytes(genesis.getSignedGenesis()));
        FakeChannel channel = new FakeChannel(id, genesis, creator, NAME, rootKey);
        channels.put(id, channel);
        return channel;
    }

    private void create(FakeSession session, FakeDevice device, ClientFrame frame) throws MlsException {
        CreateChannel create = frame.getCreateChannel();
        ChannelId id = ChannelId.ofGenesis(Protobuf.toBytes(create.getGenesis().getSignedGenesis()));
        if (!channels.containsKey(id) && !isCreator(device, create)) {
            error(session, frame, chat.samara.wire.Refusal.of(ErrorCode.INVALID_PROOF, "the genesis is by another"));
            return;
        }
        if (!channels.containsKey(id)) {
            channels.put(id, new FakeChannel(id, create.getGenesis(), device.id, NAME, rootKey));
        }
        answer(
                session,
                frame,
                ServerFrame.newBuilder()
                        .setReceipt(receipt(
                                        id,
                                        new IdempotencyKey(Protobuf.toBytes(create.getIdempotencyKey())),
                                        ReceiptStatus.ORDERED)
                                .toBuilder()
                                .setSeq(1)));
    }

    private static boolean isCreator(FakeDevice device, CreateChannel create) {
        try {
            return chat.samara.wire.log.GenesisIn.decode(
                            Protobuf.toBytes(create.getGenesis().getSignedGenesis()))
                    .verify()
                    .creator()
                    .device()
                    .equals(device.id);
        } catch (RefusedException e) {
            throw new AssertionError("the SDK sent a genesis that no server takes", e);
        }
    }

    /** A submission that its own server has kept for a while: it comes if it still fits in. */
    void submitLate(FakeDevice device, ClientFrame frame) {
        submit(new FakeSession(Bytes.EMPTY), device, frame);
        push();
    }

    /** The connection is gone, and the device notices. */
    void cut(FakeSession session) {
        sessions.values().removeIf(session::equals);
    }

    private void submit(FakeSession session, FakeDevice device, ClientFrame frame) {
        Submit submit = frame.getSubmit();
        ChannelId id = new ChannelId(Protobuf.toBytes(submit.getChannelId()));
        IdempotencyKey key = new IdempotencyKey(Protobuf.toBytes(submit.getIdempotencyKey()));
        Map<IdempotencyKey, Receipt> receipts = device.receipts.computeIfAbsent(id, it -> new HashMap<>());
        Receipt known = receipts.get(key);
        long expected = device.nextDeviceSeq.getOrDefault(id, 1L);
        if (known != null && known.getStatus() != ReceiptStatus.REJECTED) {
            answer(session, frame, ServerFrame.newBuilder().setReceipt(known));
        } else if (submit.getDeviceSeq() != expected) {
            error(session, frame, chat.samara.wire.Refusal.gap(expected, submit.getDeviceSeq()));
        } else {
            device.nextDeviceSeq.put(id, expected + 1);
            Receipt stored = receipt(id, key, ReceiptStatus.STORED);
            receipts.put(key, stored);
            answer(session, frame, ServerFrame.newBuilder().setReceipt(stored));
            Runnable order = () -> order(channel(id), device, submit, key);
            if (hubIsCut) {
                outbox.add(order);
                tellProvisionally(device, submit, id, key);
            } else {
                order.run();
            }
        }
    }

    private void tellProvisionally(FakeDevice device, Submit submit, ChannelId id, IdempotencyKey key) {
        if (submit.getKind() != RecordKind.APPLICATION || !tellsProvisionally) {
            return;
        }
        Record record = Record.of(new Record.Content(
                id,
                NAME,
                1,
                1 + outbox.size(),
                submit.getKind(),
                submit.getEpoch(),
                key,
                Optional.of(device.id),
                Protobuf.toBytes(submit.getPayload()),
                1));
        BatchSigner batch = new BatchSigner();
        int place = batch.add(record);
        provisional(id, new ProvenRecord(record, batch.sign(rootKey).proof(place)));
    }

    void provisional(ChannelId id, ProvenRecord record) {
        sessions.values().stream()
                .filter(session -> session.cursors.containsKey(id))
                .forEach(session -> push(
                        session,
                        ServerFrame.newBuilder()
                                .setProvisional(Provisional.newBuilder().setRecord(record.toProto()))));
    }

    /** Who asks for the one gets the KeyPackages of the other. */
    void claimInstead(UserId asked, UserId given) {
        claimedInstead.put(asked, given);
    }

    /** As after a restore from a backup that is older than all submissions of the channel. */
    void forgetSubmissions(ChannelId id) {
        outbox.clear();
        devices.values().forEach(device -> {
            device.receipts.remove(id);
            device.nextDeviceSeq.remove(id);
        });
    }

    /** The account is gone, so that somebody else can take its name. */
    void forgetMember(UserId user) {
        devices.values().removeIf(device -> device.user.equals(user));
    }

    /** The hub is back. */
    void reachHub() {
        hubIsCut = false;
        while (!outbox.isEmpty()) {
            outbox.poll().run();
        }
        push();
    }

    /** A device's record reaches the hub, though its engine knows nothing of it. */
    Receipt order(ChannelId id, DeviceId device, RecordKind kind, long epoch, IdempotencyKey key, Bytes payload) {
        Submit submit = Submit.newBuilder()
                .setKind(kind)
                .setEpoch(epoch)
                .setPayload(Protobuf.toByteString(payload))
                .build();
        order(channel(id), device(device), submit, key);
        push();
        return Objects.requireNonNull(
                Objects.requireNonNull(device(device).receipts.get(id)).get(key));
    }

    private void order(FakeChannel channel, FakeDevice device, Submit submit, IdempotencyKey key) {
        Optional<chat.samara.wire.Refusal> refusal = channel.refusal(
                submit.getKind(), submit.getEpoch(), key, device.id, Protobuf.toBytes(submit.getPayload()));
        Optional<Long> before = channel.find(device.id, key);
        Receipt settled;
        if (before.isPresent()) {
            // I3: what a hub has ordered once under a key it orders no more, whatever it was.
            settled = receipt(channel.id, key, ReceiptStatus.ORDERED).toBuilder()
                    .setSeq(before.get())
                    .build();
        } else if (refusal.isPresent()) {
            settled = receipt(channel.id, key, ReceiptStatus.REJECTED).toBuilder()
                    .setError(refusal.get().toProto())
                    .build();
        } else {
            Bytes payload = Protobuf.toBytes(submit.getPayload());
            if (submit.getKind() == RecordKind.COMMIT) {
                channel.commit(submit.getEpoch(), key, device.id, payload);
                welcome(channel, payload);
            } else if (submit.getKind() == RecordKind.PROPOSAL) {
                channel.propose(submit.getEpoch(), key, device.id, payload);
            } else {
                channel.append(
                        submit.getKind(),
                        submit.getEpoch(),
                        relabel ? IdempotencyKey.random(bytes -> {}) : key,
                        Optional.of(device.id),
                        payload);
            }
            settled = receipt(channel.id, key, ReceiptStatus.ORDERED).toBuilder()
                    .setSeq(channel.position.seq())
                    .build();
        }
        device.receipts.computeIfAbsent(channel.id, it -> new HashMap<>()).put(key, settled);
        sessionOf(device)
                .ifPresent(session -> push(session, ServerFrame.newBuilder().setReceipt(settled)));
    }

    void welcome(FakeChannel channel, Bytes payload) {
        try {
            ByteString welcome = Payload.commit(payload).getWelcome();
            if (welcome.isEmpty()) {
                return;
            }
            for (Bytes ref : chat.samara.mls.welcome.Welcome.keyPackageRefs(welcome.toByteArray())) {
                FakeDevice added = device(keyPackageOwners.get(ref));
                WaitingWelcome waiting = WaitingWelcome.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.id.bytes()))
                        .setSignedGenesis(Protobuf.toByteString(channel.signedGenesis))
                        .setSeq(channel.position.seq())
                        .setEntryHash(Protobuf.toByteString(channel.position.entryHash()))
                        .setKeyPackageRef(Protobuf.toByteString(ref))
                        .setWelcome(welcome)
                        .build();
                added.welcomes.add(waiting);
                sessionOf(added)
                        .ifPresent(session -> push(
                                session,
                                ServerFrame.newBuilder()
                                        .setWelcomes(Welcomes.newBuilder().addWelcomes(waiting))));
            }
        } catch (MlsException | RefusedException e) {
            throw new AssertionError("the SDK sent a Welcome that cannot be routed", e);
        }
    }

    Optional<FakeSession> sessionOf(FakeDevice device) {
        return sessions.values().stream()
                .filter(session -> session.device.equals(Optional.of(device)))
                .reduce((first, second) -> second);
    }

    /** The hub says that no record of these epochs can come any more. */
    void closeEpochs(ChannelId id, long through) {
        FakeChannel channel = channel(id);
        channel.closedThrough = through;
        channel.append(
                RecordKind.CONTROL,
                channel.group.epoch(),
                IdempotencyKey.random(bytes -> {}),
                Optional.empty(),
                Payload.epochClosed(through));
        push();
    }

    /** Sends every follower what it lacks. */
    void push() {
        for (FakeSession session : List.copyOf(sessions.values())) {
            List.copyOf(session.cursors.keySet()).forEach(channel -> follow(session, channel, false));
        }
    }

    private void follow(FakeSession session, ChannelId id, boolean evenIfEmpty) {
        if (lost.contains(id)) {
            return;
        }
        boolean more = followOnce(session, id, evenIfEmpty);
        while (more) {
            more = followOnce(session, id, false);
        }
    }

    /** One frame. The hub's newest head comes with the last entry alone. Returns whether there is more that the session has credit for. */
    private boolean followOnce(FakeSession session, ChannelId id, boolean evenIfEmpty) {
        FakeChannel channel = channel(id);
        FakeDevice device = session.device.orElseThrow();
        long cursor = session.cursors.getOrDefault(id, 0L);
        long[] range = channel.stretch(device.id, forgetsOldMemberships ? channel.position.seq() - 1 : cursor);
        Entries.Builder entries = Entries.newBuilder().setChannelId(Protobuf.toByteString(id.bytes()));
        long seq = Math.max(cursor, range[0]);
        int bytes = 0;
        while (seq < channel.position.seq() && seq < range[1] && session.credit > 0) {
            int size = channel.entries.get((int) seq).getSerializedSize();
            if (bytes > 0 && bytes + size > frameBytesMax) {
                break;
            }
            entries.addEntries(channel.entries.get((int) seq));
            bytes += size;
            session.credit -= size;
            seq++;
        }
        session.cursors.put(id, seq);
        if (seq == channel.position.seq() && seq <= range[1]) {
            entries.setHead(channel.head());
        }
        if (entries.getEntriesCount() > 0 || evenIfEmpty) {
            push(session, ServerFrame.newBuilder().setEntries(entries));
        }
        return entries.getEntriesCount() > 0 && seq < channel.position.seq() && seq < range[1] && session.credit > 0;
    }

    private static Receipt receipt(ChannelId channel, IdempotencyKey key, ReceiptStatus status) {
        return Receipt.newBuilder()
                .setChannelId(Protobuf.toByteString(channel.bytes()))
                .setIdempotencyKey(Protobuf.toByteString(key.bytes()))
                .setStatus(status)
                .build();
    }

    private void doneUnless(boolean quiet, FakeSession session, ClientFrame frame) {
        if (!quiet || answersEverything) {
            done(session, frame);
        }
    }

    private void done(FakeSession session, ClientFrame frame) {
        answer(session, frame, ServerFrame.newBuilder().setDone(Done.getDefaultInstance()));
    }

    private void error(FakeSession session, ClientFrame frame, chat.samara.wire.Refusal refusal) {
        answer(session, frame, ServerFrame.newBuilder().setError(refusal.toProto()));
    }

    void answer(FakeSession session, ClientFrame frame, ServerFrame.Builder answer) {
        push(session, answer.setRequestId(frame.getRequestId()));
    }

    void push(FakeSession session, ServerFrame.Builder frame) {
        ServerFrame sent = tamper.apply(frame.build());
        between.map(it -> it.toDevice(session, sent))
                .orElse(List.of(sent))
                .forEach(it -> session.out.add(Bytes.of(terse(session, it).toByteArray())));
    }

    /** As the real server sends it, whether it is true or not; whole if that cannot be. */
    private ServerFrame terse(FakeSession session, ServerFrame frame) {
        if (frame.hasReceipt() && session.submittedTersely.contains(frame.getRequestId())) {
            ServerFrame.Builder receipt = frame.toBuilder();
            receipt.getReceiptBuilder().clearChannelId().clearIdempotencyKey();
            return receipt.build();
        }
        Entries entries = frame.getEntries();
        if (entries.getChannelId().size() != ChannelId.SIZE_BYTES || entries.getEntriesCount() == 0) {
            return frame;
        }
        ChannelId channel = new ChannelId(Protobuf.toBytes(entries.getChannelId()));
        Optional<LogEntry> before = session.terse.getOrDefault(channel, Optional.empty());
        session.terse.computeIfPresent(
                channel, (id, last) -> Optional.of(entries.getEntries(entries.getEntriesCount() - 1)));
        if (!session.terse.containsKey(channel) || !entries.hasHead()) {
            return frame;
        }
        try {
            Optional<Bytes> leadingOn = before.filter(it -> seqOf(it) + 1 == seqOf(entries.getEntries(0)))
                    .map(Protobuf::encode);
            return TerseFrame.of(
                            leadingOn,
                            entries.getEntriesList().stream()
                                    .map(Protobuf::encode)
                                    .toList(),
                            Protobuf.encode(entries.getHead()))
                    .map(made -> made.to(session.device.orElseThrow().id))
                    .map(made -> ServerFrame.newBuilder()
                            .setTerseEntries(bend.apply(made))
                            .build())
                    .orElse(frame);
        } catch (InvalidProtocolBufferException | RefusedException e) {
            return frame;
        }
    }

    private static long seqOf(LogEntry entry) {
        try {
            return chat.samara.wire.proto.Entry.parseFrom(entry.getEntry()).getSeq();
        } catch (InvalidProtocolBufferException e) {
            return 0;
        }
    }
}
