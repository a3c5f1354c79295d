package chat.samara.benchmarks.wire;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.process.Machine;
import chat.samara.benchmarks.process.ServerUnderTest;
import chat.samara.wire.frame.Alpn;
import chat.samara.wire.identity.UserId;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Stands where devices think their server is, with that server's key, and passes on what both say, as it comes. Counted is what each side's own TLS
 * has made: the device's on the one leg, the server's on the other.
 */
public final class TlsTap implements AutoCloseable {
    private static final String TLS_1_3 = "TLSv1.3";
    private static final int STOP_MILLIS_MAX = 2_000;

    /** Within which a device has said who it is. */
    private static final int LOGIN_BYTES_MAX = 8 << 10;

    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("tap", true), Machine.ioHandlers());
    private final Channel listening;
    private final LongAdder passed = new LongAdder();
    private final Set<Tapped> live = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Server> server = new CompletableFuture<>();

    private record Server(InetSocketAddress address, SslContext asIt, SslContext toIt) {}

    /** One device's connection. */
    public record Tapped(TappedWay toServer, TappedWay toDevice) {}

    private TlsTap() {
        listening = new ServerBootstrap()
                .group(loops)
                .channel(Machine.accepting())
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accept(channel, server.getNow(null));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    /** Listens on a free port. */
    public static TlsTap open() {
        return new TlsTap();
    }

    /** Where devices are to look for the server. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listening.localAddress();
    }

    /** From now on connections are passed on. Those that came before were closed. */
    public void standBefore(ServerUnderTest real) throws BenchFailure {
        try {
            SslContext asIt = SslContextBuilder.forServer(
                            real.data().resolve("tls.crt").toFile(),
                            real.data().resolve("tls.key").toFile())
                    .sslProvider(Machine.tls())
                    .protocols(TLS_1_3)
                    .applicationProtocolConfig(clientsOnly())
                    .build();
            SslContext toIt = SslContextBuilder.forClient()
                    .sslProvider(Machine.tls())
                    .protocols(TLS_1_3)
                    // The server is this benchmark's own child.
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .endpointIdentificationAlgorithm(null)
                    .applicationProtocolConfig(clientsOnly())
                    .build();
            server.complete(new Server(real.address(), asIt, toIt));
        } catch (SSLException e) {
            throw new BenchFailure("TLS 1.3 cannot be set up: " + e.getMessage(), e);
        }
    }

    private static ApplicationProtocolConfig clientsOnly() {
        return new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                Alpn.CLIENT);
    }

    /** The one connection of a member's device. */
    public Tapped of(UserId user) throws BenchFailure {
        List<Tapped> found = live.stream()
                .filter(each -> each.toServer.beginsWith(user.toString(), LOGIN_BYTES_MAX))
                .toList();
        if (found.size() != 1) {
            throw new BenchFailure(user + " has " + found.size() + " connections, expected one; run it again");
        }
        return found.get(0);
    }

    /** What all connections together have passed on. */
    public long bytes() {
        return passed.sum();
    }

    private void accept(SocketChannel device, @Nullable Server real) {
        if (real == null) {
            ChannelFuture unused = device.close();
            return;
        }
        Tapped tapped = new Tapped(new TappedWay(), new TappedWay());
        live.add(tapped);
        device.closeFuture().addListener(closed -> live.remove(tapped));
        ChannelFuture connecting = new Bootstrap()
                .group(device.eventLoop())
                .channel(Machine.connecting())
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel toServer) {
                        toServer.pipeline()
                                .addLast(new Counter(tapped.toDevice))
                                .addLast(real.toIt.newHandler(toServer.alloc()))
                                .addLast(new Relay(tapped.toDevice, device.newSucceededFuture()));
                    }
                })
                .connect(real.address);
        device.pipeline()
                .addLast(new Counter(tapped.toServer))
                .addLast(real.asIt.newHandler(device.alloc()))
                .addLast(new Relay(tapped.toServer, connecting));
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, STOP_MILLIS_MAX, TimeUnit.MILLISECONDS).awaitUninterruptibly(STOP_MILLIS_MAX);
    }

    /** Before TLS. */
    private final class Counter extends ChannelInboundHandlerAdapter {
        private final TappedWay way;

        Counter(TappedWay way) {
            this.way = way;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object read) {
            byte[] bytes = ByteBufUtil.getBytes((ByteBuf) read);
            way.passed(bytes);
            passed.add(bytes.length);
            context.fireChannelRead(read);
        }
    }

    /** Behind TLS. */
    private static final class Relay extends ChannelInboundHandlerAdapter {
        private final TappedWay way;
        private final ChannelFuture other;

        /** Passes on to the other side as soon as that is connected; in order, since all of it is on one event loop. */
        Relay(TappedWay way, ChannelFuture other) {
            this.way = way;
            this.other = other;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object read) {
            way.said(ByteBufUtil.getBytes((ByteBuf) read));
            other.addListener(connected -> {
                ChannelFuture unused = other.channel().writeAndFlush(read);
            });
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            ChannelFuture unused = other.channel().close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            ChannelFuture unused = context.close();
        }
    }
}
