package chat.samara.mls.framing;

/** {@code WireFormat} code points (RFC 9420 §17.2). */
public final class WireFormat {
    public static final int PUBLIC_MESSAGE = 0x0001;
    public static final int PRIVATE_MESSAGE = 0x0002;
    public static final int WELCOME = 0x0003;
    public static final int GROUP_INFO = 0x0004;
    public static final int KEY_PACKAGE = 0x0005;

    private WireFormat() {}
}
