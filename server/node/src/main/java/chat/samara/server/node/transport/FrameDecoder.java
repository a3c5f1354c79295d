package chat.samara.server.node.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Cuts the byte stream into frames: a 4-byte big-endian length, then that many bytes. A length of zero or above the
 * limit is refused before anything is allocated for it, and nothing after it is read (I7, I9).
 */
final class FrameDecoder extends ByteToMessageDecoder {
    static final int LENGTH_BYTES = 4;

    /** A length that cannot be accepted; travels up the pipeline as an event, in order after the frames before it. */
    record Refused(long frameBytes, int frameBytesMax) {}

    private int frameBytesMax;
    private boolean refused;

    FrameDecoder(int frameBytesMax) {
        this.frameBytesMax = frameBytesMax;
    }

    /** On the event loop; holds from the next frame on. */
    void allowFrameBytes(int bytesMax) {
        frameBytesMax = bytesMax;
    }

    /** On the event loop: whatever still comes is dropped. */
    void stop() {
        refused = true;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (refused) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (in.readableBytes() < LENGTH_BYTES) {
            return;
        }
        long length = in.getUnsignedInt(in.readerIndex());
        if (length == 0 || length > frameBytesMax) {
            refused = true;
            in.skipBytes(in.readableBytes());
            out.add(new Refused(length, frameBytesMax));
            return;
        }
        if (in.readableBytes() - LENGTH_BYTES < length) {
            return;
        }
        in.skipBytes(LENGTH_BYTES);
        byte[] frame = new byte[(int) length];
        in.readBytes(frame);
        out.add(frame);
    }
}
