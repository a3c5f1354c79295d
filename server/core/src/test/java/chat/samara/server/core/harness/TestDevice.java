package chat.samara.server.core.harness;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.credential.OutsideRequest;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.group.CommitBuilder;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.ExternalCommitBuilder;
import chat.samara.mls.group.ExternalProposals;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.group.Member;
import chat.samara.mls.group.ProposalDraft;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import chat.samara.server.core.Event;
import chat.samara.server.core.SessionId;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.channel.MemberCredential;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.MalformedFrameException;
import chat.samara.wire.frame.ServerFrames;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.LoginProof;
import chat.samara.wire.identity.UserDevice;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.CommitSignature;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.AcknowledgeWelcome;
import chat.samara.wire.proto.ChannelCursor;
import chat.samara.wire.proto.ClaimKeyPackages;
import chat.samara.wire.proto.ClaimedKeyPackage;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.CreateChannel;
import chat.samara.wire.proto.Credit;
import chat.samara.wire.proto.FetchRatchetTree;
import chat.samara.wire.proto.FetchWelcomes;
import chat.samara.wire.proto.Follow;
import chat.samara.wire.proto.GenesisControl;
import chat.samara.wire.proto.Login;
import chat.samara.wire.proto.PublishKeyPackages;
import chat.samara.wire.proto.QueryStatus;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Register;
import chat.samara.wire.proto.ReplaceDevice;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.ServerHello;
import chat.samara.wire.proto.ShowHeads;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.Submit;
import chat.samara.wire.proto.WaitingWelcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A member's device, driven by hand: real MLS, and a request at a time. */
public final class TestDevice {
    /** Credit that is as good as endless in a test. */
    public static final long MUCH_CREDIT = 4L << 20;

    private static final CipherSuite SUITE = suite();

    private final TestServer server;
    private final UserId user;
    private final SignatureKeyPair identityKey;
    private final SignatureKeyPair deviceKey;
    private final DeviceCertificate certificate;
    private final Map<Bytes, KeyPackageBundle> bundles = new HashMap<>();
    private final Map<ChannelId, TestChannel> channels = new TreeMap<>();
    private final Map<Long, ServerFrame> answers = new HashMap<>();
    private final List<ServerFrame> pushes = new ArrayList<>();
    private Optional<SessionId> session = Optional.empty();
    private Optional<ServerHello> hello = Optional.empty();
    private long nextRequestId = 1;
    private int rules = Genesis.RULES;

    TestDevice(TestServer server, String local) {
        this(server, local, Ed25519.generate(server.world().random()));
    }

    TestDevice(TestServer server, String local, SignatureKeyPair identityKey) {
        this(
                server,
                local,
                identityKey,
                SignatureKeyPair.generate(SUITE, server.world().random()));
    }

    private TestDevice(TestServer server, String local, SignatureKeyPair identityKey, SignatureKeyPair deviceKey) {
        this.server = server;
        this.identityKey = identityKey;
        this.user = new UserId(local, server.name());
        this.deviceKey = deviceKey;
        this.certificate = DeviceCertificate.issue(identityKey, user, deviceKey.publicKey());
    }

    private static CipherSuite suite() {
        try {
            return CipherSuite.of(1);
        } catch (MlsException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** A device that nobody has registered. */
    public static TestDevice stranger(TestServer server, String local) {
        return new TestDevice(server, local);
    }

    /** Another device that claims the same name with a key of its own. */
    public TestDevice impostor() {
        return new TestDevice(server, user.local());
    }

    /** Another device of the same member, under the same identity key, that nobody has registered. */
    public TestDevice successor() {
        return new TestDevice(server, user.local(), identityKey);
    }

    /** The same device, as another member's. */
    public TestDevice under(String local) {
        return new TestDevice(server, local, Ed25519.generate(server.world().random()), deviceKey);
    }

    public UserId user() {
        return user;
    }

    public UserDevice who() {
        return certificate.userDevice();
    }

    public DeviceCertificate certificate() {
        return certificate;
    }

    /** The device's own. */
    public SignatureKeyPair key() {
        return deviceKey;
    }

    public TestServer server() {
        return server;
    }

    // ---- the connection ----

    public void connect() {
        hello = Optional.empty();
        session = Optional.of(server.connect(this));
        server.world().settle();
    }

    public void disconnect() {
        session.ifPresent(server::disconnect);
        session = Optional.empty();
        server.world().settle();
    }

    /** Connects and logs in again. */
    public ServerFrame reconnect() {
        disconnect();
        connect();
        return login();
    }

    void connectionLost(SessionId lost) {
        session = session.filter(it -> !it.equals(lost));
    }

    public boolean isConnected() {
        return session.isPresent();
    }

    public Optional<SessionId> session() {
        return session;
    }

    void received(Bytes bytes) {
        ServerFrame frame;
        try {
            frame = ServerFrames.decode(bytes.toByteArray());
        } catch (MalformedFrameException e) {
            throw new AssertionError("a frame that no device would accept: " + e.refusal(), e);
        }
        if (frame.hasServerHello()) {
            hello = Optional.of(frame.getServerHello());
        } else if (frame.getRequestId() != 0) {
            answers.put(frame.getRequestId(), frame);
        } else {
            if (frame.hasEntries()) {
                ChannelId id = new ChannelId(Protobuf.toBytes(frame.getEntries().getChannelId()));
                channel(id).received(frame.getEntries());
            }
            pushes.add(frame);
        }
    }

    /** The bytes that the device must sign. */
    public Bytes challenge() {
        return Protobuf.toBytes(hello.orElseThrow().getChallenge());
    }

    /** Every push since the last call. */
    public List<ServerFrame> takePushes() {
        List<ServerFrame> taken = List.copyOf(pushes);
        pushes.clear();
        return taken;
    }

    /** Sends a request without waiting. Returns its number. */
    public long send(ClientFrame.Builder body) {
        long id = nextRequestId++;
        SessionId to =
                session.orElseThrow(() -> new IllegalStateException(user + " is offline, expected a connection"));
        server.queue(new Event.SessionFrame(
                to, Bytes.of(body.setRequestId(id).build().toByteArray())));
        return id;
    }

    /** The answer to a request, if it has come. */
    public Optional<ServerFrame> answer(long id) {
        return Optional.ofNullable(answers.remove(id));
    }

    /** Sends a request and lets the world settle; without a connection or an answer, a frame of nothing. */
    public ServerFrame ask(ClientFrame.Builder body) {
        if (session.isEmpty()) {
            return ServerFrame.getDefaultInstance();
        }
        long id = send(body);
        server.world().settle();
        return answer(id).orElse(ServerFrame.getDefaultInstance());
    }

    // ---- the account ----

    public ServerFrame register(Bytes token) {
        return ask(registration(server, token, challenge()));
    }

    /** A registration at any server, for any connection. */
    public ClientFrame.Builder registration(TestServer at, Bytes token, Bytes challenge) {
        LoginProof proof = LoginProof.sign(challenge, at.name(), at.identity().rootPublicKey(), user, deviceKey);
        return ClientFrame.newBuilder()
                .setRegister(Register.newBuilder()
                        .setInviteToken(Protobuf.toByteString(token))
                        .setCertificate(certificateMessage())
                        .setDeviceSignatureKey(Protobuf.toByteString(deviceKey.publicKey()))
                        .setLoginBody(Protobuf.toByteString(proof.body()))
                        .setSignature(Protobuf.toByteString(proof.signature())));
    }

    /** Asks to take a device's place, on this device's connection. */
    public ServerFrame replace(DeviceId replaced) {
        return ask(replacement(replaced));
    }

    /** What asks for it. */
    public ClientFrame.Builder replacement(DeviceId replaced) {
        LoginProof proof =
                LoginProof.sign(challenge(), server.name(), server.identity().rootPublicKey(), user, deviceKey);
        return ClientFrame.newBuilder()
                .setReplaceDevice(ReplaceDevice.newBuilder()
                        .setReplacedDeviceId(Protobuf.toByteString(replaced.bytes()))
                        .setCertificate(certificateMessage())
                        .setDeviceSignatureKey(Protobuf.toByteString(deviceKey.publicKey()))
                        .setLoginBody(Protobuf.toByteString(proof.body()))
                        .setSignature(Protobuf.toByteString(proof.signature())));
    }

    private chat.samara.wire.proto.DeviceCertificate certificateMessage() {
        try {
            return chat.samara.wire.proto.DeviceCertificate.parseFrom(
                    certificate.encoded().toByteArray());
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    public ServerFrame login() {
        return ask(loginFrame());
    }

    /** A login for this connection. */
    public ClientFrame.Builder loginFrame() {
        return loginFrame(challenge());
    }

    /** A login for the connection with this challenge, also another's. */
    public ClientFrame.Builder loginFrame(Bytes challenge) {
        LoginProof proof =
                LoginProof.sign(challenge, server.name(), server.identity().rootPublicKey(), user, deviceKey);
        return ClientFrame.newBuilder()
                .setLogin(Login.newBuilder()
                        .setLoginBody(Protobuf.toByteString(proof.body()))
                        .setSignature(Protobuf.toByteString(proof.signature())));
    }

    // ---- KeyPackages ----

    private static Lifetime lifetime(World world) {
        long now = world.nowMillis() / 1000;
        return new Lifetime(now - 3600, now + 30L * 24 * 3600);
    }

    /** A fresh KeyPackage of this device, whose keys it keeps. */
    public Bytes keyPackage(boolean lastResort) {
        return keyPackage(SUITE, lastResort);
    }

    /** As {@link #keyPackage(boolean)}, for another suite whose signatures are Ed25519's. */
    public Bytes keyPackage(CipherSuite suite, boolean lastResort) {
        List<Extension> extensions =
                lastResort ? List.of(new Extension(Capabilities.LAST_RESORT_EXTENSION, Bytes.EMPTY)) : List.of();
        KeyPackageBundle bundle = KeyPackageBundle.generate(
                suite,
                deviceKey,
                MemberCredential.of(certificate),
                Capabilities.of(List.of(), List.of()),
                lifetime(server.world()),
                extensions,
                server.world().random());
        bundles.put(bundle.ref(), bundle);
        return Bytes.of(new MlsMessage.OfKeyPackage(bundle.keyPackage().content()).encode());
    }

    public ServerFrame publish(int count) {
        PublishKeyPackages.Builder publish = PublishKeyPackages.newBuilder();
        for (int i = 0; i < count; i++) {
            publish.addKeyPackages(Protobuf.toByteString(keyPackage(false)));
        }
        return ask(ClientFrame.newBuilder().setPublishKeyPackages(publish));
    }

    public ServerFrame claim(UserId target, Bytes claimId) {
        return claim(target, SUITE.code(), claimId);
    }

    public ServerFrame claim(UserId target, int suite, Bytes claimId) {
        return ask(ClientFrame.newBuilder()
                .setClaimKeyPackages(ClaimKeyPackages.newBuilder()
                        .setUserId(target.toString())
                        .setCipherSuite(suite)
                        .setClaimId(Protobuf.toByteString(claimId))));
    }

    Bytes randomKey() {
        return Bytes.of(server.world().random().bytes(16));
    }

    // ---- channels ----

    GroupEnvironment environment() {
        return new GroupEnvironment(
                new DeviceAuthentication(),
                server.world().random(),
                () -> Instant.ofEpochMilli(server.world().nowMillis()));
    }

    /** This device's view of a channel. */
    public TestChannel channel(ChannelId id) {
        return channels.computeIfAbsent(id, it -> new TestChannel(this, it));
    }

    /** A genesis with its group, for a hub. */
    public record Draft(ChannelId id, GenesisControl control, Group group) {}

    /** The rules of the channels that it prepares from now on. */
    public void prepareWithRules(int version) {
        rules = version;
    }

    /** Prepares a channel with this device's server as hub. */
    public Draft draft() {
        return draft(server);
    }

    /** Prepares a channel with another hub. */
    public Draft draft(TestServer hub) {
        return draft(hub, List.of());
    }

    /** Prepares a channel with these extensions in its GroupContext, of types that the device says it knows. */
    public Draft draft(TestServer hub, List<Extension> extensions) {
        List<Integer> known = extensions.stream().map(Extension::type).toList();
        Genesis genesis = Genesis.sign(
                deviceKey,
                new Genesis.Content(
                        user,
                        hub.name(),
                        hub.identity().rootPublicKey(),
                        SUITE.code(),
                        Bytes.of(server.world().random().bytes(32)),
                        server.world().nowMillis(),
                        rules));
        try {
            Group group = Group.create(
                    new GroupConfig(
                            SUITE,
                            genesis.channel().mlsGroupId(),
                            extensions,
                            Capabilities.of(known, List.of()),
                            lifetime(server.world())),
                    MemberCredential.of(certificate),
                    deviceKey,
                    environment());
            GenesisControl control = GenesisControl.newBuilder()
                    .setSignedGenesis(Protobuf.toByteString(genesis.encoded()))
                    .setGroupInfo(Protobuf.toByteString(Bytes.of(group.groupInfo())))
                    .setRatchetTree(Protobuf.toByteString(Bytes.of(group.ratchetTree())))
                    .build();
            return new Draft(genesis.channel(), control, group);
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    public ServerFrame create(Draft draft) {
        return ask(ClientFrame.newBuilder()
                .setCreateChannel(CreateChannel.newBuilder()
                        .setIdempotencyKey(Protobuf.toByteString(randomKey()))
                        .setGenesis(draft.control())));
    }

    /** Founds a channel, and reads it. */
    public TestChannel found() {
        Draft draft = draft();
        ServerFrame answer = create(draft);
        if (!answer.hasReceipt()) {
            throw new AssertionError("the channel was not founded: " + answer);
        }
        TestChannel channel = channel(draft.id());
        channel.begin(draft.group());
        follow();
        return channel;
    }

    /** Reads all its channels from where it stands. */
    public ServerFrame follow() {
        return follow(MUCH_CREDIT);
    }

    public ServerFrame follow(long credit) {
        return ask(followFrame(credit));
    }

    /** Follows every channel from where this device is in it. */
    public ClientFrame.Builder followFrame(long credit) {
        Follow.Builder follow = Follow.newBuilder().setCreditBytes(credit).setSlim(true);
        channels.values().forEach(channel -> follow.addCursors(cursor(channel.id(), channel.seq())));
        return ClientFrame.newBuilder().setFollow(follow);
    }

    /** Shows the newest heads that it has. */
    public ServerFrame showHeads() {
        List<SignedHead> heads = new ArrayList<>();
        channels.values().forEach(channel -> channel.newestHead().ifPresent(heads::add));
        return show(heads);
    }

    /** Shows some heads. */
    public ServerFrame show(List<SignedHead> heads) {
        return ask(ClientFrame.newBuilder().setShowHeads(ShowHeads.newBuilder().addAllHeads(heads)));
    }

    public static ChannelCursor cursor(ChannelId id, long afterSeq) {
        return ChannelCursor.newBuilder()
                .setChannelId(Protobuf.toByteString(id.bytes()))
                .setAfterSeq(afterSeq)
                .build();
    }

    public ServerFrame credit(long bytes) {
        return ask(ClientFrame.newBuilder().setCredit(Credit.newBuilder().setCreditBytes(bytes)));
    }

    /** Joins every channel whose Welcome waits, and reads it. */
    public void join() {
        ServerFrame answer = ask(ClientFrame.newBuilder().setFetchWelcomes(FetchWelcomes.getDefaultInstance()));
        for (WaitingWelcome welcome : answer.getWelcomes().getWelcomesList()) {
            join(welcome);
        }
        follow();
    }

    private void join(WaitingWelcome welcome) {
        if (!isConnected()) {
            return;
        }
        ChannelId id = new ChannelId(Protobuf.toBytes(welcome.getChannelId()));
        Bytes ref = Protobuf.toBytes(welcome.getKeyPackageRef());
        ServerFrame tree = ask(ClientFrame.newBuilder()
                .setFetchRatchetTree(FetchRatchetTree.newBuilder()
                        .setChannelId(welcome.getChannelId())
                        .setSeq(welcome.getSeq())));
        if (!tree.hasRatchetTree()) {
            return;
        }
        KeyPackageBundle bundle = bundles.get(ref);
        if (bundle == null) {
            throw new AssertionError("a Welcome for an unknown KeyPackage " + ref);
        }
        try {
            Group group = Group.join(
                    welcome.getWelcome().toByteArray(),
                    bundle,
                    deviceKey,
                    Optional.of(tree.getRatchetTree().getRatchetTree().toByteArray()),
                    environment());
            channel(id).join(group, welcome);
        } catch (MlsException e) {
            throw new AssertionError("the Welcome does not open", e);
        }
        ask(ClientFrame.newBuilder()
                .setAcknowledgeWelcome(AcknowledgeWelcome.newBuilder()
                        .setChannelId(welcome.getChannelId())
                        .setKeyPackageRef(welcome.getKeyPackageRef())
                        .setSeq(welcome.getSeq())));
    }

    // ---- submitting ----

    /** Something to submit, with its key. */
    public record Submission(ChannelId channel, RecordKind kind, long epoch, IdempotencyKey key, Bytes payload) {}

    public Submission text(TestChannel channel, String text) {
        IdempotencyKey key = new IdempotencyKey(randomKey());
        return textAs(channel, text, key);
    }

    /** Encrypts a text under a given key. */
    public Submission textAs(TestChannel channel, String text, IdempotencyKey key) {
        try {
            byte[] message =
                    channel.group().protect(text.getBytes(java.nio.charset.StandardCharsets.UTF_8), new byte[0]);
            channel.said(Bytes.of(message), text);
            return new Submission(
                    channel.id(), RecordKind.APPLICATION, channel.group().epoch(), key, Bytes.of(message));
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    /** A commit that adds one device of each of these KeyPackages. */
    public Submission add(TestChannel channel, List<ClaimedKeyPackage> claimed) {
        return commit(channel, builder -> {
            for (ClaimedKeyPackage each : claimed) {
                KeyPackage keyPackage = MlsMessage.decode(each.getKeyPackage().toByteArray())
                        .requireKeyPackage()
                        .verify(new DeviceAuthentication());
                builder.add(keyPackage);
            }
        });
    }

    /** A commit that adds a device by a KeyPackage of it that no server handed out. */
    public Submission addDevice(TestChannel channel, TestDevice target) {
        return commit(channel, builder -> builder.add(target.verifiedKeyPackage()));
    }

    /** A fresh KeyPackage of this device, as who adds it holds it. */
    public KeyPackage verifiedKeyPackage() throws MlsException {
        return MlsMessage.decode(keyPackage(false).toByteArray())
                .requireKeyPackage()
                .verify(new DeviceAuthentication());
    }

    /** A commit that removes a device. */
    public Submission remove(TestChannel channel, TestDevice target) {
        int leaf = channel.leafOf(target);
        return commit(channel, builder -> builder.remove(leaf));
    }

    /** A proposal that a device be removed. */
    public Submission proposeRemoval(TestChannel channel, TestDevice target) {
        IdempotencyKey key = new IdempotencyKey(randomKey());
        Group group = channel.group();
        try {
            byte[] message = group.propose(
                    new ProposalDraft.Remove(channel.leafOf(target)),
                    key.bytes().toByteArray());
            return new Submission(channel.id(), RecordKind.PROPOSAL, group.epoch(), key, Bytes.of(message));
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    /** A commit that only renews keys. */
    public Submission update(TestChannel channel) {
        return commit(channel, CommitBuilder::update);
    }

    /** What a commit shall do. */
    @FunctionalInterface
    public interface Plan {
        void fill(CommitBuilder builder) throws MlsException;
    }

    public Submission commit(TestChannel channel, Plan plan) {
        IdempotencyKey key = new IdempotencyKey(randomKey());
        Group group = channel.group();
        long epoch = group.epoch();
        try {
            group.clearPendingCommit();
            CommitBuilder builder = group.commit().authenticatedData(key.bytes().toByteArray());
            plan.fill(builder);
            CommitBundle bundle = builder.build();
            return new Submission(channel.id(), RecordKind.COMMIT, epoch, key, signed(channel.id(), key, bundle, 0));
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    private Bytes signed(ChannelId channel, IdempotencyKey key, CommitBundle bundle, long refusedEpoch) {
        return signed(
                channel,
                key,
                new CommitSignature.Parts(
                        bundle.commit(), bundle.welcome().orElse(Bytes.EMPTY), bundle.groupInfo(), refusedEpoch));
    }

    /** A commit's payload of these parts, signed by this device whatever they are. */
    public Bytes signed(ChannelId channel, IdempotencyKey key, CommitSignature.Parts parts) {
        return CommitSignature.sign(deviceKey, channel, key, parts);
    }

    /** Takes everybody for a member, and lets everybody in from outside: what no member of Samara's does. */
    private static final AuthenticationService NAIVE = new AuthenticationService() {
        @Override
        public boolean accepts(Credential credential, Bytes signatureKey) {
            return true;
        }

        @Override
        public boolean admits(OutsideRequest request, Credential credential, Bytes signatureKey) {
            return true;
        }

        @Override
        public boolean acceptsSuccessor(Credential old, Credential fresh) {
            return true;
        }
    };

    /**
     * An external commit of this device's: for whom it will, since servers and members have what it takes.
     *
     * @param insider where GroupInfo and tree come from
     * @param resync whether it takes the place of the device's own leaf
     */
    public Submission externalCommit(TestChannel insider, boolean resync) {
        return externalCommit(insider, resync, 0);
    }

    /** As {@link #externalCommit(TestChannel, boolean)}, because of the commit that began this epoch. */
    public Submission externalCommit(TestChannel insider, boolean resync, long refusedEpoch) {
        IdempotencyKey key = new IdempotencyKey(randomKey());
        try {
            ExternalCommitBuilder builder = external(insider, key);
            return submission(insider, key, resync ? builder.resync() : builder, refusedEpoch);
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    /** An external commit that takes the place of somebody's leaf, as only its owner may. */
    public Submission externalCommitInPlaceOf(TestChannel insider, TestDevice other) {
        IdempotencyKey key = new IdempotencyKey(randomKey());
        try {
            ExternalCommitBuilder builder = external(insider, key).replacing(insider.leafOf(other));
            return submission(insider, key, builder, 0);
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    private ExternalCommitBuilder external(TestChannel insider, IdempotencyKey key) throws MlsException {
        GroupEnvironment naive = new GroupEnvironment(
                NAIVE, server.world().random(), environment().clock());
        return Group.joinExternal(
                        insider.group().groupInfo(),
                        Optional.of(insider.group().ratchetTree()),
                        MemberCredential.of(certificate),
                        deviceKey,
                        naive)
                .authenticatedData(key.bytes().toByteArray());
    }

    private Submission submission(
            TestChannel insider, IdempotencyKey key, ExternalCommitBuilder builder, long refusedEpoch)
            throws MlsException {
        CommitBundle bundle =
                builder.build(Capabilities.of(List.of(), List.of())).bundle();
        return new Submission(
                insider.id(),
                RecordKind.COMMIT,
                insider.group().epoch(),
                key,
                signed(insider.id(), key, bundle, refusedEpoch));
    }

    /** A proposal of this device's to be added. */
    public Submission application(TestChannel insider) {
        IdempotencyKey key = new IdempotencyKey(randomKey());
        try {
            KeyPackage keyPackage = MlsMessage.decode(keyPackage(false).toByteArray())
                    .requireKeyPackage()
                    .verify(NAIVE);
            byte[] message = ExternalProposals.byNewMember(
                    insider.group().groupId(),
                    insider.group().epoch(),
                    keyPackage,
                    deviceKey,
                    key.bytes().toByteArray(),
                    server.world().nowMillis() / 1000);
            return new Submission(
                    insider.id(), RecordKind.PROPOSAL, insider.group().epoch(), key, Bytes.of(message));
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    public Submit.Builder request(Submission submission, long deviceSeq) {
        return Submit.newBuilder()
                .setChannelId(Protobuf.toByteString(submission.channel().bytes()))
                .setKind(submission.kind())
                .setEpoch(submission.epoch())
                .setIdempotencyKey(Protobuf.toByteString(submission.key().bytes()))
                .setPayload(Protobuf.toByteString(submission.payload()))
                .setDeviceSeq(deviceSeq);
    }

    /** Submits with the next number, and counts it if it was used up. */
    public ServerFrame submit(Submission submission) {
        TestChannel channel = channel(submission.channel());
        ServerFrame answer = ask(ClientFrame.newBuilder().setSubmit(request(submission, channel.nextDeviceSeq())));
        if (answer.hasReceipt()) {
            channel.used();
        }
        return answer;
    }

    /** Encrypts and submits a text. */
    public ServerFrame say(TestChannel channel, String text) {
        return submit(text(channel, text));
    }

    /** Claims, commits and submits: adds every device of the members. */
    public ServerFrame invite(TestChannel channel, TestDevice... targets) {
        List<ClaimedKeyPackage> claimed = new ArrayList<>();
        for (TestDevice target : targets) {
            ServerFrame answer = claim(target.user(), randomKey());
            if (!answer.hasClaimedKeyPackages()) {
                throw new AssertionError("no KeyPackage of " + target.user() + ": " + answer);
            }
            claimed.addAll(answer.getClaimedKeyPackages().getKeyPackagesList());
        }
        return submit(add(channel, claimed));
    }

    public Receipt status(ChannelId channel, IdempotencyKey key) {
        return ask(ClientFrame.newBuilder()
                        .setQueryStatus(QueryStatus.newBuilder()
                                .setChannelId(Protobuf.toByteString(channel.bytes()))
                                .setIdempotencyKey(Protobuf.toByteString(key.bytes()))))
                .getReceipt();
    }

    static UserDevice userDevice(Member member) {
        try {
            return Roster.member(member).userDevice();
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }
}
