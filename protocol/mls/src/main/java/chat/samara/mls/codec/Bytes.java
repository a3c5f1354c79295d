package chat.samara.mls.codec;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An immutable byte string, compared by content. Ordered as unsigned bytes, lexicographically. Not for secrets: those need
 * erasing, see {@code chat.samara.mls.crypto.Secret}.
 */
public final class Bytes implements Comparable<Bytes> {
    /** The empty string. */
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private static final int SHOWN_BYTES_MAX = 8;

    private final byte[] content;
    private int hash;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /** A copy of the given bytes. */
    public static Bytes of(byte... bytes) {
        return bytes.length == 0 ? EMPTY : new Bytes(bytes.clone());
    }

    /** The UTF-8 encoding of the text. */
    public static Bytes ofUtf8(String text) {
        return wrapUnsafe(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The bytes that the hex digits stand for. Throws {@link IllegalArgumentException} for anything else. */
    public static Bytes ofHex(String hex) {
        return wrapUnsafe(HexFormat.of().parseHex(hex));
    }

    /** Takes the array without a copy: the caller must have just made it and must not touch it again. */
    public static Bytes wrapUnsafe(byte[] bytes) {
        return bytes.length == 0 ? EMPTY : new Bytes(bytes);
    }

    /** The parts, one after the other. */
    public static Bytes concat(Bytes... parts) {
        int size = 0;
        for (Bytes part : parts) {
            size = Math.addExact(size, part.size());
        }
        ByteBuffer joined = ByteBuffer.allocate(size);
        for (Bytes part : parts) {
            joined.put(part.content);
        }
        return wrapUnsafe(joined.array());
    }

    /** How many bytes. */
    public int size() {
        return content.length;
    }

    /** Whether there is no byte. */
    public boolean isEmpty() {
        return content.length == 0;
    }

    /** The byte at the index, 0 to {@code size() - 1}. */
    public byte get(int index) {
        return content[index];
    }

    /** The bytes from {@code from} (inclusive) to {@code to} (exclusive). */
    public Bytes slice(int from, int to) {
        if (from < 0 || to < from || to > content.length) {
            throw new IndexOutOfBoundsException(
                    "slice [" + from + ", " + to + ") of " + content.length + " bytes, expected a range within it");
        }
        return wrapUnsafe(Arrays.copyOfRange(content, from, to));
    }

    /** Whether the first bytes are those of the prefix. */
    public boolean startsWith(Bytes prefix) {
        return size() >= prefix.size()
                && Arrays.equals(content, 0, prefix.size(), prefix.content, 0, prefix.content.length);
    }

    /** A copy of the content. */
    public byte[] toByteArray() {
        return content.clone();
    }

    /** The content without a copy, for hashing and writing: it must not be changed. */
    public byte[] arrayUnsafe() {
        return content;
    }

    /** A read-only view of the content. */
    public ByteBuffer asReadOnlyBuffer() {
        return ByteBuffer.wrap(content).asReadOnlyBuffer();
    }

    /** All of the content in hex digits. */
    public String hex() {
        return HexFormat.of().formatHex(content);
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(content, other.content);
    }

    @Override
    public boolean equals(Object other) {
        return this == other || (other instanceof Bytes bytes && Arrays.equals(content, bytes.content));
    }

    @Override
    public int hashCode() {
        if (hash == 0) {
            hash = Arrays.hashCode(content);
        }
        return hash;
    }

    /** The first bytes in hex, for messages and logs. */
    @Override
    public String toString() {
        return content.length <= SHOWN_BYTES_MAX
                ? hex()
                : HexFormat.of().formatHex(content, 0, SHOWN_BYTES_MAX) + "…(" + content.length + ")";
    }
}
