package chat.samara.server.node.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelConfig;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What event loops and the core's thread tell the budgets of one connection may meet in any order. */
class BudgetRaceTest {
    private static final int LIMIT = 1_000;
    private static final int TOTAL = 10_000;

    private final InboundBudget inbound = new InboundBudget(LIMIT, TOTAL);
    private final OutboundBudget outbound = new OutboundBudget(TOTAL, () -> {});

    private final EmbeddedChannel channel = new ObservedChannel();

    private Runnable beforeStop = () -> {};

    @Test
    @DisplayName("a connection is read again where the core catches up just before reading stops")
    void coreCatchesUpBeforeTheStop() {
        Connection connection = connection();
        beforeStop = () -> inbound.handled(connection, LIMIT + 1);

        inbound.arrived(connection, LIMIT + 1);

        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    @DisplayName("a connection is read again where all together stopped it and the core catches up just before")
    void coreCatchesUpBeforeAllAreStopped() {
        Connection connection = connection();
        beforeStop = () -> inbound.handled(connection, TOTAL + 1);

        inbound.arrived(connection, TOTAL + 1);

        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    @DisplayName("a connection stays stopped until the core has caught up")
    void stopsUntilHandled() {
        Connection connection = connection();

        inbound.arrived(connection, LIMIT + 1);
        assertThat(channel.config().isAutoRead()).isFalse();

        inbound.handled(connection, LIMIT / 2);
        assertThat(channel.config().isAutoRead()).isFalse();
        inbound.handled(connection, 1);
        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    @DisplayName("who flows again before it was noted that it stalls is not cut for others")
    void flowsBeforeTheStallIsNoted() {
        Connection connection = connection();

        outbound.changed(connection);
        outbound.waits(TOTAL + 1);

        assertThat(channel.isOpen()).isTrue();
    }

    private Connection connection() {
        return TestConnections.over(channel, 1, Protocol.CLIENT, inbound, outbound);
    }

    /** Lets something happen just before reading stops. */
    private final class ObservedChannel extends EmbeddedChannel {
        private final ChannelConfig observed = new DefaultChannelConfig(this) {
            @Override
            public ChannelConfig setAutoRead(boolean autoRead) {
                if (!autoRead) {
                    beforeStop.run();
                }
                return super.setAutoRead(autoRead);
            }
        };

        @Override
        public ChannelConfig config() {
            // Asked by the constructor of the class above, too.
            return observed == null ? super.config() : observed;
        }
    }
}
