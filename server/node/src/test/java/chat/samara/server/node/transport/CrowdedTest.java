package chat.samara.server.node.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What an event loop has before it is as much in the way of the others as what a network does not take. */
final class CrowdedTest {
    private static final int FRAME_BYTES = 4 * (1 << 18);
    private static final long TOTAL = 1L << 30;

    private int eased;
    private final OutboundBudget outbound = new OutboundBudget(TOTAL, () -> eased++);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Connection connection =
            TestConnections.over(channel, 1, Protocol.PEER, new InboundBudget(1_000, 10_000), outbound);

    private void send(int frames) {
        for (int i = 0; i < frames; i++) {
            connection.send(new byte[FRAME_BYTES]);
        }
        connection.flush();
    }

    @Test
    @DisplayName(
            "It is crowded while an event loop has much to write, and no longer once that has tried, which is told")
    void eventLoop() {
        send(3);
        assertThat(outbound.pressure()).isEqualTo(Pressure.NONE);
        send(3);
        assertThat(outbound.pressure()).isEqualTo(Pressure.EVENT_LOOPS);
        assertThat(eased).isZero();
        channel.runPendingTasks();
        assertThat(outbound.pressure()).isEqualTo(Pressure.NONE);
        assertThat(eased).isEqualTo(1);
    }

    @Test
    @DisplayName("nor once the connection is gone meanwhile")
    void gone() {
        send(6);
        connection.cut();
        channel.runPendingTasks();
        assertThat(outbound.pressure()).isEqualTo(Pressure.NONE);
        assertThat(outbound.totalBytes()).isZero();
        assertThat(eased).isEqualTo(1);
    }

    @Test
    @DisplayName("who lets little go before it was ever crowded eases nothing")
    void littleTellsNobody() {
        for (int i = 0; i < 10; i++) {
            send(1);
            channel.runPendingTasks();
        }
        assertThat(eased).isZero();
    }

    @Test
    @DisplayName(
            "what networks do not take is told apart: it may last, and ends when half of all that may wait is left")
    void networks() {
        outbound.waits(TOTAL / 2 + 1);
        assertThat(outbound.pressure()).isEqualTo(Pressure.NETWORKS);
        send(6);
        assertThat(outbound.pressure()).isEqualTo(Pressure.EVENT_LOOPS);
        channel.runPendingTasks();
        assertThat(outbound.pressure()).isEqualTo(Pressure.NETWORKS);
        int before = eased;
        outbound.left(1);
        assertThat(outbound.pressure()).isEqualTo(Pressure.NONE);
        assertThat(eased).isEqualTo(before + 1);
        outbound.left(1);
        assertThat(eased).isEqualTo(before + 1);
    }
}
