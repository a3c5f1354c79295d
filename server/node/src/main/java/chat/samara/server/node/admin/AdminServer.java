package chat.samara.server.node.admin;

import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * HTTP for the operator, on 127.0.0.1 only, and only for who asks for that name.
 *
 * <pre>
 * GET    /health                 200 "ok", or 503 if the core's thread does not come round, or says that the server is not well
 * GET    /metrics                Prometheus text
 * with "Authorization: Bearer &lt;token of admin.json&gt;":
 * GET    /admin/v1/status
 * GET    /admin/v1/invites       POST {"uses", "valid_hours", "note"} makes one, DELETE /admin/v1/invites/TOKEN revokes it
 * GET    /admin/v1/peer-link
 * GET    /admin/v1/peers         POST {"link"} accepts one, DELETE /admin/v1/peers/NAME removes it
 * </pre>
 *
 * An error is {@code {"error": code, "reason": sentence}}. One request a connection, for so long at most; no request keeps
 * another waiting, whether it is slow, unfinished or never answered by the core.
 */
public final class AdminServer implements AutoCloseable {
    private static final int BODY_BYTES_MAX = 16 * 1024;
    private static final int BACKLOG_CONNECTIONS_MAX = 64;

    /** Beyond, the oldest makes room: whoever holds connections open must not keep a health check out. */
    private static final int CONNECTIONS_MAX = 64;

    private static final int CONNECTION_SECONDS_MAX = 30;
    private static final int STOP_TIMEOUT_MILLIS = 1_000;

    private final EventLoopGroup eventLoop;
    private final Channel listening;
    private final Path file;

    private AdminServer(EventLoopGroup eventLoop, Channel listening, Path file) {
        this.eventLoop = eventLoop;
        this.listening = listening;
        this.file = file;
    }

    /**
     * Listens, and writes the file that tells the operator's commands where.
     *
     * @param port 0 for any
     * @param core asks the core
     * @param probe completes when the core's thread comes round
     * @param metrics in Prometheus' text format
     * @param libraries what the status says of them
     * @throws IOException with one sentence if the port cannot be had or the file cannot be written
     */
    public static AdminServer start(
            int port,
            Path file,
            Function<AdminCommand, CompletableFuture<AdminResult>> core,
            Supplier<CompletableFuture<Boolean>> probe,
            Supplier<String> metrics,
            Libraries libraries)
            throws IOException {
        String token = AdminFile.freshToken();
        // A thread of its own: it answers, too, when those of the members' connections are busy.
        EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("samara-admin", true), NioIoHandler.newFactory());
        ChannelFuture bound = new ServerBootstrap()
                .group(eventLoop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG_CONNECTIONS_MAX)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(new Accepting(new AdminHandler(core, probe, metrics, libraries, token)))
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .awaitUninterruptibly();
        AdminServer server = new AdminServer(eventLoop, bound.channel(), file);
        if (!bound.isSuccess()) {
            server.close();
            throw new IOException(
                    "Cannot listen on the admin port " + port + " ("
                            + bound.cause().getMessage() + "); choose another with --admin-port, or 0 for any.",
                    bound.cause());
        }
        try {
            new AdminFile(server.port(), token).write(file);
        } catch (IOException unwritten) {
            server.close();
            throw unwritten;
        }
        return server;
    }

    public int port() {
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException ignored) {
            // A stale file only leads a command to a port where nobody answers, which it explains.
        }
        boolean unused = listening.close().awaitUninterruptibly(STOP_TIMEOUT_MILLIS);
        eventLoop
                .shutdownGracefully(0, STOP_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(STOP_TIMEOUT_MILLIS);
    }

    /** On the one event loop. */
    private static final class Accepting extends ChannelInitializer<SocketChannel> {
        private final AdminHandler handler;

        /** The oldest first. */
        private final Set<Channel> open = new LinkedHashSet<>();

        Accepting(AdminHandler handler) {
            this.handler = handler;
        }

        @Override
        protected void initChannel(SocketChannel channel) {
            if (open.size() >= CONNECTIONS_MAX) {
                Iterator<Channel> oldest = open.iterator();
                Channel leaving = oldest.next();
                oldest.remove();
                ChannelFuture unused = leaving.close();
            }
            open.add(channel);
            Future<?> end = channel.eventLoop()
                    .schedule(
                            () -> {
                                ChannelFuture unused = channel.close();
                            },
                            CONNECTION_SECONDS_MAX,
                            TimeUnit.SECONDS);
            ChannelFuture unused = channel.closeFuture().addListener(gone -> {
                open.remove(channel);
                end.cancel(false);
            });
            channel.pipeline().addLast(new HttpServerCodec(), new Bodies(), handler);
        }
    }

    private static final class Bodies extends HttpObjectAggregator {
        Bodies() {
            super(BODY_BYTES_MAX);
        }

        @Override
        protected void handleOversizedMessage(ChannelHandlerContext ctx, HttpMessage oversized) {
            AdminHandler.refuseTooLarge(ctx, BODY_BYTES_MAX);
        }
    }
}
