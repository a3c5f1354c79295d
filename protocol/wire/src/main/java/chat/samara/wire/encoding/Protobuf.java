package chat.samara.wire.encoding;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.proto.ErrorCode;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;

/** Encodes and decodes protobuf messages the way Samara wants it: the same message gives the same bytes, always. */
public final class Protobuf {
    private Protobuf() {}

    /** The deterministic encoding: fields in the order of their numbers, defaults left out. */
    public static Bytes encode(MessageLite message) {
        return Bytes.wrapUnsafe(encodeToArray(message));
    }

    /** As {@link #encode}, in a fresh array. */
    public static byte[] encodeToArray(MessageLite message) {
        byte[] encoded = new byte[message.getSerializedSize()];
        CodedOutputStream out = CodedOutputStream.newInstance(encoded);
        out.useDeterministicSerialization();
        try {
            message.writeTo(out);
        } catch (IOException e) {
            throw new IllegalStateException("an array of the message's own size was too small for it", e);
        }
        out.checkNoSpaceLeft();
        return encoded;
    }

    /**
     * Decodes untrusted bytes.
     *
     * @param what for the error, such as "record"
     * @param bytesMax the most bytes that are looked at; more is {@code TOO_LARGE}
     */
    public static <M extends MessageLite> M decode(String what, Parser<M> parser, Bytes encoded, int bytesMax)
            throws RefusedException {
        if (encoded.size() > bytesMax) {
            throw Field.tooLarge(what, encoded.size(), bytesMax);
        }
        try {
            return parser.parseFrom(encoded.arrayUnsafe());
        } catch (InvalidProtocolBufferException e) {
            throw malformed(what, e);
        }
    }

    /**
     * As {@link #decode}, and fields that are not known are dropped: each would take eighty times its bytes. For frames, of which nobody asks later
     * what else stood there; what is hashed or signed stands in them as bytes.
     */
    public static <M extends Message> M decodeKnown(String what, Parser<M> parser, Bytes encoded, int bytesMax)
            throws RefusedException {
        return decode(what, DiscardUnknownFieldsParser.wrap(parser), encoded, bytesMax);
    }

    static RefusedException malformed(String what, InvalidProtocolBufferException cause) {
        RefusedException refused =
                RefusedException.of(ErrorCode.MALFORMED, what + " could not be decoded: " + cause.getMessage(), what);
        refused.initCause(cause);
        return refused;
    }

    /** The same bytes as protobuf's type, without a copy. */
    public static ByteString toByteString(Bytes bytes) {
        return UnsafeByteOperations.unsafeWrap(bytes.arrayUnsafe());
    }

    /** A copy of protobuf's bytes. */
    public static Bytes toBytes(ByteString bytes) {
        return Bytes.wrapUnsafe(bytes.toByteArray());
    }
}
