package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredMembership;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.channel.MemberCredential;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.CommitSignature;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.GenesisControl;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.WaitingWelcome;
import chat.samara.wire.proto.Welcomes;
import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A device's own server, which lies in everything, tries to bring it into a group of its own. It has what a server has: the log with
 * all handshakes, the device's KeyPackages, accounts for the asking, and the hub's key, since it is the hub.
 */
@DisplayName("A device's own server")
class ForgedWelcomeTest {
    private final Village village = new Village(11);
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
        alice.send(channel, "before");
    }

    /** The attacker's own group, under the channel's id and with a KeyPackage of the victim's that anybody can claim. */
    private final class Forgery {
        private final SignatureKeyPair deviceKey = Ed25519.generate(village.random());
        private final DeviceCertificate certificate = DeviceCertificate.issue(
                Ed25519.generate(village.random()), new UserId("mallory", FakeServer.NAME), deviceKey.publicKey());
        final Group group;
        final CommitBundle commit;
        final KeyPackage keyPackage;
        final IdempotencyKey key = IdempotencyKey.random(village.random());

        Forgery(ChannelId under, CipherSuite suite, Resident victim) {
            try {
                GroupEnvironment environment = new GroupEnvironment(
                        new DeviceAuthentication(), village.random(), () -> Instant.ofEpochMilli(village.now));
                group = Group.create(
                        new GroupConfig(
                                suite,
                                under.mlsGroupId(),
                                List.of(),
                                OwnLeaf.capabilities(),
                                OwnKeyPackages.lifetime(village.now)),
                        MemberCredential.of(certificate),
                        deviceKey,
                        environment);
                ByteString claimed = deviceOf(victim).take(suite.code()).orElseThrow();
                keyPackage = MlsMessage.decode(claimed.toByteArray())
                        .requireKeyPackage()
                        .verify(new DeviceAuthentication());
                commit = group.commit()
                        .authenticatedData(key.bytes().toByteArray())
                        .add(keyPackage)
                        .build();
            } catch (MlsException e) {
                throw new AssertionError(e);
            }
        }

        DeviceId device() {
            return certificate.userDevice().device();
        }

        Bytes payload() {
            return Payload.commit(commit.commit(), commit.welcome().orElseThrow(), commit.groupInfo());
        }

        WaitingWelcome welcome(FakeChannel log, LogPosition place) {
            return waiting(log, place, keyPackage.ref(), commit.welcome().orElseThrow());
        }
    }

    private static WaitingWelcome waiting(FakeChannel log, LogPosition place, Bytes ref, Bytes welcome) {
        return WaitingWelcome.newBuilder()
                .setChannelId(Protobuf.toByteString(log.id.bytes()))
                .setSignedGenesis(Protobuf.toByteString(log.signedGenesis))
                .setSeq(place.seq())
                .setEntryHash(Protobuf.toByteString(place.entryHash()))
                .setKeyPackageRef(Protobuf.toByteString(ref))
                .setWelcome(Protobuf.toByteString(welcome))
                .build();
    }

    private FakeServer.FakeDevice deviceOf(Resident resident) {
        return village.server.devices.values().stream()
                .filter(it -> it.user.equals(resident.user()))
                .findFirst()
                .orElseThrow();
    }

    /** Lets a Welcome wait for a device, and says so. */
    private void give(Resident victim, WaitingWelcome welcome) {
        deviceOf(victim).welcomes.add(welcome);
        victim.receive(ServerFrame.newBuilder()
                .setWelcomes(Welcomes.newBuilder().addWelcomes(welcome))
                .build());
        village.pass(60_000);
    }

    private FakeChannel log() {
        return village.server.channel(channel);
    }

    private LogPosition placeBehind(FakeChannel log, long count) {
        return new LogPosition(log.id, 1, log.position.seq() + count, Bytes.ofHex("77".repeat(32)));
    }

    /** Everything that a device believes, by table and key. */
    private static Map<String, Bytes> beliefs(Resident resident) {
        Map<String, Bytes> rows = new TreeMap<>();
        for (DeviceTable table : DeviceTable.values()) {
            resident.store.scan(table, Keys.FIRST, Keys.LAST, (key, value) -> {
                rows.put(table + " " + key.hex(), Bytes.of(value));
                return true;
            });
        }
        return rows;
    }

    private static List<RefusalCode> refusals(Resident resident) {
        return resident.events(ClientEvent.WelcomeRefused.class).stream()
                .map(event -> event.refusal().code())
                .toList();
    }

    private String sentence() {
        return bob.events(ClientEvent.WelcomeRefused.class).get(0).refusal().sentence();
    }

    private void requireUnmoved(Resident victim, Map<String, Bytes> before) {
        assertThat(refusals(victim)).containsExactly(RefusalCode.UNPROVEN_WELCOME);
        requireSameBeliefs(beliefs(victim), before);
    }

    /** All is as it was; only that more KeyPackages may have been published meanwhile, which the account's row notes. */
    private static void requireSameBeliefs(Map<String, Bytes> now, Map<String, Bytes> before) {
        now.keySet().removeIf(row -> row.startsWith(DeviceTable.ACCOUNT.name()));
        before.keySet().removeIf(row -> row.startsWith(DeviceTable.ACCOUNT.name()));
        assertThat(now).containsAllEntriesOf(before);
        assertThat(now.keySet())
                .allMatch(row -> before.containsKey(row) || row.startsWith(DeviceTable.KEY_PACKAGE.name()));
    }

    /** Entries that skip some, twice: the victim cannot read on, and may take itself for removed. */
    private void skipEntries() {
        FakeChannel log = log();
        Record last = log.typed.get(log.typed.size() - 1).record();
        FakeChannel far = log.forkBefore(log.position.seq());
        for (int i = 0; i < 5; i++) {
            far.append(
                    RecordKind.APPLICATION,
                    last.epoch(),
                    IdempotencyKey.random(village.random()),
                    last.device(),
                    last.payload());
        }
        ServerFrame frame = ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .addEntries(far.entries.get(far.entries.size() - 1)))
                .build();
        bob.receive(frame);
        bob.receive(frame);
    }

    private void requireStillAmongAliceAndBob() {
        assertThat(bob.engine().members(channel)).extracting(Member::user).containsExactly(alice.user(), bob.user());
        bob.stop();
        bob.start();
        village.pass(10_000);
        bob.send(channel, "for alice");
        village.settle();
        assertThat(alice.texts(channel)).endsWith("for alice");
    }

    @Test
    @DisplayName("cannot skip entries and then welcome a member into another group of the same id")
    void gapAndWelcome() {
        Forgery forgery = new Forgery(channel, CipherSuite.X25519_AES128GCM_SHA256_ED25519, bob);
        skipEntries();
        Map<String, Bytes> before = beliefs(bob);
        give(bob, forgery.welcome(log(), placeBehind(log(), 10)));
        requireUnmoved(bob, before);
        assertThat(bob.events(ClientEvent.LogWithheld.class)).hasSize(1);
        requireStillAmongAliceAndBob();
    }

    @Test
    @DisplayName("cannot do so with a classic group under a post-quantum genesis")
    void classicUnderPostQuantum() {
        channel = alice.create("secret", ChannelSuite.POST_QUANTUM);
        alice.add(channel, bob);
        village.pass(1_000);
        alice.send(channel, "before");
        Forgery forgery = new Forgery(channel, CipherSuite.X25519_AES128GCM_SHA256_ED25519, bob);
        skipEntries();
        Map<String, Bytes> before = beliefs(bob);
        give(bob, forgery.welcome(log(), placeBehind(log(), 10)));
        requireUnmoved(bob, before);
        requireStillAmongAliceAndBob();
    }

    @Test
    @DisplayName("cannot welcome a device that has never heard of a post-quantum channel into a classic group")
    void classicForAStranger() {
        channel = alice.create("secret", ChannelSuite.POST_QUANTUM);
        alice.send(channel, "before");
        Forgery forgery = new Forgery(channel, CipherSuite.X25519_AES128GCM_SHA256_ED25519, bob);
        Map<String, Bytes> before = beliefs(bob);
        offer(forgery, log().forkBefore(2), log().entries.subList(0, 1), forgery.device(), 0, forgery.payload());
        requireUnmoved(bob, before);
    }

    @Test
    @DisplayName("cannot welcome into a channel that is frozen")
    void frozen() {
        FakeChannel forged = log().forkBefore(log().position.seq());
        Record last = log().typed.get(log().typed.size() - 1).record();
        forged.append(
                RecordKind.APPLICATION,
                last.epoch(),
                IdempotencyKey.random(village.random()),
                last.device(),
                last.payload());
        bob.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .setHead(forged.head()))
                .build());
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.FROZEN);
        Map<String, Bytes> before = beliefs(bob);
        Forgery forgery = new Forgery(channel, CipherSuite.X25519_AES128GCM_SHA256_ED25519, bob);
        give(bob, forgery.welcome(log(), placeBehind(log(), 10)));
        requireUnmoved(bob, before);
        assertThat(sentence()).contains("is frozen").doesNotContain("is in already");
    }

    @Test
    @DisplayName("cannot welcome into a channel that the device is founding")
    void founding() {
        village.server.check = (device, frame) -> {
            if (frame.hasCreateChannel()) {
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        bob.command(new DeviceEvent.CreateChannel(bob.nextCommand(), "bob's own", ChannelSuite.STANDARD));
        village.settle();
        var state = bob.engine().channels().stream()
                .filter(it -> it.membership() == Membership.FOUNDING)
                .findFirst()
                .orElseThrow();
        StoredChannel row = Stored.parse(
                StoredChannel.parser(),
                bob.store.get(DeviceTable.CHANNEL, Keys.channel(state.id())).orElseThrow());
        Map<String, Bytes> before = beliefs(bob);
        Forgery forgery = new Forgery(state.id(), CipherSuite.X25519_AES128GCM_SHA256_ED25519, bob);
        give(
                bob,
                WaitingWelcome.newBuilder(forgery.welcome(log(), placeBehind(log(), 1)))
                        .setChannelId(Protobuf.toByteString(state.id().bytes()))
                        .setSignedGenesis(row.getSignedGenesis())
                        .build());
        requireUnmoved(bob, before);
        assertThat(sentence()).contains("is making").doesNotContain("is in already");
    }

    /** Offers bob a log that goes on from some entries with a commit, and a Welcome of that commit's. */
    private void offer(
            Forgery forgery, FakeChannel fork, List<LogEntry> genuine, DeviceId author, long epoch, Bytes payload) {
        fork.append(RecordKind.COMMIT, epoch, forgery.key, Optional.of(author), payload);
        List<LogEntry> told = new ArrayList<>(genuine);
        told.add(fork.entries.get(fork.entries.size() - 1));
        long afterSeq = bob.engine().channel(channel).map(it -> it.seq()).orElse(0L);
        village.server.handshakes = (device, asked) -> Handshakes.newBuilder()
                .setChannelId(asked.getChannelId())
                .addAllEntries(told.stream().filter(it -> seqOf(it) > afterSeq).toList())
                .setThroughSeq(asked.getThroughSeq())
                .build();
        give(bob, forgery.welcome(log(), fork.position));
    }

    private static long seqOf(LogEntry entry) {
        try {
            return chat.samara.wire.log.EntryIn.of(entry).claimedSeq();
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    private Forgery removedAndForged() {
        alice.remove(channel, bob);
        village.settle();
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.REMOVED);
        return new Forgery(channel, CipherSuite.X25519_AES128GCM_SHA256_ED25519, bob);
    }

    private FakeChannel continued() {
        return log().forkBefore(log().position.seq() + 1);
    }

    @Test
    @DisplayName("cannot bring back a removed device by a commit of somebody who is no member")
    void authorIsNoMember() {
        Forgery forgery = removedAndForged();
        Map<String, Bytes> before = beliefs(bob);
        offer(forgery, continued(), List.of(), forgery.device(), log().group.epoch(), forgery.payload());
        requireUnmoved(bob, before);
    }

    @Test
    @DisplayName("cannot bring back a removed device by a stranger's commit under a member's name")
    void authorIsAnother() {
        Forgery forgery = removedAndForged();
        Map<String, Bytes> before = beliefs(bob);
        DeviceId alices = alice.engine().account().orElseThrow().device();
        offer(forgery, continued(), List.of(), alices, log().group.epoch(), forgery.payload());
        requireUnmoved(bob, before);
    }

    @Test
    @DisplayName("cannot make a log up from the genesis, with a first member of its own")
    void forgedGenesisTree() throws MlsException {
        channel = alice.create("never heard of");
        village.settle();
        Forgery forgery = new Forgery(channel, CipherSuite.X25519_AES128GCM_SHA256_ED25519, bob);
        FakeChannel forged = log().beginning(GenesisControl.newBuilder()
                .setSignedGenesis(Protobuf.toByteString(log().signedGenesis))
                .setGroupInfo(ByteString.copyFrom(forgery.group.groupInfo()))
                .setRatchetTree(ByteString.copyFrom(forgery.group.ratchetTree()))
                .build());
        Map<String, Bytes> before = beliefs(bob);
        offer(forgery, forged, List.copyOf(forged.entries), forgery.device(), 0, forgery.payload());
        requireUnmoved(bob, before);
        assertThat(bob.engine().channel(channel)).isEmpty();
    }

    /** A member's genuine commit that brings bob back, changed on its way, with the Welcome that belongs to it. */
    private void tamperedReturn(UnaryOperator<CommitPayload> change) {
        tamperedReturn(change, place -> place);
    }

    private void tamperedReturn(UnaryOperator<CommitPayload> change, UnaryOperator<WaitingWelcome> welcome) {
        alice.remove(channel, bob);
        village.settle();
        Map<String, Bytes> before = beliefs(bob);
        bob.cut();
        alice.add(channel, bob);
        village.settle();
        FakeChannel log = log();
        Entry genuine = log.typed.get(log.typed.size() - 1).record().kind() == RecordKind.COMMIT
                ? log.typed.get(log.typed.size() - 1)
                : log.typed.get(log.typed.size() - 2);
        FakeChannel fork = log.forkBefore(genuine.seq());
        Record record = genuine.record();
        try {
            fork.append(
                    RecordKind.COMMIT,
                    record.epoch(),
                    record.idempotencyKey(),
                    record.device(),
                    Protobuf.encode(change.apply(Payload.commit(record))));
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
        village.server.handshakes = (device, asked) -> Handshakes.newBuilder()
                .setChannelId(asked.getChannelId())
                .addEntries(fork.entries.get(fork.entries.size() - 1))
                .setThroughSeq(asked.getThroughSeq())
                .build();
        FakeServer.FakeDevice device = deviceOf(bob);
        device.welcomes.replaceAll(it -> welcome.apply(it.toBuilder()
                .setEntryHash(Protobuf.toByteString(fork.position.entryHash()))
                .build()));
        bob.reconnect();
        village.pass(60_000);
        requireUnmoved(bob, before);
    }

    @Test
    @DisplayName("cannot change a genuine commit's confirmation tag")
    void otherTag() {
        tamperedReturn(payload -> {
            byte[] commit = payload.getCommit().toByteArray();
            // The end of a member's PublicMessage is its membership tag; before it stands the confirmation tag.
            commit[commit.length - 40] ^= 1;
            return payload.toBuilder().setCommit(ByteString.copyFrom(commit)).build();
        });
    }

    @Test
    @DisplayName("cannot change the GroupInfo beside a genuine commit")
    void otherGroupInfo() {
        tamperedReturn(payload -> {
            byte[] groupInfo = payload.getGroupInfo().toByteArray();
            groupInfo[groupInfo.length / 2] ^= 1;
            return payload.toBuilder()
                    .setGroupInfo(ByteString.copyFrom(groupInfo))
                    .build();
        });
    }

    @Test
    @DisplayName("cannot put a Welcome of its own into a genuine commit's entry")
    void welcomeSwapped() {
        tamperedReturn(payload -> payload.toBuilder()
                .setWelcome(Protobuf.toByteString(new Forgery(channel, CipherSuite.X25519_AES128GCM_SHA256_ED25519, bob)
                        .commit
                        .welcome()
                        .orElseThrow()))
                .build());
    }

    @Test
    @DisplayName("cannot lead a device elsewhere with a member's help, whose commit bears a stranger's Welcome")
    void memberAddsWithAStrangersWelcome() {
        memberAdds(forgery -> forgery.commit.welcome().orElseThrow());
    }

    @Test
    @DisplayName("cannot lead a device elsewhere with a member's help, whose commit bears the Welcome of a twin")
    void memberAddsWithATwinsWelcome() {
        memberAdds(forgery -> commitOfAlices(forgery, IdempotencyKey.random(village.random()))
                .welcome()
                .orElseThrow());
    }

    private CommitBundle commitOfAlices(Forgery forgery, IdempotencyKey key) {
        try {
            return GroupVault.load(alice.store, channel, village.random(), () -> Instant.ofEpochMilli(village.now))
                    .orElseThrow()
                    .commit()
                    .authenticatedData(key.bytes().toByteArray())
                    .add(forgery.keyPackage)
                    .build();
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    private void memberAdds(Function<Forgery, Bytes> welcome) {
        Forgery forgery = removedAndForged();
        CommitBundle genuine = commitOfAlices(forgery, forgery.key);
        OwnIdentity own = alice.store
                .get(DeviceTable.ACCOUNT, Keys.ACCOUNT)
                .map(OwnIdentity::of)
                .orElseThrow();
        Bytes payload = CommitSignature.sign(
                own.deviceKey(),
                channel,
                forgery.key,
                new CommitSignature.Parts(genuine.commit(), welcome.apply(forgery), genuine.groupInfo(), 0));
        long submitted = submitted();
        offer(forgery, continued(), List.of(), own.device(), log().group.epoch(), payload);
        // The member's commit stands for itself: the device is where that leads, without a group, and not where the
        // Welcome does.
        assertThat(refusals(bob)).isEmpty();
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.RETURNING);
        assertThat(bob.engine().members(channel)).extracting(Member::user).containsExactly(alice.user(), bob.user());
        assertThat(bob.store.size(DeviceTable.GROUP)).isZero();
        // No head of the hub's covers that commit.
        bob.send(channel, "for alice only");
        village.pass(60_000);
        assertThat(submitted()).isEqualTo(submitted);
    }

    private long submitted() {
        return village.server.log.stream()
                .filter(ClientFrame.BodyCase.SUBMIT::equals)
                .count();
    }

    @Test
    @DisplayName("cannot point to a genuine commit that adds another KeyPackage")
    void anotherKeyPackage() {
        Forgery forgery = removedAndForged();
        Resident carol = village.join("carol");
        Map<String, Bytes> before = beliefs(bob);
        alice.add(channel, carol);
        village.settle();
        Entry carols = log().typed.stream()
                .filter(it -> it.record().kind() == RecordKind.COMMIT)
                .reduce((first, second) -> second)
                .orElseThrow();
        give(bob, forgery.welcome(log(), carols.position()));
        requireUnmoved(bob, before);
    }

    @Test
    @DisplayName("cannot use an old genuine Welcome once more, neither at its place nor at a later one")
    void replayed() {
        Resident carol = village.join("carol");
        bob.cut();
        carol.cut();
        alice.add(channel, carol);
        WaitingWelcome old = deviceOf(carol).welcomes.get(0);
        carol.reconnect();
        village.pass(1_000);
        alice.remove(channel, carol);
        village.settle();
        assertThat(carol.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.REMOVED);
        Map<String, Bytes> before = beliefs(carol);
        give(carol, old);
        requireSameBeliefs(beliefs(carol), before);
        LogPosition end = log().position;
        give(
                carol,
                old.toBuilder()
                        .setSeq(end.seq() + 1)
                        .setEntryHash(Protobuf.toByteString(end.entryHash()))
                        .build());
        requireSameBeliefs(beliefs(carol), before);
        assertThat(carol.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.REMOVED);
    }

    @Test
    @DisplayName("can say what it likes beside the entry: the Welcome is the one that the commit's author put into it")
    void welcomeBeside() {
        Resident carol = village.join("carol");
        village.server.tamper = frame -> {
            if (!frame.hasWelcomes() || frame.getWelcomes().getWelcomesCount() == 0) {
                return frame;
            }
            ServerFrame.Builder changed = frame.toBuilder();
            changed.getWelcomesBuilder().getWelcomesBuilder(0).setWelcome(ByteString.copyFromUtf8("junk"));
            return changed.build();
        };
        alice.add(channel, carol);
        village.pass(1_000);
        alice.send(channel, "hello carol");
        assertThat(carol.texts(channel)).containsExactly("hello carol");
    }

    @Test
    @DisplayName("gets nothing said in a membership that the hub's log does not show: no head of the hub's covers it")
    void notInTheHubsLog() {
        Resident carol = village.join("carol");
        SignatureKeyPair another = Ed25519.generate(village.random());
        village.server.tamper = frame -> {
            boolean head = frame.hasEntries()
                    && frame.getEntries().hasHead()
                    && frame.getEntries().getChannelId().equals(Protobuf.toByteString(channel.bytes()));
            return head
                    ? frame.toBuilder()
                            .setEntries(frame.getEntries().toBuilder()
                                    .setHead(log().signedBy(another).head()))
                            .build()
                    : frame;
        };
        alice.add(channel, carol);
        village.pass(1_000);
        assertThat(carol.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        carol.send(channel, "is anybody there?");
        village.pass(60_000);
        assertThat(carol.store.size(DeviceTable.OUTGOING)).isEqualTo(1);
        assertThat(alice.texts(channel)).containsExactly("before");
        village.server.tamper = frame -> frame;
        village.pass(120_000);
        assertThat(alice.texts(channel)).containsExactly("before", "is anybody there?");
    }

    @Test
    @DisplayName(
            "gets it out of a membership again by the hub's word that another entry stands in its place, and it can be added anew")
    void anotherEntryInTheHubsLog() {
        Resident carol = village.join("carol");
        carol.cut();
        alice.add(channel, carol);
        village.settle();
        FakeChannel log = log();
        Entry genuine = log.typed.stream()
                .filter(it -> it.record().kind() == RecordKind.COMMIT)
                .reduce((first, second) -> second)
                .orElseThrow();
        FakeChannel fork = log.forkBefore(genuine.seq());
        // The same record in another entry: the commit is genuine, and its place is not.
        Record record = genuine.record();
        fork.append(record.kind(), record.epoch(), record.idempotencyKey(), record.device(), record.payload());
        assertThat(fork.position.entryHash()).isNotEqualTo(genuine.hash());
        village.server.handshakes = (device, asked) -> {
            Handshakes.Builder told = log.handshakes(asked.getAfterSeq(), asked.getThroughSeq(), 100).toBuilder();
            int last = told.getEntriesCount() - 1;
            return last < 0
                    ? told.build()
                    : told.setEntries(last, fork.entries.get(fork.entries.size() - 1))
                            .build();
        };
        deviceOf(carol)
                .welcomes
                .replaceAll(it -> it.toBuilder()
                        .setEntryHash(Protobuf.toByteString(fork.position.entryHash()))
                        .build());
        carol.reconnect();
        carol.send(channel, "hello?");
        village.pass(60_000);
        assertThat(carol.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.REMOVED);
        assertThat(carol.events(ClientEvent.ForkDetected.class)).isEmpty();
        assertThat(alice.texts(channel)).containsExactly("before");
        village.server.handshakes = village.server::trueHandshakes;
        alice.remove(channel, carol);
        alice.add(channel, carol);
        village.pass(60_000);
        alice.send(channel, "there you are");
        assertThat(carol.texts(channel)).containsExactly("there you are");
        assertThat(carol.store.size(DeviceTable.FOOTING)).isZero();
    }

    @Test
    @DisplayName("of a version that cannot show a log's handshakes is named, and the Welcome waits until it can")
    void olderServer() {
        village.server.check = (device, frame) -> frame.hasFetchHandshakes()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.UNSUPPORTED, "not known here"))
                : Optional.empty();
        Resident carol = village.join("carol");
        alice.add(channel, carol);
        village.pass(60_000);
        assertThat(carol.events(ClientEvent.WelcomeRefused.class))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.refusal().code()).isEqualTo(RefusalCode.SERVER_OUTDATED);
                    assertThat(event.refusal().sentence()).contains("server has to be updated");
                });
        assertThat(carol.engine().channels()).isEmpty();
        village.server.check = (device, frame) -> Optional.empty();
        carol.cut();
        carol.reconnect();
        village.pass(10_000);
        alice.send(channel, "hello carol");
        assertThat(carol.texts(channel)).containsExactly("hello carol");
    }

    @Test
    @DisplayName("is asked on from where the replay was left, by a device that was cut off amid it")
    void replayGoesOn() {
        for (int i = 0; i < 6; i++) {
            alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
            village.settle();
        }
        Resident carol = village.join("carol");
        village.server.handshakesPerFrame = 2;
        List<Long> asked = new ArrayList<>();
        village.server.check = (device, frame) -> {
            if (frame.hasFetchHandshakes()) {
                asked.add(frame.getFetchHandshakes().getAfterSeq());
                if (asked.size() == 3) {
                    throw new FakeServer.NoAnswer();
                }
            }
            return Optional.empty();
        };
        alice.add(channel, carol);
        village.settle();
        carol.stop();
        carol.start();
        village.pass(1_000);
        assertThat(asked.get(3)).as("with the last handshake once more").isEqualTo(asked.get(2) - 1);
        assertThat(asked.subList(0, 3)).startsWith(0L).isSorted();
        assertThat(asked.subList(3, asked.size())).doesNotContain(0L).isSorted();
        alice.send(channel, "hello carol");
        assertThat(carol.texts(channel)).containsExactly("hello carol");
        assertThat(carol.store.size(DeviceTable.REPLAY)).isZero();
    }

    @Test
    @DisplayName("has to lead a device whose version of before kept no group at its removal through that very removal")
    void removedByAnOlderVersion() {
        alice.remove(channel, bob);
        village.settle();
        bob.store.clear(DeviceTable.REPLAY);
        bob.cut();
        alice.add(channel, bob);
        village.settle();
        // A log in which bob was never removed where he knows that he was.
        long removal = bob.engine().channel(channel).orElseThrow().seq();
        bob.stop();
        Bytes row = Keys.channel(channel);
        byte[] genuine = bob.store.get(DeviceTable.CHANNEL, row).orElseThrow();
        StoredChannel known = Stored.parse(StoredChannel.parser(), genuine);
        assertThat(known.getMembership()).isEqualTo(StoredMembership.REMOVED);
        bob.store.put(
                DeviceTable.CHANNEL,
                row,
                known.toBuilder()
                        .setEntryHash(ByteString.copyFrom(new byte[32]))
                        .build()
                        .toByteArray());
        bob.cutOff = false;
        bob.start();
        village.pass(10_000);
        assertThat(refusals(bob)).containsExactly(RefusalCode.UNPROVEN_WELCOME);
        bob.stop();
        bob.store.put(DeviceTable.CHANNEL, row, genuine);
        bob.start();
        village.pass(10_000);
        assertThat(removal).isPositive();
        alice.send(channel, "welcome back");
        assertThat(bob.texts(channel)).containsExactly("before", "welcome back");
    }
}
