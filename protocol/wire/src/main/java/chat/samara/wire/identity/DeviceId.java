package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import com.google.protobuf.ByteString;

/**
 * A device's id: the first 16 bytes of SHA-256 over its MLS signature public key. So it cannot be chosen, and whoever knows the
 * key knows the id.
 *
 * @param bytes 16 bytes
 */
public record DeviceId(Bytes bytes) implements Comparable<DeviceId> {
    /** Bytes in an id. */
    public static final int SIZE_BYTES = 16;

    public DeviceId {
        if (bytes.size() != SIZE_BYTES) {
            throw new IllegalArgumentException("device id of " + bytes.size() + " bytes, expected " + SIZE_BYTES);
        }
    }

    /** The id of the device with this MLS signature public key. */
    public static DeviceId ofSignatureKey(Bytes signatureKey) {
        return new DeviceId(Sha256.of(signatureKey.arrayUnsafe()).slice(0, SIZE_BYTES));
    }

    /** From a field of a message; {@code name} is for the error. */
    public static DeviceId fromWire(String name, ByteString value) throws RefusedException {
        return new DeviceId(Field.exactly(name, value, SIZE_BYTES));
    }

    @Override
    public int compareTo(DeviceId other) {
        return bytes.compareTo(other.bytes);
    }

    /** 32 hex digits. */
    @Override
    public String toString() {
        return bytes.hex();
    }
}
