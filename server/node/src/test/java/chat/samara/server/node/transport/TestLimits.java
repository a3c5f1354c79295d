package chat.samara.server.node.transport;

/** The default limits with what a test is about made small. */
final class TestLimits {
    private static final int CLOSE_TIMEOUT_MILLIS = 500;

    private TestLimits() {}

    static TransportLimits withTimeouts(int handshakeMillis, int helloMillis, int idleMillis) {
        TransportLimits d = TransportLimits.defaults();
        return new TransportLimits(
                d.connectionsMax(),
                d.connectionsPerAddressMax(),
                d.strangersMax(),
                d.strangersPerAddressMax(),
                d.strangerFrameBytesMax(),
                d.clientFrameBytesMax(),
                d.peerFrameBytesMax(),
                handshakeMillis,
                helloMillis,
                idleMillis,
                CLOSE_TIMEOUT_MILLIS,
                d.unhandledBytesMax(),
                d.unhandledBytesTotalMax(),
                d.unfinishedBytesTotalMax(),
                d.clientUnsentBytesMax(),
                d.peerUnsentBytesMax(),
                d.unsentBytesTotalMax(),
                d.stalledBytes(),
                d.connectTimeoutMillis(),
                d.dialsMax());
    }

    static TransportLimits withUnhandledBytes(long perConnection, long total) {
        TransportLimits d = TransportLimits.defaults();
        return with(
                d.connectionsMax(),
                d.strangersMax(),
                perConnection,
                total,
                d.unfinishedBytesTotalMax(),
                d.clientUnsentBytesMax(),
                d.unsentBytesTotalMax());
    }

    static TransportLimits withUnfinishedBytes(long all) {
        TransportLimits d = TransportLimits.defaults();
        return with(
                d.connectionsMax(),
                d.strangersMax(),
                d.unhandledBytesMax(),
                d.unhandledBytesTotalMax(),
                all,
                d.clientUnsentBytesMax(),
                d.unsentBytesTotalMax());
    }

    static TransportLimits withUnsentBytes(long client) {
        TransportLimits d = TransportLimits.defaults();
        return with(
                d.connectionsMax(),
                d.strangersMax(),
                d.unhandledBytesMax(),
                d.unhandledBytesTotalMax(),
                d.unfinishedBytesTotalMax(),
                client,
                d.unsentBytesTotalMax());
    }

    static TransportLimits withUnsentBytesOfAll(long all) {
        TransportLimits d = TransportLimits.defaults();
        return with(
                d.connectionsMax(),
                d.strangersMax(),
                d.unhandledBytesMax(),
                d.unhandledBytesTotalMax(),
                d.unfinishedBytesTotalMax(),
                d.clientUnsentBytesMax(),
                all);
    }

    static TransportLimits withConnections(int all, int strangers) {
        TransportLimits d = TransportLimits.defaults();
        return with(
                all,
                strangers,
                d.unhandledBytesMax(),
                d.unhandledBytesTotalMax(),
                d.unfinishedBytesTotalMax(),
                d.clientUnsentBytesMax(),
                d.unsentBytesTotalMax());
    }

    private static TransportLimits with(
            int connections,
            int strangers,
            long unhandled,
            long unhandledTotal,
            long unfinishedTotal,
            long clientUnsent,
            long unsentTotal) {
        TransportLimits d = TransportLimits.defaults();
        return new TransportLimits(
                connections,
                d.connectionsPerAddressMax(),
                strangers,
                d.strangersPerAddressMax(),
                d.strangerFrameBytesMax(),
                d.clientFrameBytesMax(),
                d.peerFrameBytesMax(),
                d.handshakeTimeoutMillis(),
                d.helloTimeoutMillis(),
                d.idleTimeoutMillis(),
                d.closeTimeoutMillis(),
                unhandled,
                unhandledTotal,
                unfinishedTotal,
                clientUnsent,
                d.peerUnsentBytesMax(),
                unsentTotal,
                d.stalledBytes(),
                d.connectTimeoutMillis(),
                d.dialsMax());
    }
}
