package chat.samara.server.node.transport;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Optional;

/** Connections without a network. */
public final class TestConnections {
    private TestConnections() {}

    /** The other side is not there any more. */
    public static void goes(Connection connection) {
        connection.gone();
    }

    /** Bytes of frames that the core's thread has given back: none of those that were handed over counts as having come. */
    public static long givenBackBytes(Connection connection) {
        return -connection.unhandledBytes();
    }

    /** One that the other side has opened. */
    public static Connection of(long id, Protocol protocol) {
        TransportLimits limits = TransportLimits.defaults();
        return over(
                new EmbeddedChannel(),
                id,
                protocol,
                new InboundBudget(limits.unhandledBytesMax(), limits.unhandledBytesTotalMax()),
                new OutboundBudget(limits.unsentBytesTotalMax()));
    }

    /** The same, over a channel and under budgets that a test looks at. */
    static Connection over(
            EmbeddedChannel channel, long id, Protocol protocol, InboundBudget inbound, OutboundBudget outbound) {
        return new Connection(
                id,
                channel,
                protocol,
                Optional.empty(),
                new byte[32],
                TransportLimits.defaults(),
                inbound,
                outbound,
                new Recorder(),
                () -> {});
    }
}
