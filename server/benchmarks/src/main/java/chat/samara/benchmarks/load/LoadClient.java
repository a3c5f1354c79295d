package chat.samara.benchmarks.load;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.process.Machine;
import chat.samara.wire.frame.Alpn;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * All connections of a benchmark: TLS 1.3 by the JDK, frames behind a 4-byte length. The first thing that goes wrong on any of
 * them ends the benchmark: a figure of a run in which something was lost is worth nothing.
 */
public final class LoadClient implements AutoCloseable {
    private static final int CONNECT_MILLIS_MAX = 60_000;
    private static final int STOP_MILLIS_MAX = 2_000;
    private static final int FRAME_BYTES_MAX = 2 << 20;

    /** Whichever address and port the system takes. */
    static final InetSocketAddress ANY = new InetSocketAddress(0);

    /** What each process opens beside its connections. */
    private static final int OTHER_FILES = 200;

    /** A connection of this name begins with a whole TLS handshake, always. */
    public static final String UNNAMED = "";

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
            availableProcessors(), new DefaultThreadFactory("load", true), Machine.ioHandlers());
    private final SslContext tls;
    private final Tally tally = new Tally();
    private final CompletableFuture<Void> failure = new CompletableFuture<>();
    private volatile boolean closing;

    public LoadClient() throws BenchFailure {
        try {
            tls = SslContextBuilder.forClient()
                    .sslProvider(Machine.tls())
                    .protocols("TLSv1.3")
                    // The servers are this benchmark's own children.
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .endpointIdentificationAlgorithm(null)
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            SelectorFailureBehavior.NO_ADVERTISE,
                            SelectedListenerFailureBehavior.ACCEPT,
                            Alpn.CLIENT))
                    .build();
        } catch (SSLException e) {
            throw new BenchFailure("TLS 1.3 cannot be set up: " + e.getMessage(), e);
        }
    }

    private static int availableProcessors() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** Refuses to begin what would run out of file descriptors on the way. */
    public static void requireFilesFor(int connections) throws BenchFailure {
        if (filesMax() < connections + OTHER_FILES) {
            throw new BenchFailure(connections + " connections take " + (connections + OTHER_FILES)
                    + " file descriptors, but a process may open " + filesMax()
                    + " here; say `ulimit -n " + (connections + OTHER_FILES) + "` first, or ask for fewer");
        }
    }

    /** How many file descriptors a process may have here. */
    public static long filesMax() {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        return system instanceof com.sun.management.UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Integer.MAX_VALUE;
    }

    /** How many connections these are enough for. */
    public static int connectionsMax() {
        return (int) Math.min(Integer.MAX_VALUE, filesMax()) - OTHER_FILES;
    }

    /** What all connections together have sent and got. */
    public Tally tally() {
        return tally;
    }

    /** Opens a connection; done when TLS is up. Frames may come before. */
    public CompletableFuture<FrameLink> connect(InetSocketAddress address, FrameTaker taker) {
        return connect(address, ANY, UNNAMED, taker);
    }

    /**
     * The same, from an address of this machine.
     *
     * @param from port 0 for any port
     * @param name under which TLS looks for a session that it can go on with, and keeps this one
     */
    public CompletableFuture<FrameLink> connect(
            InetSocketAddress address, InetSocketAddress from, String name, FrameTaker taker) {
        CompletableFuture<FrameLink> connected = new CompletableFuture<>();
        ChannelFuture connecting = new Bootstrap()
                .group(loops)
                .channel(Machine.connecting())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        WireCounter counter = new WireCounter(tally);
                        SslHandler handler = name.isEmpty()
                                ? tls.newHandler(channel.alloc())
                                : tls.newHandler(channel.alloc(), name, address.getPort());
                        channel.pipeline()
                                .addLast(counter)
                                .addLast(handler)
                                .addLast(new LengthFieldBasedFrameDecoder(
                                        FRAME_BYTES_MAX, 0, FrameLink.HEADER_BYTES, 0, FrameLink.HEADER_BYTES))
                                .addLast(new FrameLink(LoadClient.this, channel, counter, taker, connected));
                    }
                })
                .connect(address, from);
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                connected.completeExceptionally(done.cause());
            }
        });
        return connected;
    }

    /** Something went wrong that makes the result worthless. Any thread; the first counts. */
    public void fail(String what) {
        if (!closing) {
            failure.completeExceptionally(new BenchFailure(what));
        }
    }

    /** Lets the load go on for so long, and ends at once if something goes wrong meanwhile. */
    public void goOn(long nanos) throws BenchFailure, InterruptedException {
        try {
            failure.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException good) {
            // Nothing went wrong.
        } catch (ExecutionException e) {
            throw new BenchFailure(reason(e), e);
        }
    }

    private static String reason(ExecutionException failed) {
        Throwable cause = failed.getCause();
        return cause == null ? failed.toString() : String.valueOf(cause.getMessage());
    }

    /** Waits for what connections have to answer. */
    public <T> T await(CompletableFuture<T> answer, String what) throws BenchFailure, InterruptedException {
        try {
            CompletableFuture<Object> either = CompletableFuture.anyOf(answer, failure);
            either.get(CONNECT_MILLIS_MAX, TimeUnit.MILLISECONDS);
            return answer.get();
        } catch (ExecutionException e) {
            throw new BenchFailure(what + ": " + reason(e), e);
        } catch (TimeoutException e) {
            throw new BenchFailure(what + ": no answer within " + CONNECT_MILLIS_MAX + " ms", e);
        }
    }

    @Override
    public void close() {
        closing = true;
        loops.shutdownGracefully(0, STOP_MILLIS_MAX, TimeUnit.MILLISECONDS).awaitUninterruptibly(STOP_MILLIS_MAX);
    }
}
