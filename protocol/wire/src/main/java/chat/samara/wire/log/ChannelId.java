package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import com.google.protobuf.ByteString;

/**
 * A channel's id: SHA-256 over its encoded SignedGenesis. Whoever holds the genesis can check it.
 *
 * @param bytes 32 bytes
 */
public record ChannelId(Bytes bytes) implements Comparable<ChannelId> {
    /** Bytes in an id. */
    public static final int SIZE_BYTES = Sha256.BYTES;

    /** Bytes in a channel's MLS group id. */
    public static final int GROUP_ID_BYTES = 16;

    public ChannelId {
        if (bytes.size() != SIZE_BYTES) {
            throw new IllegalArgumentException("channel id of " + bytes.size() + " bytes, expected " + SIZE_BYTES);
        }
    }

    /** The id of the channel with this genesis. */
    public static ChannelId ofGenesis(Bytes encodedSignedGenesis) {
        return new ChannelId(Sha256.of(encodedSignedGenesis.arrayUnsafe()));
    }

    /** From a field of a message; {@code name} is for the error. */
    public static ChannelId fromWire(String name, ByteString value) throws RefusedException {
        return new ChannelId(Field.exactly(name, value, SIZE_BYTES));
    }

    /** The MLS group id: the first 16 bytes. So a message of one channel can never be taken for another's. */
    public Bytes mlsGroupId() {
        return bytes.slice(0, GROUP_ID_BYTES);
    }

    @Override
    public int compareTo(ChannelId other) {
        return bytes.compareTo(other.bytes);
    }

    /** 64 hex digits. */
    @Override
    public String toString() {
        return bytes.hex();
    }
}
