package chat.samara.client.content;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdDictCompress;
import com.github.luben.zstd.ZstdDictDecompress;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;

/**
 * Makes an encoded content small, and hides most of its length.
 *
 * <pre>
 * packed = encoding (1 byte) | plain length (varint) | body length (varint) | body | zeros up to a size class
 * encoding 0: body is the plain content
 * encoding 1: body is a zstd frame made with dictionary 1
 * </pre>
 *
 * A new dictionary gets a new encoding; a receiver knows all that were ever shipped.
 */
final class ContentPacking {
    static final int PLAIN = 0;
    static final int ZSTD_DICTIONARY_1 = 1;

    /** Good ratio at a speed that no one notices for one message. */
    private static final int LEVEL = 9;

    /** The dictionary as the library works with it: to make that takes longer than to pack a text. Made when it is first needed, for all threads. */
    private static final class Digested {
        private static final byte[] DICTIONARY_1 = load("content-dictionary-1.zdict");
        static final ZstdDictCompress TO_COMPRESS = new ZstdDictCompress(DICTIONARY_1, LEVEL);
        static final ZstdDictDecompress TO_DECOMPRESS = new ZstdDictDecompress(DICTIONARY_1);
    }

    private ContentPacking() {}

    static byte[] pack(byte[] plain) {
        byte[] compressed = compress(plain);
        boolean smaller = compressed.length < plain.length;
        byte[] body = smaller ? compressed : plain;
        int header = 1 + varintSize(plain.length) + varintSize(body.length);
        byte[] packed = new byte[SizeClass.of(header + body.length)];
        packed[0] = (byte) (smaller ? ZSTD_DICTIONARY_1 : PLAIN);
        int at = putVarint(packed, 1, plain.length);
        at = putVarint(packed, at, body.length);
        System.arraycopy(body, 0, packed, at, body.length);
        return packed;
    }

    static byte[] unpack(byte[] packed) throws ContentException {
        if (packed.length == 0 || packed.length > Limits.PACKED_BYTES_MAX) {
            throw new ContentException(
                    "a packed content of " + packed.length + " bytes, expected 1 to " + Limits.PACKED_BYTES_MAX);
        }
        Cursor cursor = new Cursor(packed);
        int encoding = packed[0];
        int plainLength = cursor.varint("plain length", Limits.CONTENT_BYTES_MAX);
        int bodyLength = cursor.varint("body length", packed.length);
        if (bodyLength > packed.length - cursor.at) {
            throw new ContentException(
                    "a body of " + bodyLength + " bytes, but only " + (packed.length - cursor.at) + " are there");
        }
        for (int i = cursor.at + bodyLength; i < packed.length; i++) {
            if (packed[i] != 0) {
                throw new ContentException("padding that holds something, expected zeros only");
            }
        }
        return switch (encoding) {
            case PLAIN -> plain(packed, cursor.at, bodyLength, plainLength);
            case ZSTD_DICTIONARY_1 -> decompress(packed, cursor.at, bodyLength, plainLength);
            default ->
                throw new ContentException("content encoding " + encoding + " is not known here; update the software");
        };
    }

    /** What a packing says that it unpacks to, bounded by the limit; 0 for bytes that say nothing. */
    static int plainBytes(byte[] packed) {
        try {
            return packed.length == 0 ? 0 : new Cursor(packed).varint("plain length", Limits.CONTENT_BYTES_MAX);
        } catch (ContentException malformed) {
            return 0;
        }
    }

    private static byte[] plain(byte[] packed, int at, int bodyLength, int plainLength) throws ContentException {
        if (bodyLength != plainLength) {
            throw new ContentException("a plain body of " + bodyLength + " bytes, announced were " + plainLength);
        }
        return Arrays.copyOfRange(packed, at, at + bodyLength);
    }

    private static byte[] compress(byte[] plain) {
        try (ZstdCompressCtx zstd = new ZstdCompressCtx()) {
            // What these would add is known already or checked by the franking tag.
            zstd.setLevel(LEVEL).setContentSize(false).setDictID(false).setChecksum(false);
            zstd.loadDict(Digested.TO_COMPRESS);
            return zstd.compress(plain);
        }
    }

    private static byte[] decompress(byte[] packed, int at, int bodyLength, int plainLength) throws ContentException {
        // One byte more than announced, so that a frame that yields more is noticed; never more than the limit (I7).
        byte[] plain = new byte[plainLength + 1];
        long size;
        try (ZstdDecompressCtx zstd = new ZstdDecompressCtx()) {
            zstd.loadDict(Digested.TO_DECOMPRESS);
            size = zstd.decompressByteArray(plain, 0, plain.length, packed, at, bodyLength);
        } catch (ZstdException e) {
            throw new ContentException(
                    "a zstd body that cannot be decompressed: " + Zstd.getErrorName(-e.getErrorCode()), e);
        }
        if (size != plainLength) {
            throw new ContentException("a zstd body that yields " + size + " bytes, announced were " + plainLength);
        }
        return Arrays.copyOf(plain, plainLength);
    }

    private static int varintSize(int value) {
        int size = 1;
        for (int rest = value >>> 7; rest != 0; rest >>>= 7) {
            size++;
        }
        return size;
    }

    private static int putVarint(byte[] out, int start, int value) {
        int at = start;
        int rest = value;
        while (rest > 0x7f) {
            out[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        out[at++] = (byte) rest;
        return at;
    }

    private static byte[] load(String name) {
        try (InputStream in = ContentPacking.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + " is missing from the jar");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Cursor {
        private static final int VARINT_BYTES_MAX = 4;

        private final byte[] in;
        private int at = 1;

        Cursor(byte[] in) {
            this.in = in;
        }

        int varint(String what, int max) throws ContentException {
            int value = 0;
            for (int i = 0; i < VARINT_BYTES_MAX; i++) {
                if (at == in.length) {
                    throw new ContentException("the " + what + " is cut off");
                }
                byte next = in[at++];
                value |= (next & 0x7f) << (7 * i);
                if (next >= 0) {
                    if (value > max) {
                        throw new ContentException("a " + what + " of " + value + " bytes, the limit is " + max);
                    }
                    return value;
                }
            }
            throw new ContentException("a " + what + " of more than " + VARINT_BYTES_MAX + " bytes");
        }
    }
}
