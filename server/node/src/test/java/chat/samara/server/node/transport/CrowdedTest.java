package chat.samara.server.node.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What an event loop has before it is as much in the way of the others as what a network does not take. */
final class CrowdedTest {
    private static final int FRAME_BYTES = 1 << 20;
    private static final long TOTAL = 1L << 30;

    private final OutboundBudget outbound = new OutboundBudget(TOTAL);
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
    @DisplayName("It is crowded while an event loop has much to write, and no longer once that has tried")
    void eventLoop() {
        send(3);
        assertThat(outbound.isCrowded()).isFalse();
        send(3);
        assertThat(outbound.isCrowded()).isTrue();
        channel.runPendingTasks();
        assertThat(outbound.isCrowded()).isFalse();
    }

    @Test
    @DisplayName("nor once the connection is gone meanwhile")
    void gone() {
        send(6);
        connection.cut();
        channel.runPendingTasks();
        assertThat(outbound.isCrowded()).isFalse();
        assertThat(outbound.totalBytes()).isZero();
    }
}
