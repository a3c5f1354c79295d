package chat.samara.benchmarks.bare;

import chat.samara.benchmarks.process.Machine;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The bare fan-out, a process of its own: Netty and TLS 1.3 as the server has them, as many event loops as a server of Samara has. Who listens in a room
 * gets every frame that anybody says there, as it is; nothing is stored, checked or acknowledged. Ends with its standard
 * input, so with the process that started it.
 */
public final class BareFanOut {
    /** Role of a frame by which a connection asks for all that is said in a room; it is sent back. */
    static final byte LISTEN = 1;

    /** Role of a frame that is said in a room. */
    static final byte SPEAK = 2;

    static final int LENGTH_BYTES = 4;

    /** Where a frame's role, its room and, if it is said, its number stand; the length in front counts. */
    static final int ROLE_AT = LENGTH_BYTES;

    static final int ROOM_AT = ROLE_AT + 1;
    static final int NUMBER_AT = ROOM_AT + Integer.BYTES;

    private static final int BACKLOG_CONNECTIONS_MAX = 1_024;
    private static final int FRAME_BYTES_MAX = 1 << 20;

    /** Who listens in which room; what belongs to a loop is touched on it only. */
    private final Map<EventLoop, Map<Integer, List<Channel>>> listeners = new ConcurrentHashMap<>();

    private BareFanOut() {}

    public static void main(String[] args) throws IOException {
        TlsKey key = TlsKey.generate();
        SslContext tls = SslContextBuilder.forServer(key.privateKey(), key.certificate())
                .sslProvider(Machine.tls())
                .protocols("TLSv1.3")
                .build();
        InetSocketAddress address = new BareFanOut().listen(tls);
        System.out.println("listening on " + address.getPort());
        while (System.in.read() >= 0) {
            // Nothing is said here; it only ends.
        }
        System.exit(0);
    }

    private InetSocketAddress listen(SslContext tls) {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(Machine.ioHandlers());
        Channel server = new ServerBootstrap()
                .group(loops)
                .channel(Machine.accepting())
                .option(ChannelOption.SO_BACKLOG, BACKLOG_CONNECTIONS_MAX)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(tls.newHandler(channel.alloc()))
                                .addLast(new LengthFieldBasedFrameDecoder(FRAME_BYTES_MAX, 0, LENGTH_BYTES))
                                .addLast(new Exchange());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
        return (InetSocketAddress) server.localAddress();
    }

    /** One connection. What it says in one read goes on in one piece to each listener. */
    private final class Exchange extends ChannelInboundHandlerAdapter {
        private List<ByteBuf> burst = new ArrayList<>();

        @Override
        public void channelRead(ChannelHandlerContext context, Object read) {
            ByteBuf frame = (ByteBuf) read;
            if (frame.getByte(frame.readerIndex() + ROLE_AT) == SPEAK) {
                burst.add(frame);
            } else {
                listeners
                        .computeIfAbsent(context.channel().eventLoop(), loop -> new HashMap<>())
                        .computeIfAbsent(room(frame), room -> new ArrayList<>())
                        .add(context.channel());
                ChannelFuture unused = context.write(frame);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            List<ByteBuf> frames = burst;
            burst = new ArrayList<>();
            if (!frames.isEmpty()) {
                listeners.forEach((loop, rooms) -> {
                    frames.forEach(ByteBuf::retain);
                    loop.execute(() -> spread(frames, rooms));
                });
                frames.forEach(ReferenceCountUtil::release);
            }
            context.flush();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            Map<Integer, List<Channel>> rooms =
                    listeners.getOrDefault(context.channel().eventLoop(), Map.of());
            rooms.values().forEach(channels -> channels.remove(context.channel()));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            ChannelFuture unused = context.close();
        }
    }

    private static int room(ByteBuf frame) {
        return frame.getInt(frame.readerIndex() + ROOM_AT);
    }

    private static void spread(List<ByteBuf> frames, Map<Integer, List<Channel>> rooms) {
        Set<Channel> written = new HashSet<>();
        for (ByteBuf frame : frames) {
            List<Channel> channels = rooms.getOrDefault(room(frame), List.of());
            for (Channel channel : channels) {
                ChannelFuture unused = channel.write(frame.retainedDuplicate());
            }
            written.addAll(channels);
        }
        written.forEach(Channel::flush);
        frames.forEach(ReferenceCountUtil::release);
    }
}
