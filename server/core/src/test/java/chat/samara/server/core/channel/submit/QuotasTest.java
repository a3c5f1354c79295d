package chat.samara.server.core.channel.submit;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.MemberQuota;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
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
                .contains("mallory@berlin.example has used up", "1 MiB a day (--member-mib)");

        world.leap(error.getRetryAfterMillis());
        assertThat(warnings()).isEmpty();
        mallory.reconnect();
        for (int i = 0; i < AT_ONCE; i++) {
            ServerFrame unused = mallory.say(room, "spam");
        }
        assertThat(warnings())
                .singleElement()
                .asString()
                .contains("mallory@berlin.example has used up", "40 messages and changes a day (--member-records)");
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
}
