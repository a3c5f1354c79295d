package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;

/** Reads rows of the own store. What cannot be read there was damaged or is a bug: unchecked, and the engine stops. */
final class Stored {
    private Stored() {}

    static <M extends MessageLite> M parse(Parser<M> parser, byte[] row) {
        try {
            return parser.parseFrom(row);
        } catch (InvalidProtocolBufferException e) {
            throw new DeviceStoreException("a row of " + row.length + " bytes that cannot be parsed", e);
        }
    }

    static Bytes bytes(ByteString value) {
        return Bytes.wrapUnsafe(value.toByteArray());
    }

    static ByteString bytes(Bytes value) {
        return ByteString.copyFrom(value.asReadOnlyBuffer());
    }
}
