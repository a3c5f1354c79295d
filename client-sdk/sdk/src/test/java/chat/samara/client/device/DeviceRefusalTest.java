package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredChannel;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.credential.OutsideRequest;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.Sha256;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.ExternalProposals;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.MemberCredential;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedHead;
import com.google.protobuf.InvalidProtocolBufferException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A device refuses")
class DeviceRefusalTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;

    private final Village village = new Village(3);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;

    @BeforeEach
    void aliceAndBobTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        alice.add(channel, bob);
        village.pass(1_000);
    }

    private Outcome join(Resident resident, InviteLink invite, String name) {
        long command = resident.nextCommand();
        resident.command(new DeviceEvent.Join(command, invite, name));
        village.settle();
        return resident.outcome(command);
    }

    private static RefusalCode codeOf(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Refused.class);
        return ((Outcome.Refused) outcome).refusal().code();
    }

    @Test
    @DisplayName("an invite that the server does not take, and can use another afterwards")
    void usedUpInvite() {
        Resident carol = village.arrive("carol");
        village.server.invitesAreValid = false;
        assertThat(codeOf(join(carol, village.server.invite(), "carol"))).isEqualTo(RefusalCode.INVITE_INVALID);
        assertThat(carol.engine().account()).isEmpty();
        village.server.invitesAreValid = true;
        assertThat(join(carol, village.server.invite(), "carol")).isEqualTo(new Outcome.Joined(carol.user()));
    }

    @Test
    @DisplayName("a name that is taken, breaks the rules, or is not this profile's")
    void names() {
        Resident carol = village.arrive("carol");
        assertThat(codeOf(join(carol, village.server.invite(), "alice"))).isEqualTo(RefusalCode.NAME_TAKEN);
        assertThat(codeOf(join(carol, village.server.invite(), "not a name"))).isEqualTo(RefusalCode.NAME_INVALID);
        assertThat(codeOf(join(alice, village.server.invite(), "carol"))).isEqualTo(RefusalCode.ALREADY_JOINED);
        assertThat(join(alice, village.server.invite(), "alice")).isEqualTo(new Outcome.Joined(alice.user()));
    }

    @Test
    @DisplayName("a server with another root key than the invite's, before it says anything")
    void wrongRootKey() {
        InviteLink real = village.server.invite();
        InviteLink forged = new InviteLink(
                real.addresses(),
                real.server(),
                Ed25519.keyPair(Bytes.ofHex("11".repeat(32)).toByteArray()).publicKey(),
                real.token());
        Resident carol = village.arrive("carol");
        assertThat(codeOf(join(carol, forged, "carol"))).isEqualTo(RefusalCode.WRONG_ROOT_KEY);
        assertThat(village.server.devices).hasSize(2);
    }

    @Test
    @DisplayName("a connection whose TLS key is not in the manifest")
    void wrongTlsKey() {
        village.server.presentedSpki = Bytes.ofHex("22".repeat(32));
        alice.dropConnection();
        village.pass(120_000);
        assertThat(alice.engine().connection()).isNotEqualTo(ConnectionState.ONLINE);
        assertThat(lastProblem(alice).code()).isEqualTo(RefusalCode.WRONG_ROOT_KEY);
        village.server.presentedSpki = village.server.tlsSpki;
        village.pass(120_000);
        assertThat(alice.engine().connection()).isEqualTo(ConnectionState.ONLINE);
    }

    @Test
    @DisplayName("a manifest that is older than one it has seen")
    void olderManifest() {
        village.server.manifestSequence = 5;
        alice.dropConnection();
        village.pass(120_000);
        assertThat(alice.engine().connection()).isEqualTo(ConnectionState.ONLINE);
        village.server.manifestSequence = 4;
        alice.dropConnection();
        village.pass(120_000);
        assertThat(lastProblem(alice).code()).isEqualTo(RefusalCode.WRONG_ROOT_KEY);
        assertThat(alice.engine().connection()).isNotEqualTo(ConnectionState.ONLINE);
    }

    @Test
    @DisplayName("a change that the hub takes only a little later, not at all: it waits, and makes it then")
    void changesTooOften() {
        Resident carol = village.join("carol");
        village.server.channel(channel).commitsTooMany = 2;
        long command = alice.add(channel, carol);
        assertThat(carol.engine().channel(channel)).isEmpty();
        village.pass(60_000);
        assertThat(alice.outcome(command)).isInstanceOf(Outcome.Changed.class);
        assertThat(carol.engine().channel(channel)).isPresent();
    }

    private static Refusal lastProblem(Resident resident) {
        return resident.events(ClientEvent.ConnectionChanged.class).stream()
                .flatMap(event -> event.problem().stream())
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    @Test
    @DisplayName("commands before it has joined")
    void notJoined() {
        Resident carol = village.arrive("carol");
        assertThat(codeOf(carol.send(channel, "hello"))).isEqualTo(RefusalCode.NOT_JOINED);
    }

    @Test
    @DisplayName("what makes no sense: unknown channels and members, adding twice, removing a stranger or oneself")
    void senselessChanges() {
        ChannelId unknown = new ChannelId(Bytes.ofHex("33".repeat(32)));
        assertThat(codeOf(alice.send(unknown, "hello"))).isEqualTo(RefusalCode.UNKNOWN_CHANNEL);
        assertThat(codeOf(alice.outcome(alice.add(channel, bob)))).isEqualTo(RefusalCode.ALREADY_A_MEMBER);
        assertThat(codeOf(alice.outcome(alice.remove(channel, alice)))).isEqualTo(RefusalCode.CANNOT_REMOVE_SELF);
        Resident stranger = village.arrive("stranger");
        assertThat(codeOf(alice.outcome(alice.remove(channel, stranger)))).isEqualTo(RefusalCode.NOT_A_MEMBER);
        assertThat(codeOf(alice.outcome(alice.add(channel, stranger)))).isEqualTo(RefusalCode.UNKNOWN_MEMBER);
        assertThat(alice.engine().channel(channel).orElseThrow().pendingChanges())
                .isZero();
    }

    @Test
    @DisplayName("texts that are empty, too long or not Unicode; and sends what is just short enough")
    void texts() {
        assertThat(codeOf(alice.send(channel, ""))).isEqualTo(RefusalCode.TEXT_INVALID);
        assertThat(codeOf(alice.send(channel, "\ud83d"))).isEqualTo(RefusalCode.TEXT_INVALID);
        int max = chat.samara.wire.Limits.TEXT_BYTES_MAX;
        assertThat(codeOf(alice.send(channel, "x".repeat(max + 1)))).isEqualTo(RefusalCode.TOO_LARGE);
        String longest = "x".repeat(max);
        assertThat(alice.send(channel, longest)).isInstanceOf(Outcome.Queued.class);
        assertThat(bob.texts(channel)).containsExactly(longest);
    }

    @Test
    @DisplayName("a message that its server will not take, and says why")
    void refusedMessage() {
        village.server.check = (device, frame) -> frame.hasSubmit()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.TOO_LARGE, "too large here"))
                : Optional.empty();
        alice.send(channel, "hello");
        assertThat(alice.engine().pending(channel)).singleElement().satisfies(message -> {
            assertThat(message.state()).isEqualTo(MessageState.REFUSED);
            assertThat(message.refusal().orElseThrow().code()).isEqualTo(RefusalCode.TOO_LARGE);
        });
        village.server.check = (device, frame) -> Optional.empty();
        alice.send(channel, "again");
        assertThat(bob.texts(channel)).containsExactly("again");
    }

    @Test
    @DisplayName("to lose a message while the server's disk is full: it tries again later")
    void passingRefusal() {
        village.server.check = (device, frame) -> frame.hasSubmit()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.DISK_FULL, "disk full"))
                : Optional.empty();
        alice.send(channel, "hello");
        village.pass(20_000);
        assertThat(bob.texts(channel)).isEmpty();
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(20_000);
        assertThat(bob.texts(channel)).containsExactly("hello");
    }

    @Test
    @DisplayName("to be confused by a server that was restored from a backup: it numbers and hands over anew")
    void serverRestored() {
        village.server.hubIsCut = true;
        alice.send(channel, "one");
        alice.send(channel, "two");
        // The backup knows neither the two records nor their numbers.
        village.server.forgetSubmissions(channel);
        alice.dropConnection();
        village.server.hubIsCut = false;
        village.pass(120_000);
        assertThat(bob.texts(channel)).containsExactly("one", "two");
        assertThat(alice.texts(channel)).containsExactly("one", "two");
    }

    @Test
    @DisplayName("to try for ever: an addition whose claims fail ends with the reason")
    void boundedRetries() {
        Resident carol = village.join("carol");
        village.server.check = (device, frame) -> frame.hasClaimKeyPackages()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.PEER_UNREACHABLE, "peer away"))
                : Optional.empty();
        long command = alice.add(channel, carol);
        village.pass(600_000);
        assertThat(codeOf(alice.outcome(command))).isEqualTo(RefusalCode.PEER_UNREACHABLE);
        assertThat(alice.engine().channel(channel).orElseThrow().pendingChanges())
                .isZero();
    }

    @Test
    @DisplayName("KeyPackages of another member than was asked for")
    void foreignKeyPackage() {
        Resident carol = village.join("carol");
        UserId mallory = new UserId("mallory", FakeServer.NAME);
        village.server.claimInstead(mallory, carol.user());
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.AddMember(command, channel, mallory));
        village.settle();
        assertThat(codeOf(alice.outcome(command))).isEqualTo(RefusalCode.INVALID_KEY_PACKAGE);
        assertThat(alice.engine().members(channel)).hasSize(2);
    }

    @Test
    @DisplayName("a member without KeyPackages")
    void noKeyPackages() {
        Resident carol = village.join("carol");
        village.server.devices.values().stream()
                .filter(device -> device.user.equals(carol.user()))
                .forEach(device -> {
                    device.keyPackages.clear();
                    device.lastResort.clear();
                });
        assertThat(codeOf(alice.outcome(alice.add(channel, carol)))).isEqualTo(RefusalCode.NO_KEY_PACKAGE);
    }

    @Test
    @DisplayName("nothing of a frame that is no frame but the connection, and comes back")
    void malformedFrame() {
        alice.receiveRaw(Bytes.ofHex("ffffffff"));
        assertThat(alice.engine().connection()).isNotEqualTo(ConnectionState.ONLINE);
        village.pass(120_000);
        assertThat(alice.engine().connection()).isEqualTo(ConnectionState.ONLINE);
    }

    @Test
    @DisplayName(
            "an entry that does not follow on its log, with the hub's head over it: the channel is frozen, loudly, and"
                    + " the history kept")
    void brokenChain() {
        FakeChannel forged = forgedLog();
        bob.receive(entries(List.of(forged.entries.get(forged.entries.size() - 1)), Optional.of(forged)));
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.FROZEN);
        assertThat(bob.texts(channel)).containsExactly("real");
        assertThat(bob.events(ClientEvent.ForkDetected.class))
                .singleElement()
                .satisfies(fork -> assertThat(fork.frozen()).isTrue());
        assertThat(codeOf(bob.send(channel, "hello?"))).isEqualTo(RefusalCode.CHANNEL_FROZEN);
    }

    @Test
    @DisplayName("the same where that log is longer than a frame, so that the head comes with the last of many only")
    void brokenChainOfManyFrames() {
        FakeChannel forged = forgedLog();
        FakeChannel real = village.server.channel(channel);
        Record record = real.typed.get(real.typed.size() - 1).record();
        forged.append(RecordKind.APPLICATION, record.epoch(), key(3), record.device(), record.payload());
        List<LogEntry> behind = forged.entries.subList((int) real.position.seq(), forged.entries.size());
        bob.receive(entries(behind.subList(0, 1), Optional.empty()));
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        bob.receive(entries(behind.subList(1, 2), Optional.of(forged)));
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.FROZEN);
        assertThat(bob.texts(channel)).containsExactly("real");
        assertThat(bob.engine().connection()).isEqualTo(ConnectionState.ONLINE);
    }

    @Test
    @DisplayName(
            "anything of such a log as long as no head of the hub's stands at its end, and goes on with the true one")
    void forkWithoutAHead() {
        FakeChannel forged = forgedLog();
        bob.receive(
                entries(forged.entries.subList(forged.entries.size() - 1, forged.entries.size()), Optional.empty()));
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        alice.send(channel, "on");
        assertThat(bob.texts(channel)).containsExactly("real", "on");
        assertThat(bob.engine().connection()).isEqualTo(ConnectionState.ONLINE);
        assertThat(bob.events(ClientEvent.ForkDetected.class)).isEmpty();
    }

    @Test
    @DisplayName("to freeze a channel by another's signature: the connection is given up, and the log asked for again")
    void unprovenFork() {
        FakeChannel forged = forgedLog();
        FakeChannel real = village.server.channel(channel);
        LogEntry last = forged.entries.get(forged.entries.size() - 1);
        List<ServerFrame> unproven = List.of(
                // A head that covers something else proves nothing about these entries.
                entries(List.of(last), Optional.of(real)),
                entries(
                        List.of(last),
                        Optional.of(forged.signedBy(
                                Ed25519.keyPair(Bytes.ofHex("44".repeat(32)).toByteArray())))));
        for (ServerFrame frame : unproven) {
            bob.receive(frame);
            assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
            assertThat(bob.engine().connection()).isNotEqualTo(ConnectionState.ONLINE);
            village.pass(120_000);
            assertThat(bob.engine().connection()).isEqualTo(ConnectionState.ONLINE);
        }
        assertThat(bob.events(ClientEvent.ForkDetected.class)).isEmpty();
        alice.send(channel, "on");
        assertThat(bob.texts(channel)).containsExactly("real", "on");
    }

    @Test
    @DisplayName("to blame the hub for an entry that its server made up beside the hub's head")
    void forgedEntryBesideARealHead() {
        alice.send(channel, "real");
        bob.cut();
        alice.send(channel, "unseen");
        FakeChannel real = village.server.channel(channel);
        Record record = real.typed.get(real.typed.size() - 1).record();
        FakeChannel forged = real.forkBefore(real.position.seq());
        forged.append(RecordKind.APPLICATION, record.epoch(), key(1), record.device(), record.payload());
        village.server.tamper = frame ->
                frame.hasEntries() && frame.getEntries().getEntriesCount() > 0
                        ? frame.toBuilder()
                                .setEntries(frame.getEntries().toBuilder()
                                        .clearEntries()
                                        .addEntries(forged.entries.get(forged.entries.size() - 1)))
                                .build()
                        : frame;
        bob.reconnect();
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        village.server.tamper = frame -> frame;
        village.pass(120_000);
        assertThat(bob.texts(channel)).containsExactly("real", "unseen");
    }

    /** Another entry at the place of "real", and one behind it. */
    private FakeChannel forgedLog() {
        alice.send(channel, "real");
        FakeChannel real = village.server.channel(channel);
        Record record = real.typed.get(real.typed.size() - 1).record();
        FakeChannel forged = real.forkBefore(real.position.seq());
        forged.append(RecordKind.APPLICATION, record.epoch(), key(1), record.device(), record.payload());
        forged.append(RecordKind.APPLICATION, record.epoch(), key(2), record.device(), record.payload());
        return forged;
    }

    @Test
    @DisplayName("a head of the hub's that contradicts its log")
    void contradictingHead() {
        alice.send(channel, "real");
        FakeChannel real = village.server.channel(channel);
        Record record = real.typed.get(real.typed.size() - 1).record();
        FakeChannel forged = real.forkBefore(real.position.seq());
        forged.append(RecordKind.APPLICATION, record.epoch(), key(1), record.device(), record.payload());
        bob.receive(entries(List.of(), Optional.of(forged)));
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.FROZEN);
    }

    @Test
    @DisplayName("a head that the hub did not sign")
    void forgedHead() {
        bob.receive(entries(
                List.of(),
                Optional.of(village.server
                        .channel(channel)
                        .signedBy(Ed25519.keyPair(Bytes.ofHex("44".repeat(32)).toByteArray())))));
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(bob.engine().connection()).isNotEqualTo(ConnectionState.ONLINE);
        village.pass(120_000);
        alice.send(channel, "on");
        assertThat(bob.texts(channel)).containsExactly("on");
    }

    @Test
    @DisplayName("to deliver twice what the server sends twice")
    void repeatedEntries() throws RefusedException {
        alice.send(channel, "once");
        FakeChannel real = village.server.channel(channel);
        bob.receive(entries(real.entries, Optional.of(real)));
        bob.receive(entries(real.entries, Optional.of(real)));
        assertThat(bob.told()).containsExactly("once");
        assertThat(EntryIn.of(real.entries.get(0)).claimedSeq()).isEqualTo(1);
    }

    @Test
    @DisplayName("the same ciphertext under another name, the same name twice, and garbage: each with its named reason")
    void unreadable() {
        alice.send(channel, "real");
        FakeChannel log = village.server.channel(channel);
        Record record = log.typed.get(log.typed.size() - 1).record();
        log.append(RecordKind.APPLICATION, record.epoch(), key(9), record.device(), record.payload());
        log.append(RecordKind.APPLICATION, record.epoch(), record.idempotencyKey(), record.device(), record.payload());
        log.append(RecordKind.APPLICATION, record.epoch(), key(8), record.device(), Bytes.ofHex("0011"));
        log.append(RecordKind.APPLICATION, 99, key(7), record.device(), record.payload());
        log.append(RecordKind.APPLICATION, 0, key(6), record.device(), record.payload());
        log.append(RecordKind.CONTROL, record.epoch(), key(3), Optional.empty(), Bytes.ofHex("00"));
        log.append(
                RecordKind.APPLICATION,
                record.epoch(),
                key(2),
                Optional.of(bob.engine().account().orElseThrow().device()),
                record.payload());
        village.server.push();
        village.settle();
        assertThat(reasons(bob))
                .containsExactly(
                        UnreadableReason.KEY_CONSUMED,
                        UnreadableReason.KEY_CONSUMED,
                        UnreadableReason.DECRYPTION_FAILED,
                        UnreadableReason.EPOCH_AHEAD,
                        UnreadableReason.JOINED_LATER,
                        UnreadableReason.CONTROL_INVALID,
                        UnreadableReason.OWN_RECORD_UNKNOWN);
        alice.send(channel, "still going");
        assertThat(bob.texts(channel)).containsExactly("real", "still going");
    }

    /** What a hub must not order, and everybody who follows the log can see. */
    private enum Handshake {
        GARBAGE_COMMIT,
        GARBAGE_PROPOSAL,
        STRANGER_JOINS,
        STRANGER_JOINS_BY_A_MEMBER,
        STRANGER_APPLIES
    }

    private void append(FakeChannel to, FakeChannel log, Handshake what) throws MlsException, RefusedException {
        long epoch = log.group.epoch();
        Outsider mallory = new Outsider("mallory");
        Optional<DeviceId> alices =
                Optional.of(alice.engine().account().orElseThrow().device());
        switch (what) {
            case GARBAGE_COMMIT -> to.append(RecordKind.COMMIT, epoch, key(1), alices, Bytes.ofHex("00"));
            case GARBAGE_PROPOSAL -> to.append(RecordKind.PROPOSAL, epoch, key(1), alices, Bytes.ofHex("00"));
            case STRANGER_JOINS ->
                to.append(RecordKind.COMMIT, epoch, key(1), mallory.device(), mallory.externalCommit(log, key(1)));
            case STRANGER_JOINS_BY_A_MEMBER ->
                to.append(RecordKind.COMMIT, epoch, key(1), alices, mallory.externalCommit(log, key(1)));
            case STRANGER_APPLIES ->
                to.append(RecordKind.PROPOSAL, epoch, key(1), mallory.device(), mallory.application(log, key(1)));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a log in which its hub has ordered what it must not: it stops there, and keeps what proves it")
    void hubBreaksARule(Handshake what) throws MlsException, RefusedException, InvalidProtocolBufferException {
        FakeChannel log = village.server.channel(channel);
        append(log, log, what);
        village.server.push();
        village.settle();
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.FROZEN);
        StoredChannel row = Stored.parse(
                StoredChannel.parser(),
                bob.store.get(DeviceTable.CHANNEL, Keys.channel(channel)).orElseThrow());
        // With its origin's proof, or without: decision 0017.
        assertThat(LogEntry.parseFrom(row.getEvidenceEntry()).getEntry())
                .isEqualTo(log.entries.get(log.entries.size() - 1).getEntry());
        assertThat(row.getEvidenceHead()).isEqualTo(log.head().toByteString());
        assertThat(row.getSeq()).isEqualTo(log.position.seq() - 1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("such an entry without the hub's word for it: that is its own server's work, and changes nothing")
    void ownServerBreaksARule(Handshake what) throws MlsException, RefusedException {
        FakeChannel log = village.server.channel(channel);
        FakeChannel forged = log.forkBefore(log.position.seq() + 1);
        append(forged, log, what);
        bob.receive(entries(List.of(forged.entries.get(forged.entries.size() - 1)), Optional.empty()));
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(bob.engine().connection()).isNotEqualTo(ConnectionState.ONLINE);
        village.pass(120_000);
        alice.send(channel, "among us");
        assertThat(bob.texts(channel)).containsExactly("among us");
    }

    /** Somebody with a good certificate, whom the hub gives whatever it has. */
    private final class Outsider {
        private static final AuthenticationService NAIVE = new AuthenticationService() {
            @Override
            public boolean accepts(Credential credential, Bytes signatureKey) {
                return true;
            }

            @Override
            public boolean admits(OutsideRequest request, Credential credential, Bytes signatureKey) {
                return true;
            }
        };

        private final SignatureKeyPair deviceKey = SignatureKeyPair.generate(SUITE, village.random());
        private final DeviceCertificate certificate;

        Outsider(String name) {
            certificate = DeviceCertificate.issue(
                    Ed25519.generate(village.random()), new UserId(name, FakeServer.NAME), deviceKey.publicKey());
        }

        Optional<DeviceId> device() {
            return Optional.of(certificate.userDevice().device());
        }

        Bytes externalCommit(FakeChannel log, IdempotencyKey key) throws MlsException, RefusedException {
            Record last = log.typed.stream()
                    .map(chat.samara.wire.log.Entry::record)
                    .filter(record -> record.kind() == RecordKind.COMMIT && record.epoch() < log.group.epoch())
                    .reduce((first, second) -> second)
                    .orElseThrow();
            CommitBundle bundle = Group.joinExternal(
                            Payload.commit(last).getGroupInfo().toByteArray(),
                            Optional.of(log.group.ratchetTree()),
                            MemberCredential.of(certificate),
                            deviceKey,
                            new GroupEnvironment(NAIVE, village.random(), () -> Instant.ofEpochMilli(village.now)))
                    .authenticatedData(key.bytes().toByteArray())
                    .build(Capabilities.of(List.of(), List.of()))
                    .bundle();
            return Payload.commit(bundle.commit(), Bytes.EMPTY, bundle.groupInfo());
        }

        Bytes application(FakeChannel log, IdempotencyKey key) throws MlsException {
            long now = village.now / 1000;
            KeyPackageBundle bundle = KeyPackageBundle.generate(
                    SUITE,
                    deviceKey,
                    MemberCredential.of(certificate),
                    Capabilities.of(List.of(), List.of()),
                    new Lifetime(now - 60, now + 3600),
                    List.of(),
                    village.random());
            return Bytes.of(ExternalProposals.byNewMember(
                    log.group.groupId(),
                    log.group.epoch(),
                    bundle.keyPackage(),
                    deviceKey,
                    key.bytes().toByteArray(),
                    now));
        }
    }

    @Test
    @DisplayName("a record that was relabelled before it was ordered")
    void relabelled() {
        village.server.relabel = true;
        alice.send(channel, "hello");
        assertThat(reasons(bob)).containsExactly(UnreadableReason.RELABELLED);
        assertThat(bob.texts(channel)).isEmpty();
    }

    @Test
    @DisplayName("to close an epoch that has no successor")
    void presentEpochIsNotClosed() {
        village.server
                .channel(channel)
                .append(RecordKind.CONTROL, 1, key(1), Optional.empty(), Payload.epochClosed(Long.MAX_VALUE));
        village.server.push();
        village.settle();
        alice.send(channel, "still readable");
        assertThat(bob.texts(channel)).containsExactly("still readable");
    }

    @Test
    @DisplayName("a message of an epoch that was closed, and names the reason")
    void closedEpoch() {
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        alice.send(channel, "late");
        village.server.hubIsCut = false;
        bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
        village.settle();
        village.server.closeEpochs(channel, 1);
        village.server.channel(channel).closedThrough = -1;
        village.server.reachHub();
        village.settle();
        assertThat(reasons(bob)).containsExactly(UnreadableReason.EPOCH_EXPIRED);
    }

    @Test
    @DisplayName("to be silent about a member who has seen another log")
    void forkSeenByAnother() {
        // Alice's own view of the log's end is forged on her disk, and the hub signs it for her, so what she says of it
        // disagrees with bob's.
        FakeChannel log = village.server.channel(channel);
        SignedHead forged =
                log.headAt(new LogPosition(channel, 1, log.position.seq(), Bytes.of(new byte[Sha256.BYTES])));
        village.server.tamper = frame ->
                frame.hasEntries() && frame.getEntries().hasHead()
                        ? frame.toBuilder()
                                .setEntries(frame.getEntries().toBuilder().setHead(forged))
                                .build()
                        : frame;
        alice.forgeLastEntryHash(channel);
        village.settle();
        village.server.tamper = frame -> frame;
        alice.send(channel, "hello");
        village.settle();
        assertThat(bob.texts(channel)).containsExactly("hello");
        assertThat(bob.events(ClientEvent.ForkDetected.class))
                .singleElement()
                .satisfies(fork -> assertThat(fork.frozen()).isFalse());
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
    }

    @Test
    @DisplayName(
            "no channel whose log shows a leaf of it, though it does not hold the KeyPackage of the Welcome: it comes in by itself")
    void welcomeWithoutItsKeyPackage() {
        Resident carol = village.join("carol");
        carol.stop();
        carol.store.clear(DeviceTable.KEY_PACKAGE);
        alice.add(channel, carol);
        carol.start();
        village.pass(60_000);
        assertThat(carol.events(ClientEvent.WelcomeRefused.class)).isEmpty();
        assertThat(carol.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        carol.send(channel, "here I am");
        alice.send(channel, "hello carol");
        village.pass(1_000);
        assertThat(alice.texts(channel)).endsWith("here I am", "hello carol");
        assertThat(carol.texts(channel)).containsExactly("here I am", "hello carol");
        carol.cut();
        carol.reconnect();
        village.pass(1_000);
        assertThat(village.server.devices.values())
                .allSatisfy(device -> assertThat(device.welcomes).isEmpty());
    }

    @Test
    @DisplayName("a Welcome for somebody else, and acknowledges it so that it does not wait for ever")
    void foreignWelcome() {
        Resident carol = village.join("carol");
        Resident dave = village.join("dave");
        dave.stop();
        alice.add(channel, dave);
        FakeServer.FakeDevice mailbox = device(carol);
        mailbox.welcomes.addAll(device(dave).welcomes);
        carol.cut();
        carol.reconnect();
        village.pass(10_000);
        assertThat(carol.events(ClientEvent.WelcomeRefused.class))
                .singleElement()
                .satisfies(event -> assertThat(event.refusal().code()).isEqualTo(RefusalCode.NO_KEY_PACKAGE));
        assertThat(carol.engine().channels()).isEmpty();
        assertThat(mailbox.welcomes).isEmpty();
    }

    private FakeServer.FakeDevice device(Resident resident) {
        return village.server.devices.values().stream()
                .filter(it -> it.user.equals(resident.user()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    @DisplayName("a Welcome whose genesis is another channel's")
    void welcomeOfAnotherChannel() {
        Resident carol = village.join("carol");
        Bytes other = village.server.channel(alice.create("other")).signedGenesis;
        village.server.tamper = frame -> frame.hasWelcomes()
                ? frame.toBuilder()
                        .setWelcomes(frame.getWelcomes().toBuilder()
                                .setWelcomes(
                                        0,
                                        frame.getWelcomes().getWelcomes(0).toBuilder()
                                                .setSignedGenesis(Protobuf.toByteString(other))))
                        .build()
                : frame;
        alice.add(channel, carol);
        assertThat(carol.events(ClientEvent.WelcomeRefused.class)).hasSize(1);
        assertThat(carol.engine().channels()).isEmpty();

        village.server.tamper = frame -> frame;
        carol.cut();
        carol.reconnect();
        village.pass(10_000);
        alice.send(channel, "hello carol");
        assertThat(carol.texts(channel)).as("what was bent waits still").containsExactly("hello carol");
    }

    @Test
    @DisplayName("to give up a Welcome for good when what its server gave to prove it was false")
    void welcomeAfterFalseHandshakes() {
        Resident carol = village.join("carol");
        village.server.handshakes = (device, asked) -> Handshakes.newBuilder()
                .setChannelId(asked.getChannelId())
                .setThroughSeq(asked.getThroughSeq())
                .build();
        alice.add(channel, carol);
        village.pass(60_000);
        carol.cut();
        carol.reconnect();
        village.pass(60_000);
        assertThat(carol.events(ClientEvent.WelcomeRefused.class))
                .as("told once")
                .hasSize(1);
        village.server.handshakes = (device, asked) ->
                village.server.channel(channel).handshakes(asked.getAfterSeq(), asked.getThroughSeq(), 100);
        carol.cut();
        carol.reconnect();
        village.pass(10_000);
        alice.send(channel, "hello carol");
        assertThat(carol.texts(channel)).containsExactly("hello carol");
    }

    @Test
    @DisplayName("to wait for ever for the next epoch when its server says that the newest is over")
    void falselyExpired() {
        village.server.check = (device, frame) -> frame.hasSubmit()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.EPOCH_EXPIRED, "says a server that lies"))
                : Optional.empty();
        alice.send(channel, "first");
        alice.send(channel, "second");
        village.pass(60_000);
        assertThat(bob.texts(channel)).doesNotContain("first", "second");
        village.server.check = (device, frame) -> Optional.empty();
        alice.cut();
        alice.reconnect();
        village.pass(60_000);
        assertThat(bob.texts(channel)).endsWith("first", "second");
    }

    private List<UnreadableReason> reasons(Resident resident) {
        List<UnreadableReason> reasons = new ArrayList<>();
        for (Message message : resident.history(channel)) {
            if (message.body() instanceof MessageBody.Unreadable unreadable) {
                reasons.add(unreadable.reason());
            }
        }
        return reasons;
    }

    private static IdempotencyKey key(int value) {
        return IdempotencyKey.random(bytes -> java.util.Arrays.fill(bytes, (byte) value));
    }

    private ServerFrame entries(List<LogEntry> entries, Optional<FakeChannel> head) {
        Entries.Builder message = Entries.newBuilder()
                .setChannelId(Protobuf.toByteString(channel.bytes()))
                .addAllEntries(entries);
        head.ifPresent(it -> message.setHead(it.head()));
        return ServerFrame.newBuilder().setEntries(message).build();
    }

    @Test
    @DisplayName("to talk on a silent connection: it is probed, given up and made anew")
    void silence() {
        village.server.check = (device, frame) -> {
            if (frame.getBodyCase() == ClientFrame.BodyCase.PING) {
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        long before = alice.events(ClientEvent.ConnectionChanged.class).size();
        village.pass(90_000);
        assertThat((long) alice.events(ClientEvent.ConnectionChanged.class).size())
                .isGreaterThan(before);
        assertThat(alice.engine().connection()).isEqualTo(ConnectionState.ONLINE);
    }
}
