package chat.samara.server.node.transport;

import chat.samara.wire.Visible;
import chat.samara.wire.identity.ServerAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Opens connections to peers. Each dial has a thread of its own while it lasts, because looking a name up blocks for as
 * long as the system's resolver likes: that must not hold up an event loop and with it other links (I9).
 */
final class Dialer implements AutoCloseable {
    private static final int THREAD_KEEP_ALIVE_SECONDS = 10;

    private final TransportLimits limits;
    private final Platform platform;
    private final FramePipeline pipeline;
    private final ConnectionListener listener;
    private final EventLoopGroup eventLoops;
    private final ChannelGroup channels;
    private final SslContext tls;
    private final ExecutorService threads;
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    Dialer(
            TransportLimits limits,
            Platform platform,
            FramePipeline pipeline,
            ConnectionListener listener,
            EventLoopGroup eventLoops,
            ChannelGroup channels)
            throws IOException {
        this.limits = limits;
        this.platform = platform;
        this.pipeline = pipeline;
        this.listener = listener;
        this.eventLoops = eventLoops;
        this.channels = channels;
        this.tls = TlsContexts.dialling(platform.tls());
        this.threads = new ThreadPoolExecutor(
                0,
                limits.dialsMax(),
                THREAD_KEEP_ALIVE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                new DefaultThreadFactory("samara-dial", true));
    }

    void dial(String serverName, List<InetSocketAddress> addresses, List<InetSocketAddress> operatorsOwn) {
        if (!underWay.add(serverName)) {
            return;
        }
        try {
            threads.execute(() -> tryAll(serverName, addresses, operatorsOwn));
        } catch (RejectedExecutionException full) {
            underWay.remove(serverName);
            listener.dialFailed(serverName, List.of(limits.dialsMax() + " dials are under way already"));
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private void tryAll(String serverName, List<InetSocketAddress> addresses, List<InetSocketAddress> operatorsOwn) {
        List<String> reasons = new ArrayList<>();
        DialRule rule = new DialRule(operatorsOwn);
        for (InetSocketAddress address : addresses) {
            try {
                for (InetAddress resolved : InetAddress.getAllByName(address.getHostString())) {
                    Optional<String> failure = rule.allows(address, resolved)
                            ? tryOne(serverName, new InetSocketAddress(resolved, address.getPort()))
                            : Optional.of(notNamed(resolved));
                    if (failure.isEmpty()) {
                        return;
                    }
                    reasons.add(new ServerAddress(resolved.getHostAddress(), address.getPort()) + ": "
                            + Visible.of(failure.get()));
                }
            } catch (UnknownHostException unknown) {
                reasons.add(address.getHostString() + ": no such host");
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                reasons.add("the server is stopping");
                break;
            }
        }
        underWay.remove(serverName);
        listener.dialFailed(serverName, reasons);
    }

    private static String notNamed(InetAddress resolved) {
        return "not dialled, since it is of the kind "
                + AddressKind.of(resolved).name().toLowerCase(Locale.ROOT)
                + " and the operator's link has no IP address of the kind; add the peer again by a link with this one if that is meant";
    }

    /** One connection attempt, to the end of the TLS handshake; empty if it is open now. */
    private Optional<String> tryOne(String serverName, InetSocketAddress address) throws InterruptedException {
        CompletableFuture<Channel> secured = new CompletableFuture<>();
        ChannelFuture connecting = new Bootstrap()
                .group(eventLoops)
                .channel(platform.dialling())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, limits.connectTimeoutMillis())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .handler(new Dialling(serverName, secured))
                .connect(address);
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                secured.completeExceptionally(done.cause());
            }
        });
        try {
            secured.get((long) limits.connectTimeoutMillis() + limits.handshakeTimeoutMillis(), TimeUnit.MILLISECONDS);
            return Optional.empty();
        } catch (ExecutionException failed) {
            ChannelFuture unused = connecting.channel().close();
            Throwable cause = failed.getCause();
            return Optional.of(DialFailure.reason(cause));
        } catch (TimeoutException late) {
            if (!secured.completeExceptionally(late)) {
                return Optional.empty();
            }
            ChannelFuture unused = connecting.channel().close();
            return Optional.of("no answer in time");
        }
    }

    private final class Dialling extends ChannelInitializer<SocketChannel> {
        private final String serverName;
        private final CompletableFuture<Channel> secured;

        Dialling(String serverName, CompletableFuture<Channel> secured) {
            this.serverName = serverName;
            this.secured = secured;
        }

        @Override
        protected void initChannel(SocketChannel channel) {
            channels.add(channel);
            SslHandler handler = tls.newHandler(channel.alloc());
            handler.setHandshakeTimeoutMillis(limits.handshakeTimeoutMillis());
            handler.setCloseNotifyFlushTimeoutMillis(limits.closeTimeoutMillis());
            channel.pipeline().addLast(handler);
            channel.pipeline().addLast(new Secured(serverName, secured, handler));
        }
    }

    /** Waits for the handshake, then gives way to the frames' pipeline. */
    private final class Secured extends ChannelInboundHandlerAdapter {
        private final String serverName;
        private final CompletableFuture<Channel> secured;
        private final SslHandler handler;

        Secured(String serverName, CompletableFuture<Channel> secured, SslHandler handler) {
            this.serverName = serverName;
            this.secured = secured;
            this.handler = handler;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
            if (event instanceof SslHandshakeCompletionEvent completion) {
                if (!completion.isSuccess()) {
                    secured.completeExceptionally(completion.cause());
                    ChannelFuture unused = ctx.close();
                } else if (!Protocol.PEER.alpn().equals(handler.applicationProtocol())) {
                    secured.completeExceptionally(new DialFailure.NoPeerProtocolException());
                    ChannelFuture unused = ctx.close();
                } else {
                    open(ctx);
                }
            } else {
                ctx.fireUserEventTriggered(event);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            secured.completeExceptionally(new ClosedChannelException());
            ctx.fireChannelInactive();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            secured.completeExceptionally(cause);
            ChannelFuture unused = ctx.close();
        }

        private void open(ChannelHandlerContext ctx) throws SSLPeerUnverifiedException {
            byte[] spki = TlsContexts.spkiSha256(handler.engine().getSession().getPeerCertificates()[0]);
            if (!secured.complete(ctx.channel())) {
                ChannelFuture unused = ctx.close();
                return;
            }
            // Before the listener hears of it: it may close the link and dial again at once.
            underWay.remove(serverName);
            pipeline.addTo(ctx.channel(), Protocol.PEER, Optional.of(serverName), OptionalLong.empty(), spki, () -> {});
            // Removing this handler hands on what came right behind the handshake.
            ctx.pipeline().remove(this);
        }
    }
}
