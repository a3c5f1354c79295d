package chat.samara.wire.frame;

import chat.samara.wire.encoding.Protobuf;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Frames as bytes: a 4-byte big-endian length, then that many bytes of protobuf. {@link FrameDecoder} is the way back. */
public final class FrameCodec {
    /** Bytes of the length in front of each frame. */
    public static final int HEADER_BYTES = 4;

    private FrameCodec() {}

    /** The frame without its length, as {@code …Frames.decode} takes it. */
    public static byte[] body(MessageLite frame) {
        return Protobuf.encodeToArray(frame);
    }

    /** The frame with its length in front, ready for the wire. */
    public static byte[] encode(MessageLite frame) {
        int length = frame.getSerializedSize();
        byte[] framed = new byte[HEADER_BYTES + length];
        ByteBuffer.wrap(framed).putInt(length);
        CodedOutputStream out = CodedOutputStream.newInstance(framed, HEADER_BYTES, length);
        out.useDeterministicSerialization();
        try {
            frame.writeTo(out);
        } catch (IOException e) {
            throw new IllegalStateException("an array of the frame's own size was too small for it", e);
        }
        out.checkNoSpaceLeft();
        return framed;
    }

    /** An encoded frame with its length in front. */
    public static byte[] encode(byte[] body) {
        return ByteBuffer.allocate(HEADER_BYTES + body.length)
                .putInt(body.length)
                .put(body)
                .array();
    }
}
