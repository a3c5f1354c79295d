package chat.samara.client.transport;

/** The transport's bounds, in one place (I7). */
final class Limits {
    /** For a TCP connection to one address. */
    static final int CONNECT_TIMEOUT_MILLIS = 10_000;

    /** For the TLS handshake. */
    static final int HANDSHAKE_TIMEOUT_MILLIS = 15_000;

    /** Bytes of frames that wait to be written; more means that the server reads nothing, and the connection is given up. */
    static final long UNSENT_BYTES_MAX = 64L << 20;

    /** Bytes that are read from the socket at once. */
    static final int READ_BYTES = 64 << 10;

    private Limits() {}
}
