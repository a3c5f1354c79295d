package chat.samara.benchmarks.process;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.util.List;
import java.util.stream.Stream;

/**
 * By what load and baseline have their sockets and TLS: as a server of Samara chooses on this machine, so that the baseline is beside its like. What this
 * process was forced to by a server's system properties, the server is forced to as well.
 */
public final class Machine {
    private static final String SOCKETS_PROPERTY = "samara.sockets";
    private static final String TLS_PROPERTY = "samara.tls";

    private Machine() {}

    /** Java options for the processes that take part. */
    static List<String> forced() {
        return Stream.of(SOCKETS_PROPERTY, TLS_PROPERTY)
                .filter(property -> System.getProperty(property) != null)
                .map(property -> "-D" + property + "=" + System.getProperty(property))
                .toList();
    }

    public static IoHandlerFactory ioHandlers() {
        return isEpoll() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    }

    public static Class<? extends ServerSocketChannel> accepting() {
        return isEpoll() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    public static Class<? extends SocketChannel> connecting() {
        return isEpoll() ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    public static SslProvider tls() {
        boolean isBoringSsl = !"jdk".equalsIgnoreCase(System.getProperty(TLS_PROPERTY))
                && OpenSsl.isAvailable()
                && SslProvider.isTlsv13Supported(SslProvider.OPENSSL);
        return isBoringSsl ? SslProvider.OPENSSL : SslProvider.JDK;
    }

    private static boolean isEpoll() {
        return !"nio".equalsIgnoreCase(System.getProperty(SOCKETS_PROPERTY)) && Epoll.isAvailable();
    }
}
