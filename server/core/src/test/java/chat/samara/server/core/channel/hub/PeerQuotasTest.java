package chat.samara.server.core.channel.hub;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Limits;
import chat.samara.server.core.MemberQuota;
import chat.samara.server.core.Now;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.Table;
import chat.samara.wire.Refusal;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.ProvenRecord;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.HubDecision;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordReceipt;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SubmitRecords;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("A peer that would fill the disk of the channels' server (I7)")
final class PeerQuotasTest {
    private static final int AT_ONCE = 12;
    private static final MemberQuota QUOTA = new MemberQuota(4 * AT_ONCE, 1, 3);
    private static final long DAY = 24L * 3600 * 1000;
    private static final long HEAL = 90_000;

    private World world = new World(67, CoreConfig.standard().withMemberQuota(QUOTA));
    private TestServer berlin = world.server("berlin.example");
    private TestServer tunis = world.server("tunis.example");
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
        dina.follow();
    }

    private TestChannel dinas() {
        return dina.channel(home.id());
    }

    private RecordReceipt receiptOf(Record record) {
        BatchSigner batch = new BatchSigner();
        int place = batch.add(record);
        ProvenRecord proven =
                new ProvenRecord(record, batch.sign(tunis.identity().rootKey()).proof(place));
        List<RecordReceipt> receipts = new ArrayList<>();
        berlin.tamper(frame -> {
            receipts.addAll(frame.getRecordReceipts().getReceiptsList());
            return frame;
        });
        world.pushFromPeer(
                tunis,
                berlin,
                PeerFrame.newBuilder()
                        .setSubmitRecords(SubmitRecords.newBuilder().addRecords(proven.toProto()))
                        .build());
        world.settle();
        assertThat(receipts).hasSize(1);
        return receipts.get(0);
    }

    private Record record(TestDevice from, Submission said, long incarnation, long originSeq) {
        return Record.of(new Record.Content(
                home.id(),
                tunis.name(),
                incarnation,
                originSeq,
                said.kind(),
                said.epoch(),
                said.key(),
                Optional.of(from.who().device()),
                said.payload(),
                World.START_MILLIS));
    }

    @Nested
    @DisplayName("By what it and its members have ordered")
    class Quota {
        @Test
        @DisplayName("is named to the operator, with each member of it who has used up what they may")
        void named() {
            sayAsMuchAsTunisAllows(new ArrayList<>());
            world.pass(HEAL);

            assertThat(((AdminResult.Status) berlin.admin(new AdminCommand.ShowStatus())).warnings())
                    .singleElement()
                    .asString()
                    .contains(
                            "dina@tunis.example has used up what each member of another server may",
                            4 * AT_ONCE + " messages and changes a day");
        }

        private void sayAsMuchAsTunisAllows(List<String> said) {
            for (int i = 0; i < AT_ONCE; i++) {
                said.add("text " + said.size());
                dina.say(dinas(), said.get(said.size() - 1));
            }
        }

        @Test
        @DisplayName(
                "one member of it may send no more than one of the hub's own; what is beyond is refused, so that others of its server go on at once")
        void byMember() {
            TestDevice emil = tunis.member("emil");
            Expect.receipt(alice.invite(home, emil), ReceiptStatus.ORDERED);
            emil.join();
            emil.follow();
            List<String> said = new ArrayList<>();
            sayAsMuchAsTunisAllows(said);
            // It counts in memory only, as a server does that counts nothing.
            tunis.restart();
            world.pass(HEAL);
            dina.reconnect();
            dina.follow();
            dina.takePushes();
            sayAsMuchAsTunisAllows(new ArrayList<>());
            emil.reconnect();
            emil.follow();
            emil.say(emil.channel(home.id()), "others go on");

            assertThat(home.texts()).hasSize(AT_ONCE + 1).containsAll(said).contains("others go on");
            assertThat(tunis.logs().outboxSize(home.id())).isZero();
            List<Receipt> told = dina.takePushes().stream()
                    .filter(ServerFrame::hasReceipt)
                    .map(ServerFrame::getReceipt)
                    .filter(it -> it.getStatus() == ReceiptStatus.REJECTED)
                    .toList();
            assertThat(told).hasSize(AT_ONCE).allSatisfy(it -> {
                assertThat(it.getError().getCode()).isEqualTo(ErrorCode.LIMIT_REACHED);
                assertThat(it.getError().getDetail()).isEqualTo("member-records-per-day<=48");
                assertThat(it.getError().getReason())
                        .contains("dina@tunis.example", "48 messages and changes a day, 12 of them at once")
                        .containsPattern("send it again after (29|30) minutes");
            });

            world.pass(DAY);
            dina.say(dinas(), "a day later");
            assertThat(home.texts()).contains("a day later");
            Expect.sound(berlin, tunis);
        }

        private final Journal journal = new Journal(new MemoryStore());
        private final PeerQuotas quotas = new PeerQuotas(QUOTA, journal);

        private Optional<String> record(ServerName origin, String user, int bytes) {
            return record(new Author.Member(new UserId(user, origin)), bytes);
        }

        private Optional<String> record(Author author, int bytes) {
            Optional<Refusal> tooMuch =
                    quotas.ofServer(author.server(), bytes).or(() -> quotas.ofMember(author, bytes));
            if (tooMuch.isEmpty()) {
                quotas.judged(author, bytes, 0);
            }
            return tooMuch.map(Refusal::detail);
        }

        @Test
        @DisplayName("all its members together may send as much as ten, and other peers are not concerned")
        void byServer() {
            int ofAll = AT_ONCE * Limits.PEER_QUOTA_MEMBERS;
            for (int i = 0; i < ofAll; i++) {
                assertThat(record(tunis.name(), "member" + i, 1)).isEmpty();
            }
            assertThat(record(tunis.name(), "fresh", 1)).contains("server-records-per-day<=" + 4 * ofAll);
            assertThat(quotas.ofServer(tunis.name(), 1)).isPresent();
            assertThat(record(berlin.name(), "fresh", 1)).isEmpty();
        }

        @Test
        @DisplayName("bytes count, too, of each member and of all")
        void bytes() {
            int quarterOfAMebibyte = 256 << 10;
            assertThat(record(tunis.name(), "one", quarterOfAMebibyte)).isEmpty();
            assertThat(record(tunis.name(), "one", 1)).contains("member-mebibytes-per-day<=1");
            for (int i = 1; i < Limits.PEER_QUOTA_MEMBERS; i++) {
                assertThat(record(tunis.name(), "member" + i, quarterOfAMebibyte))
                        .isEmpty();
            }
            assertThat(record(tunis.name(), "fresh", 1)).contains("server-mebibytes-per-day<=10");
        }
    }

    @Nested
    @DisplayName("By as many accounts as share what it may have")
    class Accounts {
        private static final String SHARE = "member-share-of-records";
        private static final DeviceId DEVICE = new DeviceId(Bytes.wrapUnsafe(new byte[DeviceId.SIZE_BYTES]));

        private final Journal journal = new Journal(new MemoryStore());
        private final PeerQuotas quotas = new PeerQuotas(QUOTA, journal);

        private Author member(String name) {
            return new Author.Member(new UserId(name, tunis.name()));
        }

        private Optional<String> record(Author author, int bytes, int treeBytes) {
            Optional<Refusal> tooMuch =
                    quotas.ofServer(author.server(), bytes).or(() -> quotas.ofMember(author, bytes));
            if (tooMuch.isEmpty()) {
                quotas.judged(author, bytes, treeBytes);
            }
            return tooMuch.map(Refusal::detail);
        }

        @Test
        @DisplayName(
                "that take all they can, and go on for days: whoever says something now and then is never refused, nor waits")
        void patient() {
            int attackers = Limits.PEER_QUOTA_MEMBERS;
            long step = DAY / QUOTA.recordsPerDay() / 4;
            int refused = 0;
            int taken = 0;
            for (long at = 0; at < 3 * DAY; at += step) {
                journal.setNow(new Now(0, at));
                for (int i = 0; i < attackers; i++) {
                    Optional<String> answer = record(member("mallory" + i), 1, 0);
                    while (answer.isEmpty()) {
                        taken++;
                        answer = record(member("mallory" + i), 1, 0);
                    }
                    assertThat(answer.get()).isIn(SHARE, "member-records-per-day<=48");
                    refused += answer.get().equals(SHARE) ? 1 : 0;
                }
                if (at % (16 * step) == 0) {
                    assertThat(record(member("honest"), 1, 0)).as("at " + at).isEmpty();
                    assertThat(record(new Author.Stranger(tunis.name(), DEVICE), 1, 0))
                            .as("one that comes back at " + at)
                            .isEmpty();
                }
            }
            assertThat(refused).isPositive();
            assertThat(taken).as("they had their part").isGreaterThan(2 * attackers * QUOTA.recordsPerDay());
        }

        @Test
        @DisplayName(
                "of which each is charged for the trees its commits have made the server keep, also beyond what it had left")
        void trees() {
            int mebibyte = 1 << 20;
            assertThat(record(member("mallory"), 1, mebibyte)).isEmpty();
            assertThat(record(member("mallory"), 1, mebibyte)).contains("member-mebibytes-per-day<=1");
            journal.setNow(new Now(0, DAY - DAY / 8));
            assertThat(record(member("mallory"), 1, mebibyte)).isEmpty();
        }

        @Test
        @DisplayName("leave a part for everybody else in the channel")
        void inTheChannel() {
            List<TestDevice> devices = new ArrayList<>();
            for (int i = 0; i < Limits.PEER_QUOTA_MEMBERS + 1; i++) {
                TestDevice device = tunis.member("m" + i);
                Expect.receipt(alice.invite(home, device), ReceiptStatus.ORDERED);
                device.join();
                device.follow();
                devices.add(device);
            }
            TestDevice honest = devices.remove(0);
            for (TestDevice device : devices) {
                for (int i = 0; i < AT_ONCE; i++) {
                    device.say(device.channel(home.id()), "spam");
                }
            }
            honest.say(honest.channel(home.id()), "at once");

            assertThat(home.texts()).endsWith("at once");
            assertThat(tunis.logs().outboxSize(home.id())).isZero();
            Expect.sound(berlin, tunis);
        }
    }

    @Nested
    @DisplayName("By changes of channels that its own server should have refused")
    class Changes {
        private int sent;

        @BeforeEach
        void sayMore() {
            world = new World(67);
            berlin = world.server("berlin.example");
            tunis = world.server("tunis.example");
            found();
        }

        private RecordReceipt send(TestDevice from, Submission said) {
            sent++;
            return receiptOf(record(from, said, 7, sent));
        }

        private static Submission notSigned(Submission good) {
            byte[] broken = good.payload().toByteArray();
            broken[broken.length - 1] ^= 1;
            return new Submission(good.channel(), good.kind(), good.epoch(), good.key(), Bytes.wrapUnsafe(broken));
        }

        @Test
        @DisplayName(
                "accounts that go on are refused for good before anything is verified: what their fellows say and change is ordered at once")
        void inVain() {
            TestDevice emil = tunis.member("emil");
            TestDevice gina = tunis.member("gina");
            Expect.receipt(alice.invite(home, emil, gina), ReceiptStatus.ORDERED);
            emil.join();
            gina.join();
            dina.follow();
            int most = Limits.VERIFIED_IN_VAIN_AT_ONCE_KIBIBYTES_MAX / Limits.VERIFIED_IN_VAIN_KIBIBYTES_MIN;
            for (TestDevice attacker : List.of(dina, emil)) {
                Submission bad = notSigned(attacker.update(attacker.channel(home.id())));
                RecordReceipt refused = send(attacker, bad);
                for (int i = 0; i < most && refused.getError().getDetail().equals("author-signature"); i++) {
                    refused = send(attacker, bad);
                }
                assertThat(refused.getDecision()).isEqualTo(HubDecision.DECIDED_FOR_GOOD);
                assertThat(refused.getError().getCode()).isEqualTo(ErrorCode.LIMIT_REACHED);
                assertThat(refused.getError().getRetryAfterMillis()).isPositive();
            }
            TestChannel ginas = gina.channel(home.id());
            assertThat(send(gina, gina.text(ginas, "at once")).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
            assertThat(send(gina, gina.update(ginas)).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        }
    }

    @Nested
    @DisplayName("By numbering each record in another incarnation")
    class Incarnations {
        private List<Bytes> keys(Table table) {
            List<Bytes> found = new ArrayList<>();
            new StoreRows(berlin.disk())
                    .scanPrefix(
                            table,
                            Key.of(home.id().bytes()).and(tunis.name().value()).bytes(),
                            (key, value) -> found.add(key));
            return found;
        }

        private Set<Bytes> incarnationsWithDecisions() {
            Set<Bytes> found = new HashSet<>();
            keys(Table.DECISION).forEach(key -> found.add(key.slice(0, key.size() - Long.BYTES)));
            return found;
        }

        private Record refusedRecord(long incarnation, long originSeq) {
            Submission text = dina.text(dinas(), "text " + incarnation);
            return record(
                    dina,
                    new Submission(text.channel(), text.kind(), text.epoch() + 1, text.key(), text.payload()),
                    incarnation,
                    originSeq);
        }

        @Test
        @DisplayName(
                "of records that are refused: they count as those that are ordered, and of their incarnations no more are known than of those")
        void ofRefused() {
            int count = 100;
            for (int i = 1; i <= count; i++) {
                RecordReceipt receipt = receiptOf(refusedRecord(10 + i, 1));
                assertThat(receipt.getDecision()).isEqualTo(HubDecision.DECIDED_FOR_GOOD);
                assertThat(receipt.getError().getDetail().equals("member-records-per-day<=48"))
                        .as("record %s of %s: %s", i, AT_ONCE, receipt.getError())
                        .isEqualTo(i > AT_ONCE);
            }
            assertThat(keys(Table.WATERMARK)).hasSize(Limits.INCARNATIONS_WITH_DECISIONS_MAX);
            assertThat(keys(Table.DECISION)).hasSize(Limits.INCARNATIONS_WITH_DECISIONS_MAX);
            assertReused(receiptOf(refusedRecord(11, 1)));
            assertReused(receiptOf(refusedRecord(11, 7)));
            assertReused(receiptOf(refusedRecord(10, 1)));
        }

        @Test
        @DisplayName(
                "as another device each: what the server may have is used up by what is refused, and then nothing is written")
        void ofRefusedStrangers() {
            int ofServer = AT_ONCE * Limits.PEER_QUOTA_MEMBERS;
            RecordReceipt receipt = RecordReceipt.getDefaultInstance();
            for (int i = 1; i <= ofServer + 1; i++) {
                receipt = receiptOf(ofStranger(refusedRecord(7, i)));
            }
            assertThat(receipt.getDecision()).isEqualTo(HubDecision.NOT_TAKEN);
            assertThat(receipt.getError().getDetail()).isEqualTo("server-records-per-day<=" + 4 * ofServer);
            assertThat(keys(Table.DECISION)).hasSize(ofServer);
        }

        private Record ofStranger(Record of) {
            return Record.of(new Record.Content(
                    of.channel(),
                    of.origin(),
                    of.originIncarnation(),
                    of.originSeq(),
                    of.kind(),
                    of.epoch(),
                    of.idempotencyKey(),
                    Optional.of(new DeviceId(Bytes.wrapUnsafe(world.random().bytes(DeviceId.SIZE_BYTES)))),
                    of.payload(),
                    World.START_MILLIS));
        }

        @Test
        @DisplayName(
                "answers to what is beyond a quota are remembered as many as records; without one the number is used, and what has it is judged anew (I1, I3)")
        void answersBeyond() {
            int remembered = AT_ONCE * Limits.PEER_QUOTA_MEMBERS;
            int count = AT_ONCE + remembered + 2;
            List<Record> records = new ArrayList<>();
            for (int i = 1; i <= count; i++) {
                records.add(refusedRecord(7, i));
                assertThat(receiptOf(records.get(i - 1)).getDecision()).isEqualTo(HubDecision.DECIDED_FOR_GOOD);
            }
            assertThat(keys(Table.DECISION)).hasSize(AT_ONCE + remembered);
            assertThat(receiptOf(records.get(count - 3)).getDecision()).isEqualTo(HubDecision.DECIDED_FOR_GOOD);
            assertReused(receiptOf(records.get(count - 1)));

            world.pass(DAY);
            Record said = record(dina, dina.text(dinas(), "judged anew"), 8, 1);
            assertThat(receiptOf(said).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        }

        @Test
        @DisplayName(
                "decisions of the newest few are kept; none begins again, and no message stands in the log twice (I3)")
        void onlyRise() {
            int count = Limits.INCARNATIONS_WITH_DECISIONS_MAX + 2;
            List<Record> records = new ArrayList<>();
            for (int i = 1; i <= count; i++) {
                Record record = record(dina, dina.text(dinas(), "text " + i), 10 + i, 1);
                records.add(record);
                assertThat(receiptOf(record).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
            }
            world.pass(2 * Limits.HOUSEKEEPING_MILLIS);
            assertThat(incarnationsWithDecisions()).hasSize(Limits.INCARNATIONS_WITH_DECISIONS_MAX);

            RecordReceipt again = receiptOf(records.get(count - 1));
            assertThat(again.getStatus()).isEqualTo(ReceiptStatus.ORDERED);
            assertThat(again.getDecision()).isEqualTo(HubDecision.DECIDED_FOR_GOOD);
            assertReused(receiptOf(records.get(0)));
            assertReused(receiptOf(record(dina, dina.text(dinas(), "in an old one"), 11, 2)));
            assertReused(receiptOf(record(dina, dina.text(dinas(), "in one that was left out"), 3, 1)));
            assertThat(home.texts()).hasSize(count);
        }

        private static void assertReused(RecordReceipt receipt) {
            assertThat(receipt.getDecision()).isEqualTo(HubDecision.NOT_TAKEN);
            assertThat(receipt.getError().getCode()).isEqualTo(ErrorCode.IDEMPOTENCY_CONFLICT);
            assertThat(receipt.getError().getDetail()).isEqualTo(HubIntake.NUMBER_REUSED);
        }

        @Test
        @DisplayName(
                "an honest origin that is put back to a copy of an earlier one, twice, loses nothing and repeats nothing (I1, I3)")
        void putBack() {
            dina.say(dinas(), "before");
            MemoryStore copy = tunis.disk().copy();
            List<String> said = new ArrayList<>(List.of("before"));
            for (int round = 0; round < 3; round++) {
                said.add("after " + round);
                dina.say(dinas(), "after " + round);
                world.pass(HEAL);
                world.cut(berlin, tunis);
                tunis.crash();
                tunis.restore(copy.copy());
                tunis.start();
                dina.connect();
                dinas().expectDeviceSeq(
                                dina.login().getLoggedIn().getChannels(0).getNextDeviceSeq());
                dina.follow();
                said.add("put back " + round);
                dina.say(dinas(), "put back " + round);
                world.heal(berlin, tunis);
                world.pass(HEAL);
            }
            assertThat(home.texts()).containsExactlyElementsOf(said);
            assertThat(tunis.logs().outboxSize(home.id())).isZero();
            assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
            Expect.sound(berlin, tunis);
        }
    }
}
