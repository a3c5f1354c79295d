package chat.samara.mls.codec;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads the TLS presentation language (RFC 9420 §2.1) out of an array that it does not copy or change. Every length is
 * checked against what is left before anything is allocated; everything wrong is {@link MlsError#MALFORMED}. Not for more
 * than one thread.
 */
public final class TlsReader {
    /** Reads one struct. */
    @FunctionalInterface
    public interface Decoder<T> {
        T readFrom(TlsReader reader) throws MlsException;
    }

    private final byte[] buffer;
    private final int end;
    private int position;

    public TlsReader(byte[] buffer) {
        this(buffer, 0, buffer.length);
    }

    private TlsReader(byte[] buffer, int start, int end) {
        this.buffer = buffer;
        this.position = start;
        this.end = end;
    }

    /** One struct that fills the whole array. */
    public static <T> T decode(byte[] bytes, Decoder<T> decoder) throws MlsException {
        TlsReader reader = new TlsReader(bytes);
        T value = decoder.readFrom(reader);
        reader.requireEnd();
        return value;
    }

    public int uint8() throws MlsException {
        require(1);
        return buffer[position++] & 0xff;
    }

    public int uint16() throws MlsException {
        require(2);
        int value = (buffer[position] & 0xff) << 8 | (buffer[position + 1] & 0xff);
        position += 2;
        return value;
    }

    /** The 32 bits as they are: a value above 2^31 - 1 comes out negative. */
    public int uint32() throws MlsException {
        int high = uint16();
        return high << 16 | uint16();
    }

    /** A {@code uint32} that counts or indexes something here: at most 2^31 - 1. */
    public int index32() throws MlsException {
        int value = uint32();
        if (value < 0) {
            throw malformed("index " + Integer.toUnsignedString(value) + ", expected at most 2^31 - 1");
        }
        return value;
    }

    /** The 64 bits as they are: a value above 2^63 - 1 comes out negative. */
    public long uint64() throws MlsException {
        long high = uint32();
        return high << 32 | (uint32() & 0xffff_ffffL);
    }

    /** So many bytes. */
    public Bytes raw(int length) throws MlsException {
        return length == 0 ? Bytes.EMPTY : Bytes.wrapUnsafe(rawArray(length));
    }

    /** So many bytes. */
    public byte[] rawArray(int length) throws MlsException {
        require(length);
        byte[] bytes = Arrays.copyOfRange(buffer, position, position + length);
        position += length;
        return bytes;
    }

    /** {@code opaque bytes<V>}. */
    public Bytes opaque() throws MlsException {
        return raw(vectorLength());
    }

    /** {@code opaque bytes<V>}, for a secret. */
    public byte[] opaqueArray() throws MlsException {
        return rawArray(vectorLength());
    }

    /** {@code T items<V>}: items until the vector's length is used up exactly. */
    public <T> List<T> vector(Decoder<T> decoder) throws MlsException {
        int length = vectorLength();
        if (length == 0) {
            // Most vectors are empty, and a hostile input may consist of them.
            return List.of();
        }
        TlsReader items = nested(length);
        List<T> values = new ArrayList<>();
        while (items.hasRemaining()) {
            int before = items.position;
            values.add(decoder.readFrom(items));
            if (items.position == before) {
                throw malformed("an item of no bytes in a vector, expected at least one byte");
            }
        }
        return List.copyOf(values);
    }

    /** {@code uint16 items<V>}. */
    public List<Integer> vector16() throws MlsException {
        return vector(TlsReader::uint16);
    }

    /** {@code uint32 items<V>}, where the items are indices. */
    public List<Integer> vector32() throws MlsException {
        return vector(TlsReader::index32);
    }

    /** {@code optional<T>}: a presence octet other than 0 and 1 is malformed (RFC 9420 §2.1.1). */
    public <T> Optional<T> optional(Decoder<T> decoder) throws MlsException {
        int present = uint8();
        if (present > 1) {
            throw malformed("presence octet " + present + ", expected 0 or 1");
        }
        return present == 0 ? Optional.empty() : Optional.of(decoder.readFrom(this));
    }

    /** A vector's length: minimally encoded (RFC 9420 §2.1.2), and no longer than what is left. */
    public int vectorLength() throws MlsException {
        int length = varint();
        if (length > Limits.VECTOR_BYTES_MAX) {
            throw malformed("a vector of " + length + " bytes, expected at most " + Limits.VECTOR_BYTES_MAX);
        }
        require(length);
        return length;
    }

    /** A variable-size integer, minimally encoded (RFC 9420 §2.1.2). */
    public int varint() throws MlsException {
        int first = uint8();
        int prefix = first >>> 6;
        if (prefix == 3) {
            throw malformed("length prefix 11, expected 00, 01 or 10");
        }
        int length = 1 << prefix;
        int value = first & 0x3f;
        for (int i = 1; i < length; i++) {
            value = value << 8 | uint8();
        }
        if (prefix >= 1 && value < 1 << (8 * (length / 2) - 2)) {
            throw malformed("length " + value + " in " + length + " bytes, expected the fewest");
        }
        return value;
    }

    /** A reader of the next vector's content; this one goes on behind it. */
    public TlsReader nested() throws MlsException {
        return nested(vectorLength());
    }

    private TlsReader nested(int length) {
        TlsReader nested = new TlsReader(buffer, position, position + length);
        position += length;
        return nested;
    }

    /** Where the next byte will be read, counted from the start of the array. */
    public int position() {
        return position;
    }

    /** The bytes that were read since the position was {@code start}. */
    public Bytes since(int start) {
        return Bytes.wrapUnsafe(Arrays.copyOfRange(buffer, start, position));
    }

    public boolean hasRemaining() {
        return position < end;
    }

    public int remaining() {
        return end - position;
    }

    /** Refuses trailing bytes. */
    public void requireEnd() throws MlsException {
        if (hasRemaining()) {
            throw malformed(remaining() + " trailing bytes, expected none");
        }
    }

    private void require(int length) throws MlsException {
        if (length < 0 || length > end - position) {
            throw malformed(length + " bytes wanted, but " + (end - position) + " are left");
        }
    }

    private static MlsException malformed(String detail) {
        return new MlsException(MlsError.MALFORMED, detail);
    }
}
