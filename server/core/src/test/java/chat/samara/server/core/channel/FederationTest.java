package chat.samara.server.core.channel;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.channel.hub.HubIntake;
import chat.samara.server.core.channel.rule.HubPolicy;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.Table;
import chat.samara.wire.Refusal;
import chat.samara.wire.channel.OneIdentity;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.HubDecision;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.RecordReceipt;
import chat.samara.wire.proto.RecordReceipts;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SharedChannel;
import chat.samara.wire.proto.SharedChannels;
import chat.samara.wire.proto.SignedRecord;
import chat.samara.wire.proto.SubmitRecords;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Origin, hub and follower together: replication, the outbox, partitions, and what is lost on the way. */
final class FederationTest {
    private static final long RETRY = CoreConfig.standard().retryMillis() + 5_000;
    private static final long HEAL = 90_000;

    private final World world = new World(7);
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice dina = alice;
    private TestChannel home = alice.channel(alice.draft().id());

    @BeforeEach
    void found() {
        world.peer(berlin, tunis);
        alice = berlin.member("alice");
        dina = tunis.member("dina");
        home = alice.found();
        Expect.receipt(alice.invite(home, dina), ReceiptStatus.ORDERED);
        dina.join();
    }

    private TestChannel dinas() {
        return dina.channel(home.id());
    }

    private void assertConverged() {
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        assertThat(dinas().texts()).isEqualTo(home.texts());
        Expect.sound(berlin, tunis);
    }

    private static List<ReceiptStatus> pushedReceipts(TestDevice device) {
        return device.takePushes().stream()
                .filter(ServerFrame::hasReceipt)
                .map(it -> it.getReceipt().getStatus())
                .toList();
    }

    @Test
    @DisplayName("a new follower has the whole log from seq 1, entry for entry")
    void wholeLog() {
        long head = berlin.logs().position(home.id()).orElseThrow().seq();
        assertThat(tunis.logs().entries(home.id(), 1, head))
                .isEqualTo(berlin.logs().entries(home.id(), 1, head));
        assertThat(tunis.logs().head(home.id())).isEqualTo(berlin.logs().head(home.id()));
    }

    @Test
    @DisplayName("a record is STORED at its origin, and ORDERED once it is in the origin's own replica")
    void receipts() {
        dina.takePushes();
        Submission text = dina.text(dinas(), "salam");
        Expect.receipt(dina.submit(text), ReceiptStatus.STORED);
        assertThat(pushedReceipts(dina)).containsExactly(ReceiptStatus.ORDERED);
        assertThat(dina.status(home.id(), text.key()).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        assertConverged();
    }

    @Test
    @DisplayName("a proposal that no hub orders is rejected by its origin, and never sent")
    void proposals() {
        tunis.takeSentToPeers();
        Receipt rejected =
                Expect.rejected(dina.submit(dina.proposeRemoval(dinas(), alice)), ErrorCode.INVALID_HANDSHAKE);
        assertThat(rejected.getError().getDetail()).isEqualTo(HubPolicy.PROPOSAL_NOT_ORDERED);
        assertThat(tunis.takeSentToPeers()).noneMatch(PeerFrame::hasSubmitRecords);
        assertConverged();
    }

    @Test
    @DisplayName("a follower's member can add and remove members through the hub")
    void commitsFromFollower() {
        TestDevice bob = berlin.member("bob");
        Expect.receipt(dina.invite(dinas(), bob), ReceiptStatus.STORED);
        bob.join();
        dina.say(dinas(), "welcome bob");
        assertThat(bob.channel(home.id()).texts()).containsExactly("welcome bob");
        dina.submit(dina.remove(dinas(), bob));
        alice.say(home, "bob is gone");
        assertThat(bob.channel(home.id()).texts()).doesNotContain("bob is gone");
        assertConverged();
    }

    @Test
    @DisplayName("the hub takes no second identity key of a member beside the first, and a new one in its place (rule"
            + " one-identity)")
    void oneIdentity() {
        TestDevice substitute = dina.impostor();
        var receipt = Expect.rejected(alice.submit(alice.addDevice(home, substitute)), ErrorCode.INVALID_HANDSHAKE);
        assertThat(receipt.getError().getDetail()).isEqualTo(OneIdentity.RULE);
        assertThat(receipt.getError().getReason()).contains(dina.user().toString());
        int oldLeaf = home.leafOf(dina);
        Submission change =
                alice.commit(home, builder -> builder.remove(oldLeaf).add(substitute.verifiedKeyPackage()));
        Expect.receipt(alice.submit(change), ReceiptStatus.ORDERED);
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("a commit of a follower that lost the race comes back as STALE_EPOCH")
    void raceAcrossServers() {
        Submission dinasCommit = dina.update(dinas());
        tunis.tamper(frame -> frame.hasSubmitRecords() ? lost() : frame);
        Expect.receipt(dina.submit(dinasCommit), ReceiptStatus.STORED);
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
        tunis.tamper(frame -> frame);
        dina.takePushes();
        world.pass(RETRY);
        assertThat(pushedReceipts(dina)).containsExactly(ReceiptStatus.REJECTED);
        assertThat(dina.status(home.id(), dinasCommit.key()).getError().getCode())
                .isEqualTo(ErrorCode.STALE_EPOCH);
        assertConverged();
    }

    // A frame that is lost: a ping that nobody answers stands in for it.
    private static PeerFrame lost() {
        return PeerFrame.newBuilder()
                .setDone(chat.samara.wire.proto.Done.getDefaultInstance())
                .build();
    }

    @Test
    @DisplayName("a stale commit is rejected by the own server at once, where that knows better")
    void staleLocally() {
        Submission stale = dina.update(dinas());
        alice.submit(alice.update(home));
        Expect.rejected(dina.submit(stale), ErrorCode.STALE_EPOCH);
    }

    // ---- a partition ----

    @Test
    @DisplayName(
            "while the hub is away the origin stores, shows provisionally, and delivers in order after healing (I8)")
    void partition() {
        TestDevice emir = tunis.member("emir");
        alice.invite(home, emir);
        emir.join();
        world.cut(berlin, tunis);
        emir.takePushes();

        for (int i = 0; i < 5; i++) {
            Expect.receipt(dina.say(dinas(), "t" + i), ReceiptStatus.STORED);
            Expect.receipt(alice.say(home, "b" + i), ReceiptStatus.ORDERED);
        }
        assertThat(emir.takePushes()).filteredOn(ServerFrame::hasProvisional).hasSize(5);
        assertThat(tunis.logs().outboxSize(home.id())).isEqualTo(5);

        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertConverged();
        assertThat(home.texts()).containsExactly("b0", "b1", "b2", "b3", "b4", "t0", "t1", "t2", "t3", "t4");
        assertThat(emir.channel(home.id()).texts()).isEqualTo(home.texts());
    }

    @Test
    @DisplayName("who begins to follow during a partition is shown what waits")
    void provisionalOnFollow() {
        world.cut(berlin, tunis);
        dina.say(dinas(), "waiting");
        dina.reconnect();
        dina.takePushes();
        dina.follow();
        assertThat(dina.takePushes()).filteredOn(ServerFrame::hasProvisional).hasSize(1);
    }

    @Test
    @DisplayName("followers that reach each other show provisional messages while the hub is away")
    void provisionalBetweenFollowers() {
        TestServer hanoi = world.server("hanoi.example");
        world.peer(berlin, hanoi);
        world.peer(tunis, hanoi);
        TestDevice linh = hanoi.member("linh");
        alice.invite(home, linh);
        linh.join();
        world.cut(berlin, tunis);
        world.cut(berlin, hanoi);
        linh.takePushes();
        dina.say(dinas(), "do you hear me?");
        assertThat(linh.takePushes()).filteredOn(ServerFrame::hasProvisional).hasSize(1);

        linh.say(linh.channel(home.id()), "I do");
        world.heal(berlin, tunis);
        world.heal(berlin, hanoi);
        world.pass(HEAL);
        assertConverged();
        assertThat(linh.channel(home.id()).texts()).isEqualTo(home.texts());
        assertThat(home.texts()).containsExactlyInAnyOrder("do you hear me?", "I do");
    }

    @Test
    @DisplayName("a forged provisional message is shown to nobody")
    void forgedProvisional() {
        TestServer hanoi = world.server("hanoi.example");
        world.peer(berlin, hanoi);
        world.peer(tunis, hanoi);
        TestDevice linh = hanoi.member("linh");
        alice.invite(home, linh);
        linh.join();
        world.cut(berlin, tunis);
        world.cut(berlin, hanoi);
        tunis.tamper(frame -> {
            if (!frame.hasProvisional()) {
                return frame;
            }
            PeerFrame.Builder forged = frame.toBuilder();
            byte[] record = frame.getProvisional().getRecord().getRecord().toByteArray();
            record[record.length - 1] ^= 1;
            forged.getProvisionalBuilder()
                    .getRecordBuilder()
                    .setRecord(com.google.protobuf.ByteString.copyFrom(record));
            return forged.build();
        });
        linh.takePushes();
        dina.say(dinas(), "original");
        assertThat(linh.takePushes()).filteredOn(ServerFrame::hasProvisional).isEmpty();
        Expect.sound(hanoi);
    }

    @Test
    @DisplayName("a record of an epoch that was closed meanwhile comes back as EPOCH_EXPIRED, and goes through when"
            + " encrypted afresh")
    void expiredInPartition() {
        world.cut(berlin, tunis);
        Submission text = dina.text(dinas(), "from long ago");
        Expect.receipt(dina.submit(text), ReceiptStatus.STORED);
        alice.submit(alice.update(home));
        world.pass(CoreConfig.standard().epochOpenMillisMax() + 10_000);
        alice.connect();
        alice.login();
        alice.follow();
        assertThat(home.entries()).anyMatch(it -> it.record().kind() == RecordKind.CONTROL && it.seq() > 1);
        dina.takePushes();
        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertThat(dina.status(home.id(), text.key()).getError().getCode()).isEqualTo(ErrorCode.EPOCH_EXPIRED);
        Expect.receipt(dina.submit(dina.textAs(dinas(), "from long ago", text.key())), ReceiptStatus.STORED);
        world.pass(RETRY);
        assertThat(home.texts()).containsExactly("from long ago");
        assertConverged();
    }

    // ---- what is lost on the way ----

    @Test
    @DisplayName("lost records, receipts, hints, pulls and entries are all made good by asking again")
    void lossyLinks() {
        AtomicInteger count = new AtomicInteger();
        for (TestServer server : List.of(berlin, tunis)) {
            server.tamper(frame ->
                    count.incrementAndGet() % 3 == 0 && !frame.hasHello() && !frame.hasProof() ? lost() : frame);
        }
        for (int i = 0; i < 30; i++) {
            dina.say(dinas(), "t" + i);
            alice.say(home, "b" + i);
        }
        for (TestServer server : List.of(berlin, tunis)) {
            server.tamper(frame -> frame);
        }
        world.pass(Limits.PULL_PATIENCE_MILLIS + HEAL);
        assertConverged();
        assertThat(home.texts()).hasSize(60).doesNotHaveDuplicates();
        assertThat(home.texts().stream().filter(it -> it.startsWith("t"))).containsExactlyElementsOf(numbered("t", 30));
    }

    private static List<String> numbered(String prefix, int count) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(prefix + i);
        }
        return texts;
    }

    @Test
    @DisplayName("records that arrive twice stand in the log once (I3)")
    void repeatedRecords() {
        List<PeerFrame> submitted = new ArrayList<>();
        tunis.tamper(frame -> {
            if (frame.hasSubmitRecords()) {
                submitted.add(frame);
            }
            return submitted.isEmpty() || frame.hasSubmitRecords() || frame.getAnswer() || frame.hasPull()
                    ? frame
                    : submitted.get(0);
        });
        for (int i = 0; i < 10; i++) {
            dina.say(dinas(), "t" + i);
        }
        tunis.tamper(frame -> frame);
        world.pass(HEAL);
        assertConverged();
        assertThat(home.texts()).containsExactlyElementsOf(numbered("t", 10));
    }

    @Test
    @DisplayName("a record with a wrong proof is not taken")
    void forgedRecord() {
        tunis.tamper(frame -> {
            if (!frame.hasSubmitRecords()) {
                return frame;
            }
            PeerFrame.Builder forged = frame.toBuilder();
            var record = forged.getSubmitRecordsBuilder().getRecordsBuilder(0);
            byte[] bytes = record.getRecord().toByteArray();
            bytes[bytes.length - 1] ^= 1;
            record.setRecord(com.google.protobuf.ByteString.copyFrom(bytes));
            return forged.build();
        });
        long before = berlin.logs().position(home.id()).orElseThrow().seq();
        dina.say(dinas(), "salam");
        assertThat(berlin.logs().position(home.id()).orElseThrow().seq()).isEqualTo(before);
        tunis.tamper(frame -> frame);
        world.pass(HEAL);
        assertThat(home.texts()).containsExactly("salam");
        assertConverged();
    }

    @Test
    @DisplayName("records that were decided before or leave a gap are answered without their proof being verified")
    void numbersBeforeProofs() {
        Submission said = dina.text(dinas(), "salam");
        List<PeerFrame> sent = new ArrayList<>();
        tunis.tamper(frame -> {
            if (frame.hasSubmitRecords()) {
                sent.add(frame);
            }
            return frame;
        });
        dina.submit(said);
        SignedRecord record = sent.get(0).getSubmitRecords().getRecords(0);
        SignedRecord unproven = record.toBuilder()
                .setProof(record.getProof().toBuilder().setSignature(ByteString.copyFrom(new byte[64])))
                .build();
        List<RecordReceipt> receipts = receiptsOf(unproven);
        assertThat(receipts).singleElement().satisfies(it -> {
            assertThat(it.getStatus()).isEqualTo(ReceiptStatus.ORDERED);
            assertThat(it.getOriginSeq()).isPositive();
        });
    }

    @Test
    @DisplayName("of records that are ordered together the last is answered, for all of them; one that is rejected is"
            + " answered by itself")
    void oneReceiptForAll() {
        world.cut(berlin, tunis);
        for (int i = 0; i < 5; i++) {
            dina.say(dinas(), "before " + i);
        }
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
        Submission late = dina.update(dinas());
        Expect.receipt(dina.submit(late), ReceiptStatus.STORED);
        for (int i = 0; i < 5; i++) {
            dina.say(dinas(), "after " + i);
        }
        List<RecordReceipt> receipts = new ArrayList<>();
        berlin.tamper(frame -> {
            receipts.addAll(frame.getRecordReceipts().getReceiptsList());
            return frame;
        });
        dina.takePushes();
        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertThat(receipts)
                .extracting(RecordReceipt::getStatus)
                .containsExactlyInAnyOrder(ReceiptStatus.REJECTED, ReceiptStatus.ORDERED);
        assertThat(pushedReceipts(dina)).hasSize(11).contains(ReceiptStatus.REJECTED);
        assertThat(home.texts()).hasSize(10);
        assertConverged();
    }

    @Test
    @DisplayName(
            "a follower's own record comes back with its own proof: with another it is refused, though it is the same"
                    + " record")
    void ownRecordUnderAnotherProof() {
        UnaryOperator<LogEntry> forged = entry -> entry.toBuilder()
                .setOriginProof(entry.getOriginProof().toBuilder().setSignature(ByteString.copyFrom(new byte[64])))
                .build();
        berlin.tamper(frame -> {
            PeerFrame.Builder changed = frame.toBuilder();
            if (frame.hasEntries()) {
                changed.getEntriesBuilder()
                        .clearEntries()
                        .addAllEntries(frame.getEntries().getEntriesList().stream()
                                .map(forged)
                                .toList());
            } else if (frame.hasHeadHint()) {
                changed.getHeadHintBuilder()
                        .clearEntries()
                        .addAllEntries(frame.getHeadHint().getEntriesList().stream()
                                .map(forged)
                                .toList());
            }
            return changed.build();
        });
        dina.say(dinas(), "mine");
        assertThat(tunis.logs().outboxSize(home.id())).isEqualTo(1);
        assertThat(dinas().texts()).isEmpty();
        berlin.tamper(frame -> frame);
        world.pass(HEAL);
        assertThat(home.texts()).containsExactly("mine");
        assertConverged();
    }

    private List<RecordReceipt> receiptsOf(SignedRecord record) {
        List<RecordReceipt> receipts = new ArrayList<>();
        berlin.tamper(frame -> {
            receipts.addAll(frame.getRecordReceipts().getReceiptsList());
            return frame;
        });
        world.pushFromPeer(
                tunis,
                berlin,
                PeerFrame.newBuilder()
                        .setSubmitRecords(SubmitRecords.newBuilder().addRecords(record))
                        .build());
        world.settle();
        return receipts;
    }

    // ---- removal ----

    @Test
    @DisplayName("a server whose last member was removed reads up to the removal and nothing later (I6)")
    void removedServer() {
        Submission late = dina.text(dinas(), "me too");
        alice.submit(alice.remove(home, dina));
        long removal = berlin.logs().position(home.id()).orElseThrow().seq();
        assertThat(tunis.logs().position(home.id()).orElseThrow().seq()).isEqualTo(removal);
        tunis.takeSentToPeers();
        berlin.takeSentToPeers();
        alice.say(home, "among ourselves");
        world.pass(HEAL);
        assertThat(tunis.logs().position(home.id()).orElseThrow().seq()).isEqualTo(removal);
        long head = berlin.logs().position(home.id()).orElseThrow().seq();
        assertThat(berlin.takeSentToPeers())
                .noneMatch(PeerFrame::hasHeadHint)
                .allSatisfy(frame -> frame.getSharedChannels()
                        .getChannelsList()
                        .forEach(it -> assertThat(it.getSeq()).isLessThan(head)));
        Expect.rejected(dina.submit(late), ErrorCode.NOT_A_MEMBER);
    }

    @Test
    @DisplayName(
            "a removal during a partition reaches the server when it is back, and its waiting records are rejected")
    void removedInPartition() {
        world.cut(berlin, tunis);
        Submission late = dina.text(dinas(), "too late");
        dina.submit(late);
        alice.submit(alice.remove(home, dina));
        long removal = berlin.logs().position(home.id()).orElseThrow().seq();
        alice.say(home, "among ourselves");
        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertThat(tunis.logs().position(home.id()).orElseThrow().seq()).isEqualTo(removal);
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        assertThat(dina.status(home.id(), late.key()).getError().getCode()).isEqualTo(ErrorCode.NOT_A_MEMBER);
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("a server that is added again fills the gap and goes on")
    void addedAgain() {
        alice.submit(alice.remove(home, dina));
        alice.say(home, "among ourselves");
        alice.invite(home, dina);
        dina.join();
        dina.say(dinas(), "I am back");
        world.pass(RETRY);
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
        assertThat(dinas().texts()).containsExactly("I am back");
        assertThat(home.texts()).containsExactly("among ourselves", "I am back");
    }

    // ---- a backup ----

    @Test
    @DisplayName(
            "an origin that was restored from a backup begins a new incarnation, and nothing is lost or doubled (I3)")
    void restoredOrigin() {
        dina.say(dinas(), "one");
        MemoryStore backup = tunis.disk().copy();
        dina.say(dinas(), "two");
        dina.say(dinas(), "three");
        tunis.crash();
        tunis.restore(backup);
        world.cut(berlin, tunis);
        tunis.start();
        dina.connect();
        long next = dina.login().getLoggedIn().getChannels(0).getNextDeviceSeq();
        dinas().expectDeviceSeq(next);
        dina.follow();
        Expect.receipt(dina.say(dinas(), "four"), ReceiptStatus.STORED);
        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertThat(home.texts()).containsExactly("one", "two", "three", "four");
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("after a restore the same message submitted again stands in the log once")
    void restoredAndSubmittedAgain() {
        MemoryStore backup = tunis.disk().copy();
        Submission text = dina.text(dinas(), "once");
        dina.submit(text);
        tunis.crash();
        tunis.restore(backup);
        world.cut(berlin, tunis);
        tunis.start();
        dina.connect();
        dina.login();
        dinas().expectDeviceSeq(1);
        Expect.receipt(dina.submit(text), ReceiptStatus.STORED);
        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertThat(home.texts()).containsExactly("once");
        assertThat(dina.status(home.id(), text.key()).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
    }

    @Test
    @DisplayName("what waited in an outbox that was lost with the disk is handed over again, and stands in the log once"
            + " (I1, I3)")
    void restoredOutbox() {
        dina.say(dinas(), "in the copy");
        MemoryStore backup = tunis.disk().copy();
        world.cut(berlin, tunis);
        Submission waits = dina.text(dinas(), "waited");
        Expect.receipt(dina.submit(waits), ReceiptStatus.STORED);
        tunis.crash();
        tunis.restore(backup);
        tunis.start();
        dina.connect();
        dinas().expectDeviceSeq(dina.login().getLoggedIn().getChannels(0).getNextDeviceSeq());
        assertThat(dina.status(home.id(), waits.key()).getStatus()).isEqualTo(ReceiptStatus.UNKNOWN);
        Expect.receipt(dina.submit(waits), ReceiptStatus.STORED);
        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertThat(home.texts()).containsExactly("in the copy", "waited");
        assertThat(dina.status(home.id(), waits.key()).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName(
            "a hub that was restored and has forgotten what it refused takes what comes after, under new numbers (I8)")
    void restoredHubOfTheSameLog() {
        for (int i = 0; i < Limits.RETURNS_AT_ONCE_MAX; i++) {
            dina.submit(dina.externalCommit(home, true));
        }
        MemoryStore backup = berlin.disk().copy();
        Submission refused = dina.externalCommit(home, true);
        dina.submit(refused);
        assertThat(dina.status(home.id(), refused.key()).getStatus()).isEqualTo(ReceiptStatus.REJECTED);
        berlin.crash();
        berlin.restore(backup);
        berlin.start();
        world.pass(HEAL);
        alice.connect();
        alice.login();
        alice.follow();
        Submission text = dina.text(home, "heard?");
        dina.submit(text);
        world.pass(HEAL);
        assertThat(dina.status(home.id(), text.key()).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("where a restored hub is told of what it lost by a follower of an older version only, which proves and"
            + " gives nothing back, senders are told, and nothing waits for ever (I1, I8)")
    void restoredHubOfAShorterLog() {
        tunis.tamper(FederationTest::asOfAnOlderVersion);
        MemoryStore backup = berlin.disk().copy();
        dina.say(dinas(), "lost by the hub");
        berlin.crash();
        berlin.restore(backup);
        berlin.start();
        dina.takePushes();
        Submission text = dina.text(dinas(), "and this?");
        Expect.receipt(dina.submit(text), ReceiptStatus.STORED);
        world.pass(HEAL);
        assertThat(pushedReceipts(dina)).containsExactly(ReceiptStatus.REJECTED);
        assertThat(dina.status(home.id(), text.key()).getError().getCode()).isEqualTo(ErrorCode.CHANNEL_FROZEN);
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        Expect.sound(berlin, tunis);
    }

    private static PeerFrame asOfAnOlderVersion(PeerFrame frame) {
        if (frame.hasSharedChannels()) {
            SharedChannels.Builder shared =
                    frame.getSharedChannels().toBuilder().clearComplete();
            shared.getChannelsBuilderList().forEach(SharedChannel.Builder::clearHead);
            return frame.toBuilder().setSharedChannels(shared).build();
        }
        return frame.hasEntries()
                ? frame.toBuilder()
                        .setError(Refusal.of(ErrorCode.UNKNOWN_CHANNEL, "not the hub")
                                .toProto())
                        .build()
                : frame;
    }

    @Test
    @DisplayName(
            "a hub that knows other records under every number makes its follower write its outbox anew now and then"
                    + " only")
    void hubThatKnowsEveryNumber() {
        int[] refused = new int[1];
        berlin.tamper(frame -> frame.hasEntries() || frame.hasHeadHint()
                ? lost()
                : answered(frame, receipt -> {
                    refused[0]++;
                    return receipt.clearSeq()
                            .setStatus(ReceiptStatus.REJECTED)
                            .setDecision(HubDecision.NOT_TAKEN)
                            .setError(Refusal.of(ErrorCode.IDEMPOTENCY_CONFLICT, "known", HubIntake.NUMBER_REUSED)
                                    .toProto());
                }));
        dina.say(dinas(), "one");
        assertThat(refused[0]).as("sent, and once more under another number").isEqualTo(2);
        world.pass(2 * RETRY);
        assertThat(refused[0]).isBetween(3, 8);
    }

    // ---- what a hub has decided ----

    private static PeerFrame answered(PeerFrame frame, UnaryOperator<RecordReceipt.Builder> change) {
        if (!frame.hasRecordReceipts()) {
            return frame;
        }
        RecordReceipts.Builder receipts = RecordReceipts.newBuilder();
        frame.getRecordReceipts().getReceiptsList().forEach(it -> receipts.addReceipts(change.apply(it.toBuilder())));
        return frame.toBuilder().setRecordReceipts(receipts).build();
    }

    /** A commit of dina's that lost the race, while berlin's receipts are changed on their way. */
    private Submission staleCommit(UnaryOperator<RecordReceipt.Builder> change) {
        berlin.tamper(frame -> frame.hasEntries() || frame.hasHeadHint() ? lost() : answered(frame, change));
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
        Submission commit = dina.update(dinas());
        Expect.receipt(dina.submit(commit), ReceiptStatus.STORED);
        return commit;
    }

    @Test
    @DisplayName(
            "what a hub has decided for good is taken as that, also for a reason of which this version knows nothing")
    void decidedForUnknownReason() {
        Submission commit = staleCommit(receipt -> receipt.setError(
                receipt.getError().toBuilder().setCodeValue(9_999).setReason("the moon is full")));
        Receipt told = dina.status(home.id(), commit.key());
        assertThat(told.getStatus()).isEqualTo(ReceiptStatus.REJECTED);
        assertThat(told.getError().getReason()).contains("the moon is full");
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
    }

    @Test
    @DisplayName("what a hub has not taken stays and is sent again, whatever the reason")
    void notTaken() {
        Submission commit = staleCommit(receipt -> receipt.setDecision(HubDecision.NOT_TAKEN));
        assertThat(dina.status(home.id(), commit.key()).getStatus()).isEqualTo(ReceiptStatus.STORED);
        berlin.tamper(frame -> frame);
        world.pass(RETRY);
        assertThat(dina.status(home.id(), commit.key()).getStatus()).isEqualTo(ReceiptStatus.REJECTED);
    }

    @Test
    @DisplayName(
            "of a hub that does not say whether it has decided, a reason that it gives for what it decides is final")
    void olderHub() {
        Submission stale = staleCommit(RecordReceipt.Builder::clearDecision);
        assertThat(dina.status(home.id(), stale.key()).getStatus()).isEqualTo(ReceiptStatus.REJECTED);
        Submission limited = staleCommit(receipt -> receipt.clearDecision()
                .setError(Refusal.limitReached("too often", "commits", 2_000).toProto()));
        assertThat(dina.status(home.id(), limited.key()).getError().getCode()).isEqualTo(ErrorCode.LIMIT_REACHED);
        Submission full = staleCommit(receipt -> receipt.clearDecision()
                .setError(Refusal.of(ErrorCode.DISK_FULL, "no room").toProto()));
        assertThat(dina.status(home.id(), full.key()).getStatus()).isEqualTo(ReceiptStatus.STORED);
    }

    // ---- bounds ----

    @Test
    @DisplayName("evidence tables are empty after all of this, and no channel is frozen")
    void noFalseAlarm() {
        partition();
        assertThat(tunis.logs().stopped(home.id())).isEmpty();
        List<String> rows = new ArrayList<>();
        new StoreRows(tunis.disk())
                .scanPrefix(Table.EVIDENCE, chat.samara.mls.codec.Bytes.EMPTY, (key, value) -> rows.add(key.hex()));
        assertThat(rows).isEmpty();
    }

    @Test
    @DisplayName("an addition that a follower's member makes is in the log without a fault on either side")
    void additionFromElsewhere() {
        TestDevice minh = tunis.member("minh");
        minh.publish(1);
        Expect.receipt(dina.submit(dina.addDevice(dinas(), minh)), ReceiptStatus.STORED);
        world.settle();
        assertThat(tunis.core().figures().faults()).isZero();
        assertThat(berlin.core().figures().faults()).isZero();
    }
}
