package chat.samara.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** One connection. What is written while a burst of frames is read leaves in one piece behind the burst. */
public final class FrameLink extends SimpleChannelInboundHandler<ByteBuf> {
    static final int HEADER_BYTES = 4;

    private final LoadClient client;
    private final Channel channel;
    private final WireCounter counter;
    private final FrameTaker taker;
    private final CompletableFuture<FrameLink> connected;
    private volatile boolean closing;
    private volatile int handshakeBytes;

    FrameLink(
            LoadClient client,
            Channel channel,
            WireCounter counter,
            FrameTaker taker,
            CompletableFuture<FrameLink> connected) {
        this.client = client;
        this.channel = channel;
        this.counter = counter;
        this.taker = taker;
        this.connected = connected;
    }

    /** The thread that the connection lives on. */
    public EventLoop loop() {
        return channel.eventLoop();
    }

    /** Writes a frame with its length in front; it leaves with the next flush. */
    public void write(byte[] frame) {
        write(Unpooled.wrappedBuffer(frame));
    }

    /** The same of a buffer, which is given away. */
    public void write(ByteBuf frame) {
        ChannelFuture unused = channel.write(frame);
    }

    public void flush() {
        channel.flush();
    }

    /** Does this again and again until it is closed, on its thread. */
    void every(long seconds, Runnable task) {
        Future<?> repeated = loop().scheduleAtFixedRate(task, seconds, seconds, TimeUnit.SECONDS);
        channel.closeFuture().addListener(closed -> repeated.cancel(false));
    }

    /** Bytes that came until TLS was up. Any thread. */
    public int handshakeBytes() {
        return handshakeBytes;
    }

    /** Whether what comes is read; if not, it stays with the system, and then with the server. Any thread. */
    void reads(boolean wanted) {
        channel.config().setAutoRead(wanted);
    }

    /** Ends it, without that counting as a failure; done when it has ended. Any thread. */
    public CompletableFuture<Void> close() {
        closing = true;
        CompletableFuture<Void> closed = new CompletableFuture<>();
        channel.close().addListener(done -> closed.complete(null));
        return closed;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                handshakeBytes = Math.toIntExact(counter.bytes());
                connected.complete(this);
            } else {
                connected.completeExceptionally(handshake.cause());
            }
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
        taker.take(frame);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        context.flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        broken("a connection was closed by the server");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        broken("a connection failed: " + cause);
    }

    private void broken(String what) {
        if (!closing) {
            connected.completeExceptionally(new IllegalStateException(what));
            client.fail(what);
        }
    }
}
