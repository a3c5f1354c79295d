package chat.samara.server.node.admin;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.PeerLink;
import chat.samara.wire.identity.ServerName;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * HTTP for the operator, on 127.0.0.1 only.
 *
 * <pre>
 * GET    /health                 200 "ok", or 503 if the core's thread does not come round
 * GET    /metrics                Prometheus text
 * with "Authorization: Bearer &lt;token of admin.json&gt;":
 * GET    /admin/v1/status
 * GET    /admin/v1/invites       POST {"uses", "valid_hours", "note"} makes one, DELETE /admin/v1/invites/TOKEN revokes it
 * GET    /admin/v1/peer-link
 * GET    /admin/v1/peers         POST {"link"} accepts one, DELETE /admin/v1/peers/NAME removes it
 * </pre>
 *
 * An error is {@code {"error": code, "reason": sentence}}.
 */
public final class AdminServer implements AutoCloseable {
    private static final int BODY_BYTES_MAX = 16 * 1024;
    private static final int THREADS = 4;
    private static final int HEALTH_TIMEOUT_MILLIS = 2_000;
    private static final int BACKLOG_CONNECTIONS_MAX = 16;
    private static final long HOUR_MILLIS = 3_600_000;
    private static final String PREFIX = "/admin/v1/";
    private static final String INVITES = "invites/";

    private final HttpServer http;
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS, AdminServer::daemon);
    private final Function<AdminCommand, CompletableFuture<AdminResult>> core;
    private final Supplier<CompletableFuture<Boolean>> probe;
    private final Supplier<String> metrics;
    private final String token;
    private final Path file;

    /** An answer on its way out. */
    private record Answer(int status, String type, String body) {
        static Answer json(int status, JsonObject json) {
            return new Answer(status, "application/json", json + "\n");
        }

        static Answer text(int status, String text) {
            return new Answer(status, "text/plain; charset=utf-8", text);
        }
    }

    private AdminServer(
            HttpServer http,
            Path file,
            String token,
            Function<AdminCommand, CompletableFuture<AdminResult>> core,
            Supplier<CompletableFuture<Boolean>> probe,
            Supplier<String> metrics) {
        this.http = http;
        this.file = file;
        this.token = token;
        this.core = core;
        this.probe = probe;
        this.metrics = metrics;
    }

    /**
     * Listens, and writes the file that tells the operator's commands where.
     *
     * @param port 0 for any
     * @param core asks the core
     * @param probe completes when the core's thread comes round
     * @param metrics in Prometheus' text format
     * @throws IOException with one sentence if the port cannot be had or the file cannot be written
     */
    public static AdminServer start(
            int port,
            Path file,
            Function<AdminCommand, CompletableFuture<AdminResult>> core,
            Supplier<CompletableFuture<Boolean>> probe,
            Supplier<String> metrics)
            throws IOException {
        HttpServer http;
        try {
            http = HttpServer.create(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG_CONNECTIONS_MAX);
        } catch (IOException taken) {
            throw new IOException(
                    "Cannot listen on the admin port " + port + " (" + taken.getMessage()
                            + "); choose another with --admin-port, or 0 for any.",
                    taken);
        }
        AdminServer server = new AdminServer(http, file, AdminFile.freshToken(), core, probe, metrics);
        http.createContext("/", server::serve);
        http.setExecutor(server.threads);
        http.start();
        new AdminFile(server.port(), server.token).write(file);
        return server;
    }

    public int port() {
        return http.getAddress().getPort();
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException ignored) {
            // A stale file only leads a command to a port where nobody answers, which it explains.
        }
        http.stop(0);
        threads.shutdownNow();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer = answer(exchange);
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private Answer answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/health")) {
            return isAlive() ? Answer.text(200, "ok\n") : Answer.text(503, "the core's thread is stuck\n");
        }
        if (path.equals("/metrics")) {
            return Answer.text(200, metrics.get());
        }
        if (!isOperator(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return Answer.json(
                    401,
                    AdminJson.error("UNAUTHENTICATED", "The token of admin.json is needed (Authorization: Bearer …)."));
        }
        try {
            return ask(command(exchange.getRequestMethod(), path, exchange));
        } catch (BadRequestException bad) {
            return Answer.json(bad.status, AdminJson.error(bad.code, bad.reason));
        } catch (RefusedException refused) {
            return Answer.json(
                    400,
                    AdminJson.error(refused.code().name(), refused.refusal().reason()));
        }
    }

    private boolean isAlive() {
        try {
            return probe.get()
                    .orTimeout(HEALTH_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                    .join();
        } catch (CompletionException late) {
            return false;
        }
    }

    private boolean isOperator(@Nullable String authorization) {
        String expected = "Bearer " + token;
        return authorization != null
                && MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8), authorization.getBytes(StandardCharsets.UTF_8));
    }

    private Answer ask(AdminCommand command) {
        try {
            AdminResult result = core.apply(command).join();
            return Answer.json(result instanceof AdminResult.Refused ? 409 : 200, AdminJson.of(result));
        } catch (CompletionException failed) {
            return Answer.json(
                    503, AdminJson.error("BUSY", "The server did not answer in time; try again, and look at its log."));
        }
    }

    private static AdminCommand command(String method, String path, HttpExchange exchange)
            throws BadRequestException, RefusedException, IOException {
        String what = path.startsWith(PREFIX) ? path.substring(PREFIX.length()) : "";
        return switch (method + " " + what) {
            case "GET status" -> new AdminCommand.ShowStatus();
            case "GET invites" -> new AdminCommand.ListInvites();
            case "POST invites" -> createInvite(body(exchange));
            case "GET peer-link" -> new AdminCommand.ShowPeerLink();
            case "GET peers" -> new AdminCommand.ListPeers();
            case "POST peers" -> new AdminCommand.AddPeer(PeerLink.parse(string(body(exchange), "link")));
            default -> {
                if (method.equals("DELETE") && what.startsWith("peers/")) {
                    yield new AdminCommand.RemovePeer(ServerName.parse(what.substring("peers/".length())));
                }
                if (method.equals("DELETE") && what.startsWith(INVITES)) {
                    yield new AdminCommand.RevokeInvite(token(what.substring(INVITES.length())));
                }
                throw new BadRequestException(404, "UNSUPPORTED", "There is no " + method + " " + path + ".");
            }
        };
    }

    private static AdminCommand createInvite(JsonObject body) throws BadRequestException {
        long uses = number(body, "uses", 1, Limits.INVITE_USES_MAX);
        long hours = number(body, "valid_hours", 1, Limits.INVITE_VALID_MILLIS_MAX / HOUR_MILLIS);
        String note = body.has("note") ? string(body, "note") : "";
        if (note.length() > Limits.NOTE_CHARS_MAX) {
            throw malformed(
                    "\"note\" has " + note.length() + " characters, at most " + Limits.NOTE_CHARS_MAX + " are kept.");
        }
        return new AdminCommand.CreateInvite(Math.toIntExact(uses), hours * HOUR_MILLIS, note);
    }

    /** As it stands in a link. */
    private static Bytes token(String text) throws BadRequestException {
        try {
            byte[] token = Base64.getUrlDecoder().decode(text);
            if (token.length == InviteLink.TOKEN_BYTES) {
                return Bytes.wrapUnsafe(token);
            }
        } catch (IllegalArgumentException notBase64) {
            // Answered below.
        }
        throw malformed("That is no token of an invite.");
    }

    private static JsonObject body(HttpExchange exchange) throws IOException, BadRequestException {
        byte[] bytes = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX + 1);
        if (bytes.length > BODY_BYTES_MAX) {
            throw new BadRequestException(413, "TOO_LARGE", "At most " + BODY_BYTES_MAX + " bytes are taken.");
        }
        try {
            JsonElement json = JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8));
            if (json.isJsonObject()) {
                return json.getAsJsonObject();
            }
        } catch (JsonParseException notJson) {
            // Answered below.
        }
        throw malformed("The body must be a JSON object.");
    }

    private static String string(JsonObject body, String field) throws BadRequestException {
        JsonElement value = body.get(field);
        if (value == null || !value.isJsonPrimitive()) {
            throw malformed("The field \"" + field + "\" is missing.");
        }
        return value.getAsString();
    }

    private static long number(JsonObject body, String field, long least, long most) throws BadRequestException {
        String text = string(body, field);
        try {
            long value = Long.parseLong(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            // Answered below.
        }
        throw malformed("\"" + field + "\" must be a number from " + least + " to " + most + ", not " + text + ".");
    }

    private static BadRequestException malformed(String reason) {
        return new BadRequestException(400, "MALFORMED", reason);
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "samara-admin");
        thread.setDaemon(true);
        return thread;
    }

    private static final class BadRequestException extends Exception {
        private static final long serialVersionUID = 1L;

        private final int status;
        private final String code;
        private final String reason;

        BadRequestException(int status, String code, String reason) {
            super(reason);
            this.status = status;
            this.code = code;
            this.reason = reason;
        }
    }
}
