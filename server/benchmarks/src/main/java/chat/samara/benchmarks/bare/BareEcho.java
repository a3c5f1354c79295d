package chat.samara.benchmarks.bare;

import chat.samara.benchmarks.process.Machine;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The least that a server over TLS is: Netty, a key and a certificate from their files, and what comes goes back. A process of its own; ends with its
 * standard input, so with the process that started it.
 */
public final class BareEcho {
    private BareEcho() {}

    /**
     * Listens until its standard input ends.
     *
     * @param args the files of the certificate and of its key, in PEM
     */
    public static void main(String[] args) throws IOException {
        SslContext tls = SslContextBuilder.forServer(new File(args[0]), new File(args[1]))
                .sslProvider(Machine.tls())
                .protocols("TLSv1.3")
                .build();
        Channel server = new ServerBootstrap()
                .group(new MultiThreadIoEventLoopGroup(Machine.ioHandlers()))
                .channel(Machine.accepting())
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(tls.newHandler(channel.alloc()))
                                .addLast(new Echo());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
        System.out.println("listening on " + ((InetSocketAddress) server.localAddress()).getPort());
        while (System.in.read() >= 0) {
            // Nothing is said here; it only ends.
        }
        System.exit(0);
    }

    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object read) {
            ChannelFuture unused = context.writeAndFlush(read);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            ChannelFuture unused = context.close();
        }
    }
}
