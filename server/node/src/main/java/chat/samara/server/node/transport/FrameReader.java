package chat.samara.server.node.transport;

import chat.samara.wire.RefusedException;
import chat.samara.wire.frame.FrameDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what TLS decrypted into frames. Passes on each frame as {@code byte[]}; a length that is refused is passed on as its
 * {@link chat.samara.wire.Refusal}, after the frames before it, and whatever comes behind it is dropped (I7, I9).
 *
 * <p>A peer is authenticated as soon as it has shown its proof, and knows that before the core here has looked at it: what it sends at once may be large. So
 * a frame that only an authenticated side may send waits, and nothing is read behind it, until the core has decided or the time for that is up.
 */
final class FrameReader extends ChannelInboundHandlerAdapter {
    /** Something came, and made no frame whole. */
    enum Begun {
        FRAME
    }

    private final FrameDecoder decoder;
    private final int waitsBytesMax;
    private int frameBytesMax;
    private boolean waits;
    private boolean stopped;
    private @Nullable ChannelHandlerContext context;

    /**
     * @param frameBytesMax what is taken before anybody is authenticated
     * @param waitsBytesMax larger frames than that are refused at once, smaller ones wait
     */
    FrameReader(int frameBytesMax, int waitsBytesMax) {
        this.decoder = new FrameDecoder(frameBytesMax);
        this.frameBytesMax = frameBytesMax;
        this.waitsBytesMax = waitsBytesMax;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** On the event loop; holds from the next frame on. */
    void allowFrameBytes(int bytesMax) {
        frameBytesMax = bytesMax;
        decoder.limit(bytesMax);
        ChannelHandlerContext ctx = context;
        if (waits && ctx != null) {
            waits = false;
            ctx.channel().config().setAutoRead(true);
            passOn(ctx);
        }
    }

    /** On the event loop: what the frame takes in memory of which a part is here, beside what each connection takes. */
    int unfinishedBytes() {
        return decoder.heldBytes();
    }

    /** On the event loop: whatever still comes is dropped. */
    void stop() {
        stopped = true;
        decoder.clear();
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
        if (!passOn(ctx)) {
            ctx.fireUserEventTriggered(Begun.FRAME);
        }
    }

    /** Returns whether there was a frame, or the refusal of one. */
    private boolean passOn(ChannelHandlerContext ctx) {
        boolean any = false;
        try {
            while (!stopped && !mustWait(ctx)) {
                Optional<byte[]> frame = decoder.next();
                if (frame.isEmpty()) {
                    return any;
                }
                any = true;
                ctx.fireChannelRead(frame.get());
            }
            return any;
        } catch (RefusedException refused) {
            stop();
            ctx.fireChannelRead(refused.refusal());
            return true;
        }
    }

    private boolean mustWait(ChannelHandlerContext ctx) {
        OptionalLong announced = decoder.announced();
        waits = announced.isPresent()
                && announced.getAsLong() > frameBytesMax
                && announced.getAsLong() <= waitsBytesMax;
        if (waits) {
            ctx.channel().config().setAutoRead(false);
        }
        return waits;
    }
}
