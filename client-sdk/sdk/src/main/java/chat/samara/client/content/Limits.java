package chat.samara.client.content;

/** The bounds of content, in one place (I7). */
public final class Limits {
    /** UTF-8 bytes in a text. */
    public static final int TEXT_BYTES_MAX = 200 * 1024;

    /** UTF-8 bytes in a channel's name. */
    public static final int CHANNEL_NAME_BYTES_MAX = 256;

    /** UTF-8 bytes in a channel's topic. */
    public static final int TOPIC_BYTES_MAX = 4 * 1024;

    /** UTF-8 bytes in a fallback text. */
    public static final int FALLBACK_BYTES_MAX = 4 * 1024;

    /** Bytes in a franking key. */
    public static final int FRANKING_KEY_BYTES = 32;

    /** Bytes in an encoded {@code Content}: what decompression may yield at most. */
    public static final int CONTENT_BYTES_MAX = TEXT_BYTES_MAX + 16 * 1024;

    /** Bytes in a packed content: never larger than plain, plus header and padding (at most an eighth). */
    public static final int PACKED_BYTES_MAX = CONTENT_BYTES_MAX + CONTENT_BYTES_MAX / 8 + 64;

    private Limits() {}
}
