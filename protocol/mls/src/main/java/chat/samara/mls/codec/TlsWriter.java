package chat.samara.mls.codec;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Writes the TLS presentation language (RFC 9420 §2.1). Grows as needed; not for more than one thread. */
public final class TlsWriter {
    private static final int VECTOR_BYTES_LIMIT = 1 << 30;

    private byte[] buffer;
    private int size;

    public TlsWriter() {
        this(256);
    }

    public TlsWriter(int expectedBytes) {
        buffer = new byte[Math.max(16, expectedBytes)];
    }

    public TlsWriter uint8(int value) {
        requireRange(value, 0xff);
        reserve(1);
        buffer[size++] = (byte) value;
        return this;
    }

    public TlsWriter uint16(int value) {
        requireRange(value, 0xffff);
        reserve(2);
        buffer[size++] = (byte) (value >>> 8);
        buffer[size++] = (byte) value;
        return this;
    }

    public TlsWriter uint32(int value) {
        reserve(4);
        buffer[size++] = (byte) (value >>> 24);
        buffer[size++] = (byte) (value >>> 16);
        buffer[size++] = (byte) (value >>> 8);
        buffer[size++] = (byte) value;
        return this;
    }

    public TlsWriter uint64(long value) {
        return uint32((int) (value >>> 32)).uint32((int) value);
    }

    /** Bytes without a length. */
    public TlsWriter raw(byte[] bytes) {
        reserve(bytes.length);
        System.arraycopy(bytes, 0, buffer, size, bytes.length);
        size += bytes.length;
        return this;
    }

    /** Bytes without a length. */
    public TlsWriter raw(Bytes bytes) {
        return raw(bytes.arrayUnsafe());
    }

    /** {@code opaque bytes<V>}. */
    public TlsWriter opaque(byte[] bytes) {
        return varint(bytes.length).raw(bytes);
    }

    /** {@code opaque bytes<V>}. */
    public TlsWriter opaque(Bytes bytes) {
        return opaque(bytes.arrayUnsafe());
    }

    /** The struct itself. */
    public TlsWriter struct(TlsEncodable value) {
        value.writeTo(this);
        return this;
    }

    /** {@code T items<V>}. */
    public TlsWriter vector(List<? extends TlsEncodable> items) {
        int start = size;
        for (TlsEncodable item : items) {
            item.writeTo(this);
        }
        return insertLength(start);
    }

    /** {@code uint16 items<V>}. */
    public TlsWriter vector16(List<Integer> items) {
        varint(2 * items.size());
        for (int item : items) {
            uint16(item);
        }
        return this;
    }

    /** {@code uint32 items<V>}. */
    public TlsWriter vector32(List<Integer> items) {
        varint(4 * items.size());
        for (int item : items) {
            uint32(item);
        }
        return this;
    }

    /** {@code optional<T>}. */
    public TlsWriter optional(Optional<? extends TlsEncodable> value) {
        uint8(value.isPresent() ? 1 : 0);
        value.ifPresent(present -> present.writeTo(this));
        return this;
    }

    /** A vector's length in the fewest bytes (RFC 9420 §2.1.2). */
    public TlsWriter varint(int value) {
        if (value < 0 || value >= VECTOR_BYTES_LIMIT) {
            throw new IllegalArgumentException("a vector of " + value + " bytes, expected 0 to 2^30 - 1");
        }
        if (value < 1 << 6) {
            return uint8(value);
        }
        return value < 1 << 14 ? uint16(value | 0x4000) : uint32(value | 0x8000_0000);
    }

    /** How many bytes have been written. */
    public int size() {
        return size;
    }

    /** A copy of what has been written. */
    public byte[] toByteArray() {
        return Arrays.copyOf(buffer, size);
    }

    /** What has been written. */
    public Bytes toBytes() {
        return Bytes.wrapUnsafe(toByteArray());
    }

    /** Overwrites what has been written, where it held a secret. */
    public void erase() {
        Arrays.fill(buffer, (byte) 0);
        size = 0;
    }

    private TlsWriter insertLength(int start) {
        int length = size - start;
        int headerBytes = length < 1 << 6 ? 1 : length < 1 << 14 ? 2 : 4;
        reserve(headerBytes);
        System.arraycopy(buffer, start, buffer, start + headerBytes, length);
        size = start;
        varint(length);
        size += length;
        return this;
    }

    private static void requireRange(int value, int max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException("integer " + value + ", expected 0 to " + max);
        }
    }

    private void reserve(int more) {
        int needed = Math.addExact(size, more);
        if (needed > buffer.length) {
            byte[] old = buffer;
            buffer = Arrays.copyOf(old, Math.max(needed, old.length * 2));
            // The old array may hold part of a secret.
            Arrays.fill(old, 0, size, (byte) 0);
        }
    }
}
