package chat.samara.systemtests.sim.network;

/** What is spoken on a connection (the protocols that ALPN would choose on the one real port). */
public enum Port {
    /** {@code samara-client/1}. */
    CLIENT,
    /** {@code samara-peer/1}. */
    PEER
}
