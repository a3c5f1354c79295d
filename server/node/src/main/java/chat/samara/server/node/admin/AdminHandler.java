package chat.samara.server.node.admin;

import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.wire.RefusedException;
import com.google.gson.JsonObject;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers one request on each connection and closes it. Nothing here waits: what the core is asked is answered when it answers. */
@Sharable
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);
    private static final int HEALTH_TIMEOUT_MILLIS = 2_000;

    /** A page in the operator's browser can make it ask here under a name of the page's own, and would read the answer. */
    private static final Set<String> OWN_HOSTS = Set.of("127.0.0.1", "localhost", "[::1]");

    private final Function<AdminCommand, CompletableFuture<AdminResult>> core;
    private final Supplier<CompletableFuture<Boolean>> probe;
    private final Supplier<String> metrics;
    private final Libraries libraries;
    private final byte[] authorization;

    AdminHandler(
            Function<AdminCommand, CompletableFuture<AdminResult>> core,
            Supplier<CompletableFuture<Boolean>> probe,
            Supplier<String> metrics,
            Libraries libraries,
            String token) {
        this.core = core;
        this.probe = probe;
        this.metrics = metrics;
        this.libraries = libraries;
        this.authorization = ("Bearer " + token).getBytes(StandardCharsets.UTF_8);
    }

    /** An answer on its way out. */
    private record Answer(int status, String type, String body) {
        static Answer json(int status, JsonObject json) {
            return new Answer(status, "application/json", json + "\n");
        }

        static Answer error(int status, String code, String reason) {
            return json(status, AdminJson.error(code, reason));
        }

        static Answer text(int status, String text) {
            return new Answer(status, "text/plain; charset=utf-8", text);
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        CompletableFuture<?> unused = answer(request).whenComplete((answer, failed) -> {
            if (failed != null) {
                LOG.error("a request of the operator failed", failed);
            }
            ChannelFuture unusedToo = write(
                            ctx,
                            failed == null ? answer : Answer.error(500, "INTERNAL", "A bug; look at the server's log."))
                    .addListener(ChannelFutureListener.CLOSE);
        });
    }

    /**
     * What is larger than any request of ours. The rest of it is still read, for as long as a connection may last: to close over what has come and was not
     * read would take the answer away from whoever is still sending.
     */
    static void refuseTooLarge(ChannelHandlerContext ctx, int bytesMax) {
        ChannelFuture unused = write(ctx, Answer.error(413, "TOO_LARGE", "At most " + bytesMax + " bytes are taken."))
                .addListener(written -> {
                    ChannelFuture unusedToo = ((DuplexChannel) ctx.channel()).shutdownOutput();
                });
    }

    private CompletableFuture<Answer> answer(FullHttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return now(Answer.error(400, "MALFORMED", "That is no HTTP request."));
        }
        String host = String.valueOf(request.headers().get(HttpHeaderNames.HOST));
        if (!OWN_HOSTS.contains(withoutPort(host))) {
            return now(Answer.error(
                    403, "WRONG_HOST", "Ask for 127.0.0.1 or localhost; requests under other names are refused."));
        }
        String path = new QueryStringDecoder(request.uri()).path();
        if (path.equals("/health")) {
            return health();
        }
        if (path.equals("/metrics")) {
            return now(Answer.text(200, metrics.get()));
        }
        if (!isOperator(request.headers().get(HttpHeaderNames.AUTHORIZATION))) {
            return now(Answer.error(
                    401, "UNAUTHENTICATED", "The token of admin.json is needed (Authorization: Bearer …)."));
        }
        try {
            return ask(AdminRequests.command(
                    request.method().name(), path, request.content().toString(StandardCharsets.UTF_8)));
        } catch (AdminRequests.BadRequestException bad) {
            return now(Answer.error(bad.status(), bad.code(), bad.reason()));
        } catch (RefusedException refused) {
            return now(
                    Answer.error(400, refused.code().name(), refused.refusal().reason()));
        }
    }

    private static CompletableFuture<Answer> now(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    private CompletableFuture<Answer> health() {
        return probe.get()
                .orTimeout(HEALTH_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                .exceptionally(late -> false)
                .thenApply(
                        alive -> alive
                                ? Answer.text(200, "ok\n")
                                : Answer.text(
                                        503,
                                        "the core's thread, the one that verifies ahead of it, or the disk is stuck, or connections wait too long for their turn; see the log\n"));
    }

    private boolean isOperator(@Nullable String given) {
        return given != null && MessageDigest.isEqual(authorization, given.getBytes(StandardCharsets.UTF_8));
    }

    private CompletableFuture<Answer> ask(AdminCommand command) {
        return core.apply(command)
                .thenApply(result ->
                        Answer.json(result instanceof AdminResult.Refused ? 409 : 200, AdminJson.of(result, libraries)))
                .exceptionally(late -> Answer.error(
                        503, "BUSY", "The server did not answer in time; try again, and look at its log."));
    }

    /** From any thread. */
    private static ChannelFuture write(ChannelHandlerContext ctx, Answer answer) {
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(answer.status()),
                ByteBufUtil.writeUtf8(ctx.alloc(), answer.body()));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, answer.type())
                .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        return ctx.writeAndFlush(response);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("a connection of the operator's failed: {}", cause.toString());
        ChannelFuture unused = ctx.close();
    }
}
