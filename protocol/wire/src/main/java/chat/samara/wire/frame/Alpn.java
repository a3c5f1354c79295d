package chat.samara.wire.frame;

/** The protocols of Samara's one port, as TLS negotiates them (RFC 7301). */
public final class Alpn {
    /** Between a device and its own server. */
    public static final String CLIENT = "samara-client/1";

    /** Between two servers. */
    public static final String PEER = "samara-peer/1";

    private Alpn() {}
}
