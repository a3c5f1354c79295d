package chat.samara.server.node.transport;

import chat.samara.wire.Limits;
import java.time.Duration;

/**
 * Every limit of the transport (I7). What a stranger may cost is far below what a member or peer may.
 *
 * @param connectionsMax connections at one time, both protocols together
 * @param connectionsPerAddressMax connections from one IPv4 address or IPv6 /64; a whole neighbourhood may share one.
 *     Loopback is exempt: onion services and proxies arrive from there
 * @param strangersMax connections that have not authenticated yet; beyond it the eldest of the address with most of them is closed
 * @param strangersPerAddressMax the same from one address; beyond it its eldest is closed
 * @param strangerFrameBytesMax bytes of a frame before authentication
 * @param clientFrameBytesMax bytes of a frame from an authenticated device
 * @param peerFrameBytesMax bytes of a frame from an authenticated peer
 * @param handshakeTimeoutMillis how long TLS may take
 * @param helloTimeoutMillis how long authentication may take after TLS
 * @param idleTimeoutMillis how long an authenticated side may be silent; clients and peers ping well within it
 * @param closeTimeoutMillis how long a last frame may take to leave before the connection is cut
 * @param unhandledBytesMax bytes of frames from one connection that the core has not handled yet; beyond it the
 *     connection is not read
 * @param unhandledBytesTotalMax the same over all connections
 * @param unfinishedBytesTotalMax bytes of frames of which a part has come, over all connections of devices, and as many over those of peers; beyond it
 *     whoever holds most is cut off
 * @param clientUnsentBytesMax bytes for one device that the network has not taken yet; beyond it the connection is cut,
 *     and the device comes back to its cursor
 * @param peerUnsentBytesMax the same for a peer
 * @param unsentBytesTotalMax the same over all connections; beyond it those are cut that have taken nothing for longest
 * @param stalledBytes bytes for one connection that the network has not taken yet, beyond which nothing is added that can wait
 * @param connectTimeoutMillis how long TCP may take to connect to one address of a peer
 * @param dialsMax peers that are being dialled at one time
 */
public record TransportLimits(
        int connectionsMax,
        int connectionsPerAddressMax,
        int strangersMax,
        int strangersPerAddressMax,
        int strangerFrameBytesMax,
        int clientFrameBytesMax,
        int peerFrameBytesMax,
        int handshakeTimeoutMillis,
        int helloTimeoutMillis,
        int idleTimeoutMillis,
        int closeTimeoutMillis,
        long unhandledBytesMax,
        long unhandledBytesTotalMax,
        long unfinishedBytesTotalMax,
        long clientUnsentBytesMax,
        long peerUnsentBytesMax,
        long unsentBytesTotalMax,
        long stalledBytes,
        int connectTimeoutMillis,
        int dialsMax) {

    /** Bytes of a ClientHello. One with post-quantum key shares takes some 2 KiB. */
    static final int CLIENT_HELLO_BYTES_MAX = 16 << 10;

    /** Connections of returning devices that have not logged in yet; these are not closed for strangers, and beyond it the eldest makes room. */
    static final int KNOWN_MAX = 1_000;

    /** The same of one device. */
    static final int KNOWN_PER_DEVICE_MAX = 4;

    /** TLS handshakes of one returning device at once; after these, one every {@link #KNOWN_HANDSHAKE_EVERY_MILLIS}. */
    static final int KNOWN_HANDSHAKES_AT_ONCE_MAX = 10;

    static final long KNOWN_HANDSHAKE_EVERY_MILLIS = 1_000;

    /** TLS handshakes of strangers from one address at once; after these, one every {@link #HANDSHAKE_EVERY_MILLIS}. */
    static final int HANDSHAKES_PER_ADDRESS_AT_ONCE_MAX = 200;

    static final long HANDSHAKE_EVERY_MILLIS = 50;

    /** The same from loopback, where onion services and forwarders bring everybody: about half of what a core can do. */
    static final int HANDSHAKES_FROM_LOOPBACK_AT_ONCE_MAX = 2_000;

    static final long HANDSHAKE_FROM_LOOPBACK_EVERY_MILLIS = 2;

    /** Addresses, and as many returning devices, whose handshakes are counted. */
    static final int HANDSHAKE_RATES_KEPT_MAX = 10_000;

    /** Return tokens of one device that are remembered to have been shown: of the logins of some days, 8 each. */
    static final int SPENT_TOKENS_PER_DEVICE_MAX = 64;

    /** Devices of which these are remembered; some 10 MiB if each has shown as many. */
    static final int DEVICES_WITH_SPENT_TOKENS_MAX = 10_000;

    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;

    /** Frames that wait lie in the heap until they are joined, and outside of it, under a limit as large, from then on. */
    private static final int UNSENT_PART_OF_HEAP = 4;

    /** For devices, and again for peers. */
    private static final int UNFINISHED_PART_OF_HEAP = 16;

    /** What a server runs with. */
    public static TransportLimits defaults() {
        return new TransportLimits(
                10_000,
                1_000,
                1_000,
                100,
                Limits.UNAUTHENTICATED_FRAME_BYTES_MAX,
                Limits.CLIENT_FRAME_BYTES_MAX,
                Limits.PEER_FRAME_BYTES_MAX,
                millis(Duration.ofSeconds(10)),
                millis(Duration.ofSeconds(15)),
                millis(Duration.ofMinutes(2)),
                millis(Duration.ofSeconds(5)),
                256 * KIB,
                64L * MIB,
                Math.max(16L * MIB, Runtime.getRuntime().maxMemory() / UNFINISHED_PART_OF_HEAP),
                8L * MIB,
                32L * MIB,
                Math.max(16L * MIB, Runtime.getRuntime().maxMemory() / UNSENT_PART_OF_HEAP),
                64 * KIB,
                millis(Duration.ofSeconds(10)),
                64);
    }

    /** The largest frame that an authenticated side may send. */
    int frameBytesMax(Protocol protocol) {
        return protocol == Protocol.CLIENT ? clientFrameBytesMax : peerFrameBytesMax;
    }

    /** How much may wait to be sent to one side. */
    long unsentBytesMax(Protocol protocol) {
        return protocol == Protocol.CLIENT ? clientUnsentBytesMax : peerUnsentBytesMax;
    }

    private static int millis(Duration duration) {
        return Math.toIntExact(duration.toMillis());
    }
}
