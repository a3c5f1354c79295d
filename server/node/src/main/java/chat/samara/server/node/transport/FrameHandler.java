package chat.samara.server.node.transport;

import chat.samara.wire.Refusal;
import chat.samara.wire.proto.ErrorCode;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of a connection's pipeline: passes frames on and cuts off those who take too long or send nonsense. */
final class FrameHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(FrameHandler.class);
    private static final long TOLD_EVERY_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** So much of a frame any connection may hold; nearly every one does now and then. */
    private static final int UNFINISHED_BYTES_FREE = 4 << 10;

    private final TransportLimits limits;
    private final FrameReader reader;
    private final ConnectionListener listener;
    private final InboundBudget budget;
    private final UnfinishedFrames unfinished;
    private final ConnectionFactory factory;
    private @Nullable Connection connection;
    private @Nullable ScheduledFuture<?> helloTimeout;
    private long toldNanos = System.nanoTime();

    /** As it was told last. */
    private int unfinishedBytes;

    /** Makes the connection once its handler is in place; {@code onAuthenticated} runs on the event loop. */
    interface ConnectionFactory {
        Connection make(Runnable onAuthenticated);
    }

    FrameHandler(
            TransportLimits limits,
            FrameReader reader,
            ConnectionListener listener,
            InboundBudget budget,
            UnfinishedFrames unfinished,
            ConnectionFactory factory) {
        this.limits = limits;
        this.reader = reader;
        this.listener = listener;
        this.budget = budget;
        this.unfinished = unfinished;
        this.factory = factory;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        Connection made = factory.make(() -> authenticated(ctx));
        connection = made;
        helloTimeout = ctx.executor()
                .schedule(
                        () -> refuse(Refusal.of(
                                ErrorCode.UNAUTHENTICATED,
                                "no valid login came within " + limits.helloTimeoutMillis() + " ms; connect again",
                                "hello-timeout")),
                        limits.helloTimeoutMillis(),
                        TimeUnit.MILLISECONDS);
        listener.opened(made);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Connection open = connection;
        if (open == null) {
            return;
        }
        if (message instanceof byte[] frame) {
            unfinished(open, 0);
            budget.arrived(open, frame.length + Connection.FRAME_OVERHEAD_BYTES);
            listener.frame(open, frame);
        } else if (message instanceof Refusal refusal) {
            refuse(refusal);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        Connection open = connection;
        if (open != null) {
            int bytes = reader.unfinishedBytes();
            unfinished(open, bytes > UNFINISHED_BYTES_FREE ? bytes : 0);
        }
    }

    private void unfinished(Connection open, int bytes) {
        if (bytes != unfinishedBytes) {
            unfinishedBytes = bytes;
            unfinished.holds(open, bytes);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof FrameReader.Begun) {
            frameBegun();
        } else if (event instanceof IdleStateEvent idle) {
            idle(ctx, idle.state());
        } else if (event instanceof SslCloseCompletionEvent) {
            // The other side will send nothing more; TCP may stay half open for long, so do not wait for it.
            ChannelFuture unused = ctx.close();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    private void frameBegun() {
        Connection open = connection;
        long now = System.nanoTime();
        if (open != null && open.protocol() == Protocol.PEER && now - toldNanos >= TOLD_EVERY_NANOS) {
            toldNanos = now;
            listener.frameBegun(open);
        }
    }

    /** Who says nothing is gone; so is who takes nothing of what waits for it, however much it says. */
    private void idle(ChannelHandlerContext ctx, IdleState state) {
        Connection open = connection;
        boolean takesNothing = state == IdleState.WRITER_IDLE && open != null && open.isStalled();
        if (takesNothing || state == IdleState.READER_IDLE) {
            LOG.debug("{} {} nothing for {} ms", open, takesNothing ? "took" : "said", limits.idleTimeoutMillis());
            ChannelFuture unused = ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        cancelHelloTimeout();
        Connection gone = connection;
        if (gone != null) {
            connection = null;
            budget.forget(gone);
            unfinished(gone, 0);
            gone.gone();
            listener.closed(gone);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("{} failed: {}", connection, cause.toString());
        ChannelFuture unused = ctx.close();
    }

    private void authenticated(ChannelHandlerContext ctx) {
        Connection open = connection;
        if (open == null || ctx.isRemoved()) {
            return;
        }
        cancelHelloTimeout();
        reader.allowFrameBytes(limits.frameBytesMax(open.protocol()));
        if (ctx.pipeline().get(IdleStateHandler.class) == null) {
            ctx.pipeline()
                    .addBefore(
                            FramePipeline.READER,
                            "idle",
                            new IdleStateHandler(
                                    true,
                                    limits.idleTimeoutMillis(),
                                    limits.idleTimeoutMillis(),
                                    0,
                                    TimeUnit.MILLISECONDS));
        }
    }

    private void refuse(Refusal refusal) {
        Connection open = connection;
        if (open != null) {
            LOG.debug("{} refused: {}", open, refusal);
            cancelHelloTimeout();
            reader.stop();
            open.refuse(open.protocol().encodeError(refusal));
        }
    }

    private void cancelHelloTimeout() {
        if (helloTimeout != null) {
            helloTimeout.cancel(false);
        }
    }
}
