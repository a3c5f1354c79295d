package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import com.google.protobuf.ByteString;

/**
 * Names one message of one device in one channel, however often it is sent or encrypted afresh (I3). For an application message
 * it is the start of the franking tag; otherwise it is random.
 *
 * @param bytes 16 bytes
 */
public record IdempotencyKey(Bytes bytes) implements Comparable<IdempotencyKey> {
    /** Bytes in a key. */
    public static final int SIZE_BYTES = 16;

    public IdempotencyKey {
        if (bytes.size() != SIZE_BYTES) {
            throw new IllegalArgumentException("idempotency key of " + bytes.size() + " bytes, expected " + SIZE_BYTES);
        }
    }

    /** A fresh key. */
    public static IdempotencyKey random(RandomSource random) {
        return new IdempotencyKey(Bytes.wrapUnsafe(random.bytes(SIZE_BYTES)));
    }

    /** From a field of a message; {@code name} is for the error. */
    public static IdempotencyKey fromWire(String name, ByteString value) throws RefusedException {
        return new IdempotencyKey(Field.exactly(name, value, SIZE_BYTES));
    }

    @Override
    public int compareTo(IdempotencyKey other) {
        return bytes.compareTo(other.bytes);
    }

    /** 32 hex digits. */
    @Override
    public String toString() {
        return bytes.hex();
    }
}
