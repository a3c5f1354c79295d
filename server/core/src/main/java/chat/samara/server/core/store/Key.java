package chat.samara.server.core.store;

import chat.samara.mls.codec.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Builds keys. Numbers are 8 bytes big-endian (so they sort, being never negative); a name is its UTF-8 bytes and a zero byte,
 * which no name contains; ids are their bytes, of one size a table.
 */
public final class Key {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);

    private Key() {}

    /** A key that begins with the bytes of an id. */
    public static Key of(Bytes id) {
        return new Key().and(id);
    }

    /** A key that begins with a name. */
    public static Key of(String name) {
        return new Key().and(name);
    }

    /** Adds the bytes of an id. */
    public Key and(Bytes id) {
        bytes.writeBytes(id.arrayUnsafe());
        return this;
    }

    /** Adds a name. */
    public Key and(String name) {
        bytes.writeBytes(name.getBytes(StandardCharsets.UTF_8));
        bytes.write(0);
        return this;
    }

    /** Adds a number. */
    public Key and(long number) {
        if (number < 0) {
            throw new IllegalArgumentException("number " + number + " in a key, expected 0 or more");
        }
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes.write((int) (number >>> shift));
        }
        return this;
    }

    /** The key. */
    public Bytes bytes() {
        return Bytes.wrapUnsafe(bytes.toByteArray());
    }

    /** The first key behind all that begin with the prefix; empty (the table's end) if there is none. */
    public static Bytes after(Bytes prefix) {
        byte[] end = prefix.toByteArray();
        int last = end.length - 1;
        while (last >= 0 && end[last] == (byte) 0xff) {
            last--;
        }
        if (last < 0) {
            return Bytes.EMPTY;
        }
        end[last]++;
        return Bytes.wrapUnsafe(end).slice(0, last + 1);
    }

    /** The number at the offset of a key. */
    public static long numberAt(Bytes key, int offset) {
        long number = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            number = (number << 8) | (key.get(offset + i) & 0xff);
        }
        return number;
    }

    /** The name that begins at the offset of a key. */
    public static String nameAt(Bytes key, int offset) {
        int end = offset;
        while (key.get(end) != 0) {
            end++;
        }
        return new String(key.slice(offset, end).arrayUnsafe(), StandardCharsets.UTF_8);
    }
}
