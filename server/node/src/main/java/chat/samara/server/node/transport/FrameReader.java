package chat.samara.server.node.transport;

import chat.samara.wire.RefusedException;
import chat.samara.wire.frame.FrameDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Cuts what TLS decrypted into frames. Passes on each frame as {@code byte[]}; a length that is refused is passed on as its
 * {@link chat.samara.wire.Refusal}, after the frames before it, and whatever comes behind it is dropped (I7, I9).
 */
final class FrameReader extends ChannelInboundHandlerAdapter {
    /** Something came, and made no frame whole. */
    enum Begun {
        FRAME
    }

    private final FrameDecoder decoder;
    private boolean stopped;

    FrameReader(int frameBytesMax) {
        this.decoder = new FrameDecoder(frameBytesMax);
    }

    /** On the event loop; holds from the next frame on. */
    void allowFrameBytes(int bytesMax) {
        decoder.limit(bytesMax);
    }

    /** On the event loop: whatever still comes is dropped. */
    void stop() {
        stopped = true;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            if (stopped) {
                return;
            }
            for (ByteBuffer piece : bytes.nioBuffers()) {
                decoder.feed(piece);
            }
        } finally {
            bytes.release();
        }
        try {
            Optional<byte[]> frame = decoder.next();
            if (frame.isEmpty()) {
                ctx.fireUserEventTriggered(Begun.FRAME);
            }
            while (frame.isPresent() && !stopped) {
                ctx.fireChannelRead(frame.get());
                frame = decoder.next();
            }
        } catch (RefusedException refused) {
            stopped = true;
            ctx.fireChannelRead(refused.refusal());
        }
    }
}
