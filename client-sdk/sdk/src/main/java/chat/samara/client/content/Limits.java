package chat.samara.client.content;

/** The bounds of content, beside those that the protocol fixes in {@link chat.samara.wire.Limits} (I7). */
final class Limits {
    /** UTF-8 bytes in a fallback text. */
    static final int FALLBACK_BYTES_MAX = 4 << 10;

    /** Characters of a language's tag: what RFC 5646 §4.4.1 counts for the longest that are in use. */
    static final int LANGUAGE_CHARS_MAX = 35;

    /** Bytes in an encoded {@code Content}: the longest text and what is around it; decompression yields no more. */
    static final int CONTENT_BYTES_MAX = chat.samara.wire.Limits.TEXT_BYTES_MAX + (8 << 10);

    /** Of those, around the body: the franking key, tags and lengths. */
    static final int AROUND_BODY_BYTES_MAX = 64;

    /** Bytes in a packed content: never larger than plain, plus a header and the padding of its size class. */
    static final int PACKED_BYTES_MAX = CONTENT_BYTES_MAX + CONTENT_BYTES_MAX / 8 + 64;

    private Limits() {}
}
