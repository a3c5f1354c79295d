package chat.samara.server.core.channel.member;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Limits;
import chat.samara.server.core.MemberQuota;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.Table;
import chat.samara.wire.proto.ClaimedKeyPackage;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A member who fills the server's disk on purpose")
final class QuotasTest {
    private static final int AT_ONCE = 10;
    private static final MemberQuota QUOTA = new MemberQuota(4 * AT_ONCE, 1, 3);
    private static final long DAY = 24L * 3600 * 1000;

    private final World world = new World(47, CoreConfig.standard().withMemberQuota(QUOTA));
    private final TestServer berlin = world.server("berlin.example");
    private TestDevice mallory = TestDevice.stranger(berlin, "nobody");
    private TestDevice alice = mallory;
    private TestChannel room = mallory.channel(mallory.draft().id());

    @BeforeEach
    void found() {
        mallory = berlin.member("mallory");
        alice = berlin.member("alice");
        room = mallory.found();
        Expect.receipt(mallory.invite(room, alice), ReceiptStatus.ORDERED);
        alice.join();
        world.leap(DAY);
        mallory.reconnect();
        mallory.follow();
        alice.reconnect();
        alice.follow();
    }

    private static Error refused(ServerFrame answer, String limit) {
        Error error = Expect.error(answer, ErrorCode.LIMIT_REACHED);
        assertThat(error.getDetail()).startsWith(limit);
        assertThat(error.getReason()).contains("mallory@berlin.example", "operator", "a day", "try again later");
        assertThat(error.getRetryAfterMillis()).isPositive();
        return error;
    }

    @Test
    @DisplayName(
            "sends no more than a quarter of a day's messages at once and is told the limit, while everybody else sends on; then as many as a day gives")
    void records() {
        for (int i = 0; i < AT_ONCE; i++) {
            Expect.receipt(mallory.say(room, "spam"), ReceiptStatus.ORDERED);
        }
        long end = berlin.logs().position(room.id()).orElseThrow().seq();
        Error error = refused(mallory.say(room, "spam"), "records-per-day<=40");
        assertThat(error.getReason()).contains("40 messages and changes a day, 10 of them at once");
        assertThat(berlin.logs().position(room.id()).orElseThrow().seq()).isEqualTo(end);
        Expect.receipt(alice.say(alice.channel(room.id()), "hello"), ReceiptStatus.ORDERED);

        world.leap(error.getRetryAfterMillis());
        mallory.reconnect();
        Expect.receipt(mallory.say(room, "spam"), ReceiptStatus.ORDERED);
        refused(mallory.say(room, "spam"), "records-per-day<=40");
    }

    private List<String> warnings() {
        return ((AdminResult.Status) berlin.admin(new AdminCommand.ShowStatus())).warnings();
    }

    @Test
    @DisplayName("is named to the operator with what they have used up, until they have enough again")
    void named() {
        assertThat(warnings()).isEmpty();
        String large = "x".repeat(100 << 10);
        Expect.receipt(mallory.say(room, large), ReceiptStatus.ORDERED);
        Expect.receipt(mallory.say(room, large), ReceiptStatus.ORDERED);
        Error error = refused(mallory.say(room, large), "mebibytes-per-day<=1 MiB");
        assertThat(warnings())
                .singleElement()
                .asString()
                .contains("mallory@berlin.example has used up", "1 MiB a day, 256 KiB of it at once (--member-mib)");

        world.leap(error.getRetryAfterMillis());
        assertThat(warnings()).isEmpty();
        mallory.reconnect();
        for (int i = 0; i < AT_ONCE; i++) {
            ServerFrame unused = mallory.say(room, "spam");
        }
        assertThat(warnings())
                .singleElement()
                .asString()
                .contains(
                        "mallory@berlin.example has used up",
                        "40 messages and changes a day, 10 of them at once (--member-records)");
    }

    @Test
    @DisplayName("has no more by another device: it counts by name")
    void byName() {
        for (int i = 0; i < QUOTA.channelsPerDay(); i++) {
            mallory.found();
        }
        TestDevice second = mallory.successor();
        second.connect();
        assertThat(second.replace(mallory.who().device()).hasLoggedIn()).isTrue();
        refused(second.create(second.draft()), "channels-per-day<=3");
    }

    @Test
    @DisplayName("loses nothing by asking again what became of what is stored: that is free, and answered the same")
    void repeated() {
        Submission text = mallory.text(room, "once");
        ClientFrame.Builder again = ClientFrame.newBuilder().setSubmit(mallory.request(text, room.nextDeviceSeq()));
        Expect.receipt(mallory.submit(text), ReceiptStatus.ORDERED);
        for (int i = 0; i < 3 * AT_ONCE; i++) {
            Expect.receipt(mallory.ask(again.clone()), ReceiptStatus.ORDERED);
        }
        Expect.receipt(mallory.say(room, "twice"), ReceiptStatus.ORDERED);
        assertThat(alice.channel(room.id()).texts()).endsWith("once", "twice");
    }

    @Test
    @DisplayName("has no more bytes stored than a quarter of a day's at once, in however few messages")
    void bytes() {
        String large = "x".repeat(100 << 10);
        Expect.receipt(mallory.say(room, large), ReceiptStatus.ORDERED);
        Expect.receipt(mallory.say(room, large), ReceiptStatus.ORDERED);
        refused(mallory.say(room, large), "mebibytes-per-day<=1 MiB");
        Expect.receipt(mallory.say(room, "small"), ReceiptStatus.ORDERED);
        Expect.receipt(alice.say(alice.channel(room.id()), large), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName("founds no more channels than a day gives, whichever device asks")
    void channels() {
        for (int i = 0; i < QUOTA.channelsPerDay(); i++) {
            mallory.found();
        }
        refused(mallory.create(mallory.draft()), "channels-per-day<=3");
        alice.found();
        world.leap(DAY / 3);
        mallory.reconnect();
        mallory.found();
        refused(mallory.create(mallory.draft()), "channels-per-day<=3");
    }

    private static final int ADDED_FIRST = 60;

    private List<ClaimedKeyPackage> claimed(TestServer server, String name, int count) {
        List<TestDevice> devices = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            devices.add(server.member(name + i));
        }
        List<ClaimedKeyPackage> claimed = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            claimed.addAll(devices.get((i + 1) % count)
                    .claim(devices.get(i).user(), Bytes.of(new byte[16]))
                    .getClaimedKeyPackages()
                    .getKeyPackagesList());
        }
        return claimed;
    }

    private static long treeBytes(TestServer server) {
        long[] bytes = {0};
        new StoreRows(server.disk()).scanPrefix(Table.TREE, Bytes.EMPTY, (key, value) -> {
            bytes[0] += value.size();
            return true;
        });
        return bytes[0];
    }

    /** Adds one after the other by small commits in a large channel. Returns the answer to the one that was refused. */
    private ServerFrame addOneByOne(TestDevice adder, TestChannel large, List<ClaimedKeyPackage> added) {
        for (ClaimedKeyPackage each : added) {
            ServerFrame answer = adder.submit(adder.add(large, List.of(each)));
            if (answer.hasError()) {
                return answer;
            }
            world.pass(Limits.COMMIT_EVERY_MILLIS);
        }
        throw new AssertionError("none of " + added.size() + " commits was refused");
    }

    @Test
    @DisplayName("has the trees counted that small commits make the server keep for those whom they add")
    void trees() {
        TestChannel large = mallory.found();
        Expect.receipt(mallory.submit(mallory.add(large, claimed(berlin, "many", ADDED_FIRST))), ReceiptStatus.ORDERED);
        world.leap(DAY);
        mallory.reconnect();
        mallory.follow();
        long before = treeBytes(berlin);
        refused(addOneByOne(mallory, large, claimed(berlin, "more", 20)), "mebibytes-per-day<=1 MiB");
        long tree = large.group().ratchetTree().length;
        assertThat(treeBytes(berlin) - before).isBetween(128L << 10, (256L << 10) + tree);
        alice.reconnect();
        alice.follow();
        Expect.receipt(alice.say(alice.channel(room.id()), "hello"), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName(
            "has them counted on its own server where another is the channel's hub; nobody pays for what others' commits leave there")
    void treesOfAnotherHub() {
        TestServer tunis = world.server("tunis.example");
        world.peer(berlin, tunis);
        TestDevice olga = tunis.member("olga");
        TestChannel large = olga.found();
        List<ClaimedKeyPackage> first = claimed(berlin, "many", ADDED_FIRST);
        Expect.receipt(olga.invite(large, mallory), ReceiptStatus.ORDERED);
        Expect.receipt(olga.submit(olga.add(large, first)), ReceiptStatus.ORDERED);
        world.settle();
        mallory.join();
        world.leap(DAY);
        mallory.reconnect();
        mallory.follow();
        olga.reconnect();
        olga.follow();
        long before = treeBytes(berlin);
        refused(
                addOneByOne(mallory, mallory.channel(large.id()), claimed(berlin, "more", 20)),
                "mebibytes-per-day<=1 MiB");
        assertThat(treeBytes(berlin) - before).isGreaterThan(128L << 10);
        world.leap(DAY);
        mallory.reconnect();
        mallory.follow();
        olga.reconnect();
        olga.follow();
        for (ClaimedKeyPackage each : claimed(berlin, "others", 6)) {
            Expect.receipt(olga.submit(olga.add(large, List.of(each))), ReceiptStatus.ORDERED);
            world.pass(Limits.COMMIT_EVERY_MILLIS);
        }
        String much = "x".repeat(200 << 10);
        Expect.receipt(mallory.say(mallory.channel(large.id()), much), ReceiptStatus.STORED);
    }
}
