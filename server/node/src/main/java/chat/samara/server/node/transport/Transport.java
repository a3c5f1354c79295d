package chat.samara.server.node.transport;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.Errors;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's port and its connections to peers. All methods may be called from any thread; none of them blocks but
 * {@link #listen} and {@link #close}.
 */
public final class Transport implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Transport.class);
    private static final int BACKLOG_CONNECTIONS_MAX = 1_024;
    private static final int STOP_TIMEOUT_MILLIS = 3_000;
    private static final int UNPRIVILEGED_PORTS_FROM = 1_024;

    /** Netty's own, whose default is two for each processor. */
    private static final String LOOPS_PROPERTY = "io.netty.eventLoopThreads";

    private final TransportLimits limits;
    private final TlsIdentity identity;
    private final SslContext acceptingTls;
    private final KnownDevices knownDevices;
    private final ConnectionGate gate;
    private final FramePipeline pipeline;
    private final Dialer dialer;
    private final Platform platform;
    private final MultiThreadIoEventLoopGroup eventLoops;
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);

    /**
     * By what this machine has for sockets and TLS, which the log says.
     *
     * @param nativeFolder where native libraries are unpacked while they are loaded
     * @param knownDevices tells those that come back
     * @throws IOException if TLS cannot be set up with this identity, or what the operator has forced is not to be had
     */
    public static Transport of(
            TlsIdentity identity,
            TransportLimits limits,
            Path nativeFolder,
            KnownDevices knownDevices,
            ConnectionListener listener)
            throws IOException {
        Platform.unpackIn(nativeFolder);
        Platform platform = Platform.chosen();
        Transport transport = new Transport(identity, limits, platform, knownDevices, listener);
        LOG.info("{}, event loops: {}", platform, transport.eventLoops());
        return transport;
    }

    /** Threads that read, write and encrypt: one for each processor, since none of them waits for anything, unless Netty was told another number. */
    int eventLoops() {
        return eventLoops.executorCount();
    }

    private static int eventLoopsWanted() {
        return Math.max(
                1, Integer.getInteger(LOOPS_PROPERTY, Runtime.getRuntime().availableProcessors()));
    }

    /** By what it has sockets and TLS, for people. */
    public String platform() {
        return platform.toString();
    }

    Transport(
            TlsIdentity identity,
            TransportLimits limits,
            Platform platform,
            KnownDevices knownDevices,
            ConnectionListener listener)
            throws IOException {
        this.knownDevices = knownDevices;
        this.limits = limits;
        this.identity = identity;
        this.platform = platform;
        this.eventLoops = new MultiThreadIoEventLoopGroup(
                eventLoopsWanted(), new DefaultThreadFactory("samara-net", true), platform.ioHandlers());
        this.acceptingTls = TlsContexts.accepting(identity, platform.tls());
        this.gate = new ConnectionGate(limits);
        this.pipeline = new FramePipeline(limits, listener);
        this.dialer = new Dialer(limits, platform, pipeline, listener, eventLoops, channels);
    }

    /**
     * Opens the port.
     *
     * @return where it listens, with the port that the system chose if 0 was asked for
     * @throws IOException with one sentence for the operator if the address cannot be had
     */
    public InetSocketAddress listen(InetSocketAddress address) throws IOException {
        ChannelFuture bound = new ServerBootstrap()
                .group(eventLoops)
                .channel(platform.accepting())
                .option(ChannelOption.SO_BACKLOG, BACKLOG_CONNECTIONS_MAX)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childHandler(new Accepting())
                .bind(address)
                .awaitUninterruptibly();
        Channel server = bound.channel();
        if (!bound.isSuccess()) {
            throw new IOException("Cannot listen on " + address.getHostString() + ":" + address.getPort() + ": "
                    + whyNot(address, bound.cause()) + "; choose another with --listen.");
        }
        channels.add(server);
        return (InetSocketAddress) server.localAddress();
    }

    /** What the system says of both in one kind of exception, and in the language of the machine. */
    private static String whyNot(InetSocketAddress address, Throwable cause) throws SocketException {
        if (!(cause instanceof BindException || cause instanceof Errors.NativeIoException)) {
            return String.valueOf(cause.getMessage());
        }
        boolean isThisMachines = address.getAddress().isAnyLocalAddress()
                || NetworkInterface.getByInetAddress(address.getAddress()) != null;
        if (!isThisMachines) {
            return "this machine does not have that address";
        }
        return address.getPort() < UNPRIVILEGED_PORTS_FROM
                ? "another program has that port, or this user may have none below " + UNPRIVILEGED_PORTS_FROM
                : "another program has that port";
    }

    /**
     * Connects to a peer, trying its addresses in order. Ends in {@link ConnectionListener#opened} with this server's
     * name, or in {@link ConnectionListener#dialFailed}. While one dial to a server is under way, another is ignored.
     *
     * @param addresses host and port, unresolved
     * @param operatorsOwn those that the operator has given, unresolved: of private networks and the like only those are dialled of which these have one
     */
    public void dial(String serverName, List<InetSocketAddress> addresses, List<InetSocketAddress> operatorsOwn) {
        dialer.dial(serverName, addresses, operatorsOwn);
    }

    /** Connections that are open, whether authenticated or not. */
    public int connections() {
        return gate.all();
    }

    /** Connections that have not authenticated yet. */
    public int strangers() {
        return gate.strangers();
    }

    /** Bytes of frames that have come in and that the core has not handled. */
    public long unhandledBytes() {
        return pipeline.budget().totalBytes();
    }

    /** Bytes that wait for networks to take them. */
    public long unsentBytes() {
        return pipeline.outbound().totalBytes();
    }

    /** What is in the way of sending more; {@link ConnectionListener#pressureEased} tells when it is less. Any thread. */
    public Pressure pressure() {
        return pipeline.outbound().pressure();
    }

    /** Takes no further connection, but leaves those that are open. */
    public void stopAccepting() {
        boolean unused = channels.close(channel -> channel instanceof ServerSocketChannel)
                .awaitUninterruptibly(STOP_TIMEOUT_MILLIS);
    }

    /** Closes everything; what was flushed has a moment to leave. */
    @Override
    public void close() {
        dialer.close();
        channels.close().awaitUninterruptibly(STOP_TIMEOUT_MILLIS);
        eventLoops
                .shutdownGracefully(0, STOP_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(STOP_TIMEOUT_MILLIS);
    }

    /** An accepted connection: gate, TLS, protocol. */
    private final class Accepting extends ChannelInitializer<SocketChannel> {
        @Override
        protected void initChannel(SocketChannel channel) {
            Optional<ConnectionGate.Pass> admitted =
                    gate.enter(channel.remoteAddress().getAddress(), () -> makeRoom(channel));
            if (admitted.isEmpty()) {
                LOG.debug("a connection was refused: {} are open, {} not authenticated", gate.all(), gate.strangers());
                ChannelFuture unused = channel.close();
                return;
            }
            ConnectionGate.Pass pass = admitted.get();
            ChannelFuture unused = channel.closeFuture().addListener(closed -> pass.leave());
            channels.add(channel);
            channel.pipeline().addLast(new Greeted(pass));
        }
    }

    /** Waits for the ClientHello: TLS begins with whoever the gate lets begin, and nothing was spent on all others. */
    private final class Greeted extends SslClientHelloHandler<Boolean> {
        private final ConnectionGate.Pass pass;
        private @Nullable ScheduledFuture<?> timeout;

        Greeted(ConnectionGate.Pass pass) {
            super(TransportLimits.CLIENT_HELLO_BYTES_MAX);
            this.pass = pass;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            timeout = ctx.executor()
                    .schedule(
                            () -> {
                                ChannelFuture unused = ctx.close();
                            },
                            limits.handshakeTimeoutMillis(),
                            TimeUnit.MILLISECONDS);
        }

        @Override
        protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
            ScheduledFuture<?> running = timeout;
            if (running != null) {
                running.cancel(false);
            }
            super.handlerRemoved0(ctx);
        }

        @Override
        protected Future<Boolean> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf clientHello) {
            Optional<ShownToken> shown = clientHello == null
                    ? Optional.empty()
                    : OfferedNames.in(clientHello).stream()
                            .flatMap(name -> knownDevices.shownBy(name).stream())
                            .findFirst();
            return ctx.executor().newSucceededFuture(pass.begin(shown));
        }

        @Override
        protected void onLookupComplete(ChannelHandlerContext ctx, Future<Boolean> mayBegin) {
            if (!mayBegin.getNow()) {
                LOG.debug("a connection is closed before TLS: too many come from there");
                ChannelFuture unused = ctx.close();
                return;
            }
            SslHandler tls = acceptingTls.newHandler(ctx.alloc());
            tls.setHandshakeTimeoutMillis(limits.handshakeTimeoutMillis());
            tls.setCloseNotifyFlushTimeoutMillis(limits.closeTimeoutMillis());
            ctx.pipeline().addAfter(ctx.name(), "negotiated", new Negotiated(pass));
            ctx.pipeline().replace(this, "tls", tls);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            LOG.debug("a connection does not begin with a ClientHello: {}", cause.toString());
            ChannelFuture unused = ctx.close();
        }
    }

    private static void makeRoom(SocketChannel channel) {
        LOG.debug("a connection is closed before it was authenticated: others want to come in");
        ChannelFuture unused = channel.close();
    }

    private final class Negotiated extends ApplicationProtocolNegotiationHandler {
        private static final String NO_PROTOCOL = "";

        private final ConnectionGate.Pass pass;

        Negotiated(ConnectionGate.Pass pass) {
            super(NO_PROTOCOL);
            this.pass = pass;
        }

        @Override
        protected void configurePipeline(ChannelHandlerContext ctx, String alpn) {
            Optional<Protocol> protocol = Protocol.of(alpn);
            if (protocol.isEmpty()) {
                LOG.debug("a connection offered no protocol of ours");
                ChannelFuture unused = ctx.close();
                return;
            }
            pipeline.addTo(
                    ctx.channel(),
                    protocol.get(),
                    Optional.empty(),
                    pass.returningDevice(),
                    identity.spkiSha256(),
                    pass::authenticated);
        }

        @Override
        protected void handshakeFailure(ChannelHandlerContext ctx, Throwable cause) {
            LOG.debug("a TLS handshake failed: {}", cause.toString());
            ChannelFuture unused = ctx.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            LOG.debug("a connection failed before its protocol was agreed: {}", cause.toString());
            ChannelFuture unused = ctx.close();
        }
    }
}
