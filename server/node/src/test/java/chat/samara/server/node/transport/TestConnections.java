package chat.samara.server.node.transport;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Optional;

/** Connections without a network. */
public final class TestConnections {
    private TestConnections() {}

    /** One that the other side has opened. */
    public static Connection of(long id, Protocol protocol) {
        TransportLimits limits = TransportLimits.defaults();
        return new Connection(
                id,
                new EmbeddedChannel(),
                protocol,
                Optional.empty(),
                new byte[32],
                limits,
                new InboundBudget(limits.unhandledBytesMax(), limits.unhandledBytesTotalMax()),
                new OutboundBudget(limits.unsentBytesTotalMax()),
                new Recorder(),
                () -> {});
    }
}
