package chat.samara.server.node.transport;

import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.OptionalLong;

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
        return unwatched(new EmbeddedChannel(), id, protocol, OptionalLong.empty());
    }

    /**
     * One that the other side has opened by a forwarder on this machine.
     *
     * @param returningDevice what it has shown itself to be
     */
    public static Connection behindAForwarder(long id, Protocol protocol, OptionalLong returningDevice) {
        EmbeddedChannel channel = new EmbeddedChannel() {
            @Override
            public SocketAddress remoteAddress() {
                return new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000);
            }
        };
        return unwatched(channel, id, protocol, returningDevice);
    }

    private static Connection unwatched(
            EmbeddedChannel channel, long id, Protocol protocol, OptionalLong returningDevice) {
        TransportLimits limits = TransportLimits.defaults();
        return over(
                channel,
                id,
                protocol,
                returningDevice,
                new InboundBudget(limits.unhandledBytesMax(), limits.unhandledBytesTotalMax()),
                new OutboundBudget(limits.unsentBytesTotalMax(), () -> {}));
    }

    /** The same, over a channel and under budgets that a test looks at. */
    static Connection over(
            EmbeddedChannel channel, long id, Protocol protocol, InboundBudget inbound, OutboundBudget outbound) {
        return over(channel, id, protocol, OptionalLong.empty(), inbound, outbound);
    }

    private static Connection over(
            EmbeddedChannel channel,
            long id,
            Protocol protocol,
            OptionalLong returningDevice,
            InboundBudget inbound,
            OutboundBudget outbound) {
        return new Connection(
                id,
                channel,
                protocol,
                Optional.empty(),
                returningDevice,
                new byte[32],
                TransportLimits.defaults(),
                inbound,
                outbound,
                new Recorder(),
                () -> {});
    }
}
