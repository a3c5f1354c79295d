package chat.samara.server.node.transport;

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
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * By what a server has its sockets and its TLS: the kernel's epoll and BoringSSL where Netty's native libraries for this machine load, and Java's own
 * otherwise. Both are chosen once, at start; an operator can force either by a system property. A library that does not load stops no
 * server that has not been told to use it.
 */
record Platform(Sockets sockets, Tls tls) {
    static final String SOCKETS_PROPERTY = "samara.sockets";
    static final String TLS_PROPERTY = "samara.tls";

    private static final Logger LOG = LoggerFactory.getLogger(Platform.class);

    /** Where Netty unpacks its native libraries, for as long as it takes to load them. */
    private static final String NETTY_FOLDER_PROPERTY = "io.netty.native.workdir";

    enum Sockets {
        EPOLL,
        NIO
    }

    enum Tls {
        BORINGSSL,
        JDK
    }

    /** Java's own, which is everywhere. */
    static Platform ofJava() {
        return new Platform(Sockets.NIO, Tls.JDK);
    }

    /**
     * What this machine has, or what the operator has forced.
     *
     * @throws IOException with one sentence for the operator if what is forced is not to be had
     */
    static Platform chosen() throws IOException {
        return of(System.getProperty(SOCKETS_PROPERTY, ""), System.getProperty(TLS_PROPERTY, ""));
    }

    static Platform of(String sockets, String tls) throws IOException {
        return new Platform(
                choose(SOCKETS_PROPERTY, Sockets.class, sockets, isEpollThere(), Epoll.unavailabilityCause()),
                choose(TLS_PROPERTY, Tls.class, tls, isBoringSslThere(), OpenSsl.unavailabilityCause()));
    }

    /** The first of each enum is the native one. */
    static <E extends Enum<E>> E choose(
            String property, Class<E> kinds, String forced, boolean isNativeThere, @Nullable Throwable whyNot)
            throws IOException {
        E[] all = kinds.getEnumConstants();
        if (forced.isEmpty()) {
            if (!isNativeThere) {
                LOG.debug("{} is {} here: {}", property, all[1], String.valueOf(whyNot));
            }
            return isNativeThere ? all[0] : all[1];
        }
        E wanted = Arrays.stream(all)
                .filter(it -> it.name().equalsIgnoreCase(forced))
                .findFirst()
                .orElseThrow(() -> new IOException("-D" + property + " is " + forced + ", expected " + name(all[0])
                        + " or " + name(all[1]) + ", or leave it out"));
        if (wanted == all[0] && !isNativeThere) {
            throw new IOException("-D" + property + "=" + name(wanted) + " cannot be had on this machine (" + whyNot
                    + "); leave the option out");
        }
        return wanted;
    }

    private static boolean isEpollThere() {
        return Epoll.isAvailable();
    }

    private static boolean isBoringSslThere() {
        return OpenSsl.isAvailable() && SslProvider.isTlsv13Supported(SslProvider.OPENSSL);
    }

    /** To be called before the first transport of the process is made. In the temporary folder, nothing may be loaded from where that is noexec. */
    static void unpackIn(Path folder) {
        if (System.getProperty(NETTY_FOLDER_PROPERTY) == null) {
            System.setProperty(NETTY_FOLDER_PROPERTY, folder.toString());
        }
    }

    IoHandlerFactory ioHandlers() {
        return sockets == Sockets.EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    }

    Class<? extends ServerSocketChannel> accepting() {
        return sockets == Sockets.EPOLL ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    Class<? extends SocketChannel> dialling() {
        return sockets == Sockets.EPOLL ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    private static String name(Enum<?> kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return "sockets by " + (sockets == Sockets.EPOLL ? "epoll" : "NIO") + ", TLS by "
                + (tls == Tls.BORINGSSL ? OpenSsl.versionString() : "the JDK");
    }
}
