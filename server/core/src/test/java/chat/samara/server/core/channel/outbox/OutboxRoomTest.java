package chat.samara.server.core.channel.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Limits;
import chat.samara.server.core.MemberQuota;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ReceiptStatus;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What waits for a hub that cannot be reached")
final class OutboxRoomTest {
    private static final long HEAL = 90_000;
    private static final int RECORD_BYTES = 250_000;

    private final World world =
            new World(117, CoreConfig.standard().withMemberQuota(new MemberQuota(80_000_000, 1_000_000, 10)));
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");
    private TestDevice dina = TestDevice.stranger(tunis, "nobody");
    private TestChannel dinas = dina.channel(dina.draft().id());

    @BeforeEach
    void cutOff() {
        world.peer(berlin, tunis);
        TestDevice alice = berlin.member("alice");
        dina = tunis.member("dina");
        TestChannel home = alice.found();
        Expect.receipt(alice.invite(home, dina), ReceiptStatus.ORDERED);
        world.pass(HEAL);
        dina.join();
        dina.follow();
        dinas = dina.channel(home.id());
        world.cut(berlin, tunis);
    }

    @Test
    @DisplayName("is so many bytes of a channel at the most (I7); when they have arrived, the next are taken")
    void bytes() {
        int taken = 0;
        while (dina.submit(dina.text(dinas, "x".repeat(RECORD_BYTES))).hasReceipt()) {
            taken++;
        }
        long bytes = (long) taken * RECORD_BYTES;
        assertThat(bytes)
                .isBetween(
                        Limits.OUTBOX_BYTES_PER_CHANNEL_MAX - 2L * RECORD_BYTES, Limits.OUTBOX_BYTES_PER_CHANNEL_MAX);
        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertThat(tunis.logs().outboxSize(dinas.id())).isZero();
        Expect.receipt(dina.submit(dina.text(dinas, "again")), ReceiptStatus.STORED);
    }

    @Test
    @DisplayName("is so many records of a channel at the most (I7)")
    void records() {
        for (int i = 0; i < Limits.OUTBOX_RECORDS_PER_CHANNEL_MAX; i++) {
            Expect.receipt(dina.submit(dina.text(dinas, "")), ReceiptStatus.STORED);
        }
        Error error = Expect.error(dina.submit(dina.text(dinas, "one more")), ErrorCode.LIMIT_REACHED);
        assertThat(error.getDetail()).startsWith("outbox-");
        assertThat(error.getReason()).contains("nothing was stored, try again later");
    }
}
