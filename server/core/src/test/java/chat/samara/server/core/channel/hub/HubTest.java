package chat.samara.server.core.channel.hub;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.group.ProposalDraft;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.proposal.Proposal;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Event;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.channel.rule.HubPolicy;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.CommitSignature.Parts;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.FetchGroupInfo;
import chat.samara.wire.proto.FetchWelcomes;
import chat.samara.wire.proto.GenesisControl;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The hub role: what is founded, ordered and refused. */
final class HubTest {
    private final World world = new World(5);
    private final TestServer berlin = world.server("berlin.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice bob = alice;
    private TestChannel home = alice.channel(alice.draft().id());

    @BeforeEach
    void found() {
        alice = berlin.member("alice");
        bob = berlin.member("bob");
        home = alice.found();
    }

    private TestChannel bobs() {
        return bob.channel(home.id());
    }

    private void addBob() {
        Expect.receipt(alice.invite(home, bob), ReceiptStatus.ORDERED);
        bob.join();
    }

    private IdempotencyKey freshKey() {
        return IdempotencyKey.random(world.random());
    }

    // ---- founding ----

    @Test
    @DisplayName(
            "the hub orders no commit that removes a member and adds it again, but by that member itself (exchanged-leaf)")
    void exchangedLeaf() throws Exception {
        TestDevice victim = berlin.member("victim");
        Expect.receipt(alice.invite(home, victim), ReceiptStatus.ORDERED);
        int leaf = home.leafOf(victim);
        KeyPackage again = victim.verifiedKeyPackage();
        var refused = Expect.rejected(
                alice.submit(alice.commit(home, builder -> builder.remove(leaf).add(again))),
                ErrorCode.INVALID_HANDSHAKE);
        assertThat(refused.getError().getDetail()).isEqualTo("exchanged-leaf");
    }

    @Test
    @DisplayName("a channel begins with its genesis at seq 1, and founding it again is answered the same")
    void founding() {
        TestDevice.Draft draft = alice.draft();
        assertThat(Expect.receipt(alice.create(draft), ReceiptStatus.ORDERED).getSeq())
                .isEqualTo(1);
        assertThat(Expect.receipt(alice.create(draft), ReceiptStatus.ORDERED).getSeq())
                .isEqualTo(1);
        assertThat(berlin.logs().position(draft.id()).orElseThrow().seq()).isEqualTo(1);
        assertThat(home.entries().get(0).record().kind()).isEqualTo(RecordKind.CONTROL);
    }

    @Test
    @DisplayName("a genesis that names another hub is refused")
    void otherHub() {
        TestServer tunis = world.server("tunis.example");
        Expect.error(alice.create(alice.draft(tunis)), ErrorCode.NOT_THE_HUB);
    }

    @Test
    @DisplayName("a genesis by another device is refused")
    void otherCreator() {
        Expect.error(alice.create(bob.draft()), ErrorCode.INVALID_PROOF);
    }

    @Test
    @DisplayName("a genesis with another's group, a cut GroupInfo or a changed tree is refused")
    void genesisGroup() {
        TestDevice.Draft one = alice.draft();
        TestDevice.Draft other = alice.draft();
        GenesisControl mixed = one.control().toBuilder()
                .setGroupInfo(other.control().getGroupInfo())
                .setRatchetTree(other.control().getRatchetTree())
                .build();
        Expect.error(alice.create(new TestDevice.Draft(one.id(), mixed, one.group())), ErrorCode.INVALID_HANDSHAKE);
        GenesisControl tree = one.control().toBuilder()
                .setRatchetTree(other.control().getRatchetTree())
                .build();
        Expect.error(alice.create(new TestDevice.Draft(one.id(), tree, one.group())), ErrorCode.INVALID_HANDSHAKE);
        GenesisControl cut = one.control().toBuilder()
                .setGroupInfo(one.control().getGroupInfo().substring(0, 20))
                .build();
        Expect.error(alice.create(new TestDevice.Draft(one.id(), cut, one.group())), ErrorCode.INVALID_HANDSHAKE);
        GenesisControl unsigned = one.control().toBuilder()
                .setSignedGenesis(one.control()
                        .getSignedGenesis()
                        .substring(0, one.control().getSignedGenesis().size() - 1)
                        .concat(com.google.protobuf.ByteString.copyFrom(new byte[] {0x55})))
                .build();
        Expect.error(alice.create(new TestDevice.Draft(one.id(), unsigned, one.group())), ErrorCode.INVALID_PROOF);
    }

    // ---- ordering ----

    @Test
    @DisplayName("messages are ordered as they come, and everyone reads the same")
    void order() {
        addBob();
        alice.say(home, "one");
        bob.say(bobs(), "two");
        alice.say(home, "three");
        assertThat(home.texts()).containsExactly("one", "two", "three");
        assertThat(bobs().texts()).containsExactly("one", "two", "three");
        assertThat(home.atHead()).isTrue();
    }

    @Test
    @DisplayName("the first valid commit of an epoch wins; the other is STALE_EPOCH, and can be built again (I4)")
    void commitRace() {
        addBob();
        Submission first = alice.update(home);
        Submission second = bob.update(bobs());
        Expect.receipt(alice.submit(first), ReceiptStatus.ORDERED);
        Expect.rejected(bob.submit(second), ErrorCode.STALE_EPOCH);
        Expect.receipt(bob.submit(bob.update(bobs())), ReceiptStatus.ORDERED);
        alice.say(home, "still here");
        assertThat(bobs().texts()).containsExactly("still here");
        assertThat(home.group().epoch()).isEqualTo(3);
    }

    @Test
    @DisplayName("a submission repeated under its key is answered the same and stands in the log once (I3)")
    void repeated() {
        Submission text = alice.text(home, "once");
        long seq = Expect.receipt(alice.submit(text), ReceiptStatus.ORDERED).getSeq();
        ServerFrame again = alice.ask(ClientFrame.newBuilder().setSubmit(alice.request(text, 77)));
        assertThat(Expect.receipt(again, ReceiptStatus.ORDERED).getSeq()).isEqualTo(seq);
        ServerFrame afresh =
                alice.ask(ClientFrame.newBuilder().setSubmit(alice.request(alice.textAs(home, "once", text.key()), 2)));
        assertThat(Expect.receipt(afresh, ReceiptStatus.ORDERED).getSeq()).isEqualTo(seq);
        assertThat(home.texts()).containsExactly("once");
    }

    @Test
    @DisplayName("another commit, or another kind, under a known key is a conflict")
    void conflict() {
        Submission commit = alice.update(home);
        alice.submit(commit);
        Submission other = alice.update(home);
        Submission same = new Submission(home.id(), RecordKind.COMMIT, other.epoch(), commit.key(), other.payload());
        Expect.error(alice.submit(same), ErrorCode.IDEMPOTENCY_CONFLICT);
        Submission kind = new Submission(home.id(), RecordKind.APPLICATION, 1, commit.key(), commit.payload());
        Expect.error(alice.submit(kind), ErrorCode.IDEMPOTENCY_CONFLICT);
    }

    @Test
    @DisplayName("a device_seq other than the next is a GAP that says which is wanted, and stores nothing")
    void gap() {
        Submission text = alice.text(home, "early");
        var error = Expect.error(alice.ask(ClientFrame.newBuilder().setSubmit(alice.request(text, 5))), ErrorCode.GAP);
        assertThat(error.getExpected()).isEqualTo(1);
        assertThat(alice.status(home.id(), text.key()).getStatus()).isEqualTo(ReceiptStatus.UNKNOWN);
        alice.submit(text);
        Submission next = alice.text(home, "late");
        error = Expect.error(alice.ask(ClientFrame.newBuilder().setSubmit(alice.request(next, 1))), ErrorCode.GAP);
        assertThat(error.getExpected()).isEqualTo(2);
    }

    @Test
    @DisplayName("a login tells the next device_seq and where the channels stand")
    void loginState() {
        alice.say(home, "one");
        ServerFrame login = alice.reconnect();
        assertThat(login.getLoggedIn().getChannelsList()).singleElement().satisfies(it -> {
            assertThat(it.getNextDeviceSeq()).isEqualTo(2);
            assertThat(it.getSeq()).isEqualTo(2);
        });
        assertThat(login.getLoggedIn().getKeyPackagesLeft()).isEqualTo(3);
    }

    @Test
    @DisplayName("a rejected submission uses its device_seq, and its key may be submitted again")
    void rejectedThenAgain() {
        addBob();
        Submission stale = bob.update(bobs());
        alice.submit(alice.update(home));
        Expect.rejected(bob.submit(stale), ErrorCode.STALE_EPOCH);
        assertThat(bob.status(home.id(), stale.key()).getStatus()).isEqualTo(ReceiptStatus.REJECTED);
        Expect.rejected(bob.submit(stale), ErrorCode.STALE_EPOCH);
        Expect.receipt(bob.say(bobs(), "next"), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName("no proposal is ordered that no device makes: each would make all others commit before they speak")
    void proposals() throws Exception {
        addBob();
        ProposalDraft remove = new ProposalDraft.Remove(home.group().ownLeafIndex());
        for (ProposalDraft draft : List.of(new ProposalDraft.Update(), remove)) {
            refused(bob.submit(proposal(draft, freshKey())), HubPolicy.PROPOSAL_NOT_ORDERED);
        }
        alice.say(home, "nothing waits");
        assertThat(bobs().texts()).containsExactly("nothing waits");
        Expect.sound(berlin);
    }

    private Submission updateProposal(IdempotencyKey key) throws Exception {
        return proposal(new ProposalDraft.Update(), key);
    }

    private Submission proposal(ProposalDraft draft, IdempotencyKey key) throws Exception {
        byte[] message = bobs().group().propose(draft, key.bytes().toByteArray());
        return new Submission(home.id(), RecordKind.PROPOSAL, bobs().group().epoch(), key, Bytes.of(message));
    }

    @Test
    @DisplayName("a proposal under another key than it is bound to, or of another epoch, is refused")
    void badProposals() throws Exception {
        addBob();
        Submission proposal = updateProposal(freshKey());
        Submission rekeyed = new Submission(home.id(), RecordKind.PROPOSAL, 1, freshKey(), proposal.payload());
        Expect.rejected(bob.submit(rekeyed), ErrorCode.INVALID_HANDSHAKE);
        Submission asCommit = new Submission(home.id(), RecordKind.PROPOSAL, 0, proposal.key(), proposal.payload());
        Expect.rejected(bob.submit(asCommit), ErrorCode.STALE_EPOCH);
    }

    @Test
    @DisplayName("what a member could not follow, or would end the group, is refused: pre-shared keys and ReInit (I4)")
    void notFollowable() throws Exception {
        addBob();
        ProposalDraft psk = new ProposalDraft.ResumptionPsk(home.id().mlsGroupId(), 1);
        ProposalDraft.ReInit reInit = new ProposalDraft.ReInit(
                freshKey().bytes(), home.group().publicGroup().suite(), List.of());
        Submission commit =
                alice.commit(home, builder -> builder.resumptionPsk(home.id().mlsGroupId(), 1));
        refused(alice.submit(commit), "pre-shared-key");
        refused(alice.submit(alice.commit(home, builder -> builder.reInit(reInit))), "reinit");
        refused(bob.submit(proposal(psk, freshKey())), "pre-shared-key");
        home.group().clearPendingCommit();
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName(
            "no commit puts anything into the GroupContext, which every later addition would have to carry: channels stay open")
    void extensionsOfTheGroup() {
        Extension ballast = new RequiredCapabilities(List.of(), Collections.nCopies(200_000, Proposal.ADD), List.of())
                .toExtension();
        Submission commit = alice.commit(home, builder -> builder.groupContextExtensions(List.of(ballast)));
        assertThat(commit.payload().size()).isLessThan(chat.samara.wire.Limits.PAYLOAD_BYTES_MAX);
        refused(alice.submit(commit), HandshakeRules.EXTENSIONS_NOT_ORDERED);
        Extension little = new RequiredCapabilities(List.of(), List.of(), List.of(Credential.BASIC)).toExtension();
        refused(
                alice.submit(alice.commit(home, builder -> builder.groupContextExtensions(List.of(little)))),
                HandshakeRules.EXTENSIONS_NOT_ORDERED);
        home.group().clearPendingCommit();
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
    }

    private static void refused(ServerFrame answer, String detail) {
        assertThat(Expect.rejected(answer, ErrorCode.INVALID_HANDSHAKE)
                        .getError()
                        .getDetail())
                .isEqualTo(detail);
    }

    // ---- refusals ----

    @Test
    @DisplayName("who is not in the channel cannot tell it from one that does not exist")
    void notAMember() {
        TestDevice carol = berlin.member("carol");
        Submission text = alice.text(home, "x");
        Expect.error(carol.submit(text), ErrorCode.UNKNOWN_CHANNEL);
        Expect.error(carol.follow(), ErrorCode.UNKNOWN_CHANNEL);
        ServerFrame info = carol.ask(ClientFrame.newBuilder()
                .setFetchGroupInfo(FetchGroupInfo.newBuilder()
                        .setChannelId(Protobuf.toByteString(home.id().bytes()))));
        Expect.error(info, ErrorCode.UNKNOWN_CHANNEL);
    }

    @Test
    @DisplayName("a device that was removed cannot submit, and reads up to its removal only (I6)")
    void removed() {
        addBob();
        Submission late = bob.text(bobs(), "too late");
        alice.submit(alice.remove(home, bob));
        alice.say(home, "without bob");
        Expect.rejected(bob.submit(late), ErrorCode.NOT_A_MEMBER);
        assertThat(bobs().entries().get(bobs().entries().size() - 1).record().kind())
                .isEqualTo(RecordKind.COMMIT);
        long seen = bobs().seq();
        bob.reconnect();
        bob.follow();
        assertThat(bobs().seq()).isEqualTo(seen);
        assertThat(bobs().texts()).doesNotContain("without bob");
    }

    @Test
    @DisplayName("a device that was removed and added again reads on from its new Welcome")
    void addedAgain() {
        addBob();
        alice.submit(alice.remove(home, bob));
        alice.say(home, "without bob");
        alice.invite(home, bob);
        bob.join();
        alice.say(home, "welcome back");
        assertThat(bobs().texts()).containsExactly("welcome back");
    }

    @Test
    @DisplayName("a message of an epoch to come, of another group, or in the clear is refused")
    void badMessages() {
        Submission text = alice.text(home, "x");
        Submission future = new Submission(home.id(), RecordKind.APPLICATION, 9, freshKey(), text.payload());
        Expect.error(alice.submit(future), ErrorCode.PEER_UNREACHABLE);
        TestChannel other = alice.found();
        Submission foreign = new Submission(
                home.id(),
                RecordKind.APPLICATION,
                0,
                freshKey(),
                alice.text(other, "x").payload());
        Expect.rejected(alice.submit(foreign), ErrorCode.INVALID_HANDSHAKE);
        Submission noise =
                new Submission(home.id(), RecordKind.APPLICATION, 0, freshKey(), Bytes.of((byte) 1, (byte) 2));
        Expect.rejected(alice.submit(noise), ErrorCode.INVALID_HANDSHAKE);
        Submission relabelled = new Submission(
                home.id(),
                RecordKind.APPLICATION,
                0,
                freshKey(),
                alice.update(home).payload());
        Expect.rejected(alice.submit(relabelled), ErrorCode.INVALID_HANDSHAKE);
    }

    @Test
    @DisplayName("a commit that MLS refuses is refused with the rule's name, and changes nothing (I4)")
    void badCommit() throws RefusedException {
        Submission commit = alice.update(home);
        CommitPayload payload = Payload.commit(commit.payload());
        byte[] broken = payload.getCommit().toByteArray();
        broken[broken.length / 2] ^= 1;
        Submission forged = new Submission(
                home.id(),
                RecordKind.COMMIT,
                commit.epoch(),
                commit.key(),
                alice.signed(
                        home.id(),
                        commit.key(),
                        new Parts(Bytes.of(broken), Bytes.EMPTY, Protobuf.toBytes(payload.getGroupInfo()), 0)));
        var receipt = Expect.rejected(alice.submit(forged), ErrorCode.INVALID_HANDSHAKE);
        assertThat(receipt.getError().getDetail()).isNotBlank();
        assertThat(berlin.logs().epoch(home.id())).contains(0L);
    }

    @Test
    @DisplayName("a commit needs the GroupInfo of the epoch that it begins")
    void wrongGroupInfo() throws RefusedException {
        Submission one = alice.update(home);
        CommitPayload first = Payload.commit(one.payload());
        CommitPayload second = Payload.commit(alice.update(home).payload());
        Submission mixed = new Submission(
                home.id(),
                RecordKind.COMMIT,
                0,
                one.key(),
                alice.signed(
                        home.id(),
                        one.key(),
                        new Parts(
                                Protobuf.toBytes(first.getCommit()),
                                Bytes.EMPTY,
                                Protobuf.toBytes(second.getGroupInfo()),
                                0)));
        Expect.rejected(alice.submit(mixed), ErrorCode.INVALID_HANDSHAKE);
    }

    @Test
    @DisplayName("a commit that adds somebody needs a Welcome for just that KeyPackage")
    void wrongWelcome() throws RefusedException {
        TestDevice carol = berlin.member("carol");
        Submission forBob = alice.add(home, claim(bob));
        Submission forCarol = alice.add(home, claim(carol));
        CommitPayload bobs = Payload.commit(forBob.payload());
        CommitPayload carols = Payload.commit(forCarol.payload());
        Submission none = new Submission(
                home.id(),
                RecordKind.COMMIT,
                0,
                forBob.key(),
                alice.signed(
                        home.id(),
                        forBob.key(),
                        new Parts(
                                Protobuf.toBytes(bobs.getCommit()),
                                Bytes.EMPTY,
                                Protobuf.toBytes(bobs.getGroupInfo()),
                                0)));
        var receipt = Expect.rejected(alice.submit(none), ErrorCode.INVALID_HANDSHAKE);
        assertThat(receipt.getError().getDetail()).isEqualTo("welcome");
        Submission swapped = new Submission(
                home.id(),
                RecordKind.COMMIT,
                0,
                forBob.key(),
                alice.signed(
                        home.id(),
                        forBob.key(),
                        new Parts(
                                Protobuf.toBytes(bobs.getCommit()),
                                Protobuf.toBytes(carols.getWelcome()),
                                Protobuf.toBytes(bobs.getGroupInfo()),
                                0)));
        Expect.rejected(alice.submit(swapped), ErrorCode.INVALID_HANDSHAKE);
    }

    private List<chat.samara.wire.proto.ClaimedKeyPackage> claim(TestDevice target) {
        return alice.claim(target.user(), Bytes.of(world.random().bytes(16)))
                .getClaimedKeyPackages()
                .getKeyPackagesList();
    }

    @Test
    @DisplayName("a commit sent by another device than its author's, or under another key, is refused")
    void relabelledCommit() {
        addBob();
        Submission alices = alice.update(home);
        Submission stolen =
                new Submission(home.id(), RecordKind.COMMIT, alices.epoch(), alices.key(), alices.payload());
        var receipt = Expect.rejected(bob.submit(stolen), ErrorCode.INVALID_HANDSHAKE);
        assertThat(receipt.getError().getDetail()).isEqualTo("sender");
        Submission rekeyed = new Submission(home.id(), RecordKind.COMMIT, alices.epoch(), freshKey(), alices.payload());
        receipt = Expect.rejected(alice.submit(rekeyed), ErrorCode.INVALID_HANDSHAKE);
        assertThat(receipt.getError().getDetail()).isEqualTo("authenticated-data");
    }

    @Test
    @DisplayName("nobody joins by an external commit: no stranger with an account, and not by a member's hand")
    void externalCommits() {
        addBob();
        TestDevice eve = berlin.member("eve");
        Submission join = eve.externalCommit(home, false);
        Expect.error(eve.submit(join), ErrorCode.UNKNOWN_CHANNEL);
        var receipt = Expect.rejected(bob.submit(join), ErrorCode.INVALID_HANDSHAKE);
        assertThat(receipt.getError().getDetail()).isEqualTo("SENDER_NOT_ADMITTED");
        alice.say(home, "among us");
        assertThat(bobs().texts()).containsExactly("among us");
        assertThat(home.group().members()).hasSize(2);
    }

    @Test
    @DisplayName("nobody outside proposes to be added, not by a member's hand either")
    void externalProposals() {
        addBob();
        TestDevice eve = berlin.member("eve");
        Submission application = eve.application(home);
        Expect.error(eve.submit(application), ErrorCode.UNKNOWN_CHANNEL);
        var receipt = Expect.rejected(bob.submit(application), ErrorCode.INVALID_HANDSHAKE);
        assertThat(receipt.getError().getDetail()).isEqualTo("SENDER_NOT_ADMITTED");
        alice.say(home, "no proposal waits");
        assertThat(bobs().texts()).containsExactly("no proposal waits");
    }

    @Test
    @DisplayName("a member of a server that is no peer cannot be added")
    void addForeign() {
        TestServer tunis = world.server("tunis.example");
        TestDevice dina = TestDevice.stranger(tunis, "dina");
        var keyPackage = chat.samara.wire.proto.ClaimedKeyPackage.newBuilder()
                .setKeyPackage(Protobuf.toByteString(dina.keyPackage(false)))
                .build();
        Expect.rejected(alice.submit(alice.add(home, List.of(keyPackage))), ErrorCode.NOT_A_PEER);
    }

    @Test
    @DisplayName("a device of this server that is not registered cannot be added")
    void addUnregistered() {
        TestDevice ghost = TestDevice.stranger(berlin, "ghost");
        var keyPackage = chat.samara.wire.proto.ClaimedKeyPackage.newBuilder()
                .setKeyPackage(Protobuf.toByteString(ghost.keyPackage(false)))
                .build();
        Expect.rejected(alice.submit(alice.add(home, List.of(keyPackage))), ErrorCode.UNKNOWN_MEMBER);
    }

    // ---- Welcomes ----

    @Test
    @DisplayName("a Welcome is pushed to its device, waits until it is acknowledged, and survives a restart")
    void welcomes() {
        alice.invite(home, bob);
        assertThat(bob.takePushes()).filteredOn(ServerFrame::hasWelcomes).hasSize(1);
        berlin.restart();
        bob.connect();
        assertThat(bob.login().getLoggedIn().getWelcomesWaiting()).isEqualTo(1);
        bob.join();
        ClientFrame.Builder fetch = ClientFrame.newBuilder().setFetchWelcomes(FetchWelcomes.getDefaultInstance());
        assertThat(bob.ask(fetch).getWelcomes().getWelcomesCount()).isZero();
        alice.connect();
        alice.login();
        alice.follow();
        alice.say(home, "hi");
        assertThat(bobs().texts()).containsExactly("hi");
    }

    @Test
    @DisplayName("the tree is served only to a device whose Welcome waits")
    void tree() {
        alice.invite(home, bob);
        var fetch = ClientFrame.newBuilder()
                .setFetchRatchetTree(chat.samara.wire.proto.FetchRatchetTree.newBuilder()
                        .setChannelId(Protobuf.toByteString(home.id().bytes()))
                        .setSeq(2));
        assertThat(bob.ask(fetch).hasRatchetTree()).isTrue();
        Expect.error(alice.ask(fetch), ErrorCode.UNKNOWN_CHANNEL);
        bob.join();
        Expect.error(bob.ask(fetch), ErrorCode.UNKNOWN_CHANNEL);
    }

    @Test
    @DisplayName("GroupInfo and tree are those of the newest epoch")
    void groupInfo() throws Exception {
        addBob();
        ServerFrame info = bob.ask(ClientFrame.newBuilder()
                .setFetchGroupInfo(FetchGroupInfo.newBuilder()
                        .setChannelId(Protobuf.toByteString(home.id().bytes()))));
        assertThat(info.getGroupInfoAndTree().getSeq()).isEqualTo(2);
        bobs().group()
                .publicGroup()
                .checkGroupInfo(info.getGroupInfoAndTree().getGroupInfo().toByteArray());
    }

    // ---- the group's snapshot ----

    @Test
    @DisplayName("after many commits and a restart the hub still judges by the right epoch")
    void snapshots() {
        addBob();
        for (int i = 0; i < 40; i++) {
            Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
            if (i % 7 == 0) {
                alice.say(home, "n" + i);
            }
        }
        berlin.restart();
        alice.connect();
        alice.login();
        alice.follow();
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
        assertThat(berlin.logs().epoch(home.id())).contains(42L);
        Expect.sound(berlin);
    }

    // ---- a full disk ----

    @Test
    @DisplayName(
            "when the disk is nearly full, submissions are refused, reading goes on, and room makes all well again")
    void diskFull() {
        addBob();
        alice.say(home, "before");
        CoreConfig config = CoreConfig.standard();
        berlin.queue(new Event.DiskState(config.diskFreeBytesMin() - 1));
        Submission text = alice.text(home, "later");
        assertThat(Expect.error(alice.submit(text), ErrorCode.DISK_FULL).getReason())
                .isEqualTo(
                        "the disk of the server's data is nearly full (255 MiB are free, 512 MiB needed); what it has"
                                + " stored is kept, this was not; its operator has to make room");
        assertThat(((AdminResult.Status) berlin.admin(new AdminCommand.ShowStatus())).warnings())
                .as("the operator is told once, as such")
                .containsExactly(
                        "the disk of the data folder is nearly full (255 MiB are free beside what the store may need): what is stored is kept and can be"
                                + " read, new messages are refused until 512 MiB are free; make room on it");
        Expect.error(alice.create(alice.draft()), ErrorCode.DISK_FULL);
        bob.reconnect();
        bob.follow();
        assertThat(bobs().texts()).containsExactly("before");
        berlin.queue(new Event.DiskState(config.diskFreeBytesMin() + 1));
        Expect.error(alice.submit(text), ErrorCode.DISK_FULL);
        berlin.queue(new Event.DiskState(config.diskFreeBytesResume()));
        Expect.receipt(alice.submit(text), ReceiptStatus.ORDERED);
    }
}
