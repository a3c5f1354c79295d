package chat.samara.server.node.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.node.admin.AdminClient.AdminException;
import chat.samara.wire.Refusal;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.proto.ErrorCode;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class AdminServerTest {
    private static final InviteLink INVITE = new InviteLink(
            List.of(new ServerAddress("127.0.0.1", 7443)),
            new ServerName("berlin.example"),
            Bytes.wrapUnsafe(new byte[32]),
            Bytes.wrapUnsafe(new byte[16]));

    @TempDir
    private Path folder = Path.of("");

    private final List<AdminCommand> asked = new CopyOnWriteArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private volatile CompletableFuture<AdminResult> answer = CompletableFuture.completedFuture(new AdminResult.Done());
    private volatile CompletableFuture<Boolean> alive = CompletableFuture.completedFuture(true);
    private Optional<AdminServer> running = Optional.empty();

    @BeforeEach
    void start() throws IOException {
        running = Optional.of(AdminServer.start(
                0,
                folder.resolve("admin.json"),
                command -> {
                    asked.add(command);
                    return answer;
                },
                () -> alive,
                () -> "samara_sessions 3.0\n",
                new Libraries("Conscrypt 9", "sockets by epoll")));
    }

    @AfterEach
    void stop() {
        running.ifPresent(AdminServer::close);
    }

    @Test
    void commandsNeedTheTokenAndOthersLearnNothing() throws Exception {
        assertThat(get("/admin/v1/status").statusCode()).isEqualTo(401);
        assertThat(get("/admin/v1/status", "Bearer " + "x".repeat(43)).statusCode())
                .isEqualTo(401);
        assertThat(get("/admin/v1/status", "Basic " + token()).statusCode()).isEqualTo(401);
        assertThat(get("/nothing/here").statusCode()).isEqualTo(401);
        assertThat(asked).isEmpty();
        assertThat(get("/admin/v1/status", "Bearer " + token()).statusCode()).isEqualTo(200);
        assertThat(asked).containsExactly(new AdminCommand.ShowStatus());
    }

    @Test
    void theTokenIsInAFileForItsOwnerOnlyAndGoneAfterwards() throws Exception {
        Path file = folder.resolve("admin.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(AdminFile.read(file).toString()).doesNotContain(token());
        stop();
        assertThat(file).doesNotExist();
    }

    @Test
    void healthAndMetricsNeedNoToken() throws Exception {
        assertThat(get("/health").body()).isEqualTo("ok\n");
        assertThat(get("/metrics").body()).isEqualTo("samara_sessions 3.0\n");
    }

    @Test
    void healthSaysSoWhenTheCoreIsStuck() throws Exception {
        alive = new CompletableFuture<>();
        assertThat(get("/health").statusCode()).isEqualTo(503);
    }

    @Test
    void unfinishedRequestsKeepNobodyWaiting() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), running.orElseThrow().port());
                slow.add(socket);
                socket.getOutputStream().write("GET /health HTTP/1.1\r\nHost: 127".getBytes(StandardCharsets.US_ASCII));
            }
            assertThat(get("/health").body()).isEqualTo("ok\n");
            // The oldest made room.
            slow.get(0).setSoTimeout(10_000);
            assertThat(slow.get(0).getInputStream().read()).isEqualTo(-1);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void commandsThatTheCoreNeverAnswersKeepNobodyWaiting() throws Exception {
        answer = new CompletableFuture<>();
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiting.add(http.sendAsync(
                    HttpRequest.newBuilder(uri("/admin/v1/status"))
                            .header("Authorization", "Bearer " + token())
                            .build(),
                    BodyHandlers.ofString()));
        }
        await().until(() -> asked.size() == 20);
        assertThat(get("/health").body()).isEqualTo("ok\n");
        answer.complete(new AdminResult.Done());
        for (CompletableFuture<HttpResponse<String>> late : waiting) {
            assertThat(late.join().statusCode()).isEqualTo(200);
        }
    }

    @Test
    void whoAsksUnderAnotherNameIsRefused() throws Exception {
        for (String host : List.of("evil.example", "evil.example:9000", "127.0.0.1.evil.example", "", "[::2]:1")) {
            assertThat(raw("/metrics", host)).startsWith("HTTP/1.1 403").contains("WRONG_HOST", "localhost");
        }
        for (String host : List.of("127.0.0.1", "localhost:9000", "[::1]:9000")) {
            assertThat(raw("/metrics", host)).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void whatIsNoHttpIsAnsweredAsThat() throws Exception {
        assertThat(send("hello\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(get("/health").statusCode()).isEqualTo(200);
    }

    private String raw(String path, String host) throws IOException {
        return send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    }

    private String send(String request) throws IOException {
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), running.orElseThrow().port())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aClientMakesAnInvite() throws Exception {
        answer = CompletableFuture.completedFuture(new AdminResult.InviteCreated(INVITE));
        JsonObject body = new JsonObject();
        body.addProperty("uses", 5);
        body.addProperty("valid_hours", 2);
        JsonObject made = AdminClient.of(folder).post("invites", body);
        assertThat(made.get("link").getAsString()).isEqualTo(INVITE.format());
        assertThat(asked).containsExactly(new AdminCommand.CreateInvite(5, 7_200_000, ""));
    }

    @Test
    void aClientRevokesAnInviteByTheTokenInItsLink() throws Exception {
        String link = INVITE.format();
        String token = link.substring(link.indexOf("token=") + "token=".length());
        JsonObject unused = AdminClient.of(folder).delete("invites/" + token);
        assertThat(asked).containsExactly(new AdminCommand.RevokeInvite(INVITE.token()));
        for (String none : List.of("", "AAAA", token + "AAAA", "x".repeat(22) + "!")) {
            assertThatThrownBy(() -> AdminClient.of(folder).delete("invites/" + none))
                    .hasMessage("That is no token of an invite.");
        }
        assertThat(asked).hasSize(1);
    }

    @Test
    void valuesOutOfBoundsAreRefusedWithTheBounds() throws Exception {
        JsonObject body = new JsonObject();
        body.addProperty("uses", 0);
        body.addProperty("valid_hours", 2);
        assertThatThrownBy(() -> AdminClient.of(folder).post("invites", body))
                .isInstanceOf(AdminException.class)
                .hasMessageContaining("\"uses\" must be a number from 1 to");
        JsonObject link = new JsonObject();
        link.addProperty("link", "samara://nowhere");
        assertThatThrownBy(() -> AdminClient.of(folder).post("peers", link))
                .hasMessageContaining("samara server peer link");
        assertThatThrownBy(() -> AdminClient.of(folder).get("secrets")).hasMessageContaining("/admin/v1/secrets");
        assertThat(asked).isEmpty();
    }

    @Test
    void aRefusalOfTheCoreReachesTheOperatorAsItsSentence() {
        answer = CompletableFuture.completedFuture(new AdminResult.Refused(
                Refusal.of(ErrorCode.NOT_A_PEER, "tunis.example is not a peer; see peer list")));
        assertThatThrownBy(() -> AdminClient.of(folder).delete("peers/tunis.example"))
                .hasMessage("tunis.example is not a peer; see peer list");
        assertThat(asked).containsExactly(new AdminCommand.RemovePeer(new ServerName("tunis.example")));
    }

    @Test
    void aBodyThatIsTooLargeOrNoJsonIsRefused() throws Exception {
        HttpResponse<String> tooLarge = post("{".repeat(17_000));
        assertThat(tooLarge.statusCode()).isEqualTo(413);
        assertThat(tooLarge.body()).contains("At most 16384 bytes");
        assertThat(post("uses=1").statusCode()).isEqualTo(400);
        assertThat(post("[1]").statusCode()).isEqualTo(400);
        assertThat(asked).isEmpty();
    }

    @Test
    void whereNoServerRunsTheClientSaysHowToStartOne() {
        stop();
        assertThatThrownBy(() -> AdminClient.of(folder))
                .isInstanceOfSatisfying(
                        AdminException.class, e -> assertThat(e.notRunning()).isTrue())
                .hasMessageContaining("No server runs on the data folder " + folder)
                .hasMessageContaining("--data");
    }

    @Test
    void aFileThatAKilledServerLeftBehindLeadsToTheSameSentence() throws Exception {
        AdminFile left = AdminFile.read(folder.resolve("admin.json"));
        stop();
        left.write(folder.resolve("admin.json"));
        assertThatThrownBy(() -> AdminClient.of(folder).get("status")).hasMessageContaining("No server runs");
    }

    private HttpResponse<String> get(String path, String... authorization) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
        for (String value : authorization) {
            request.header("Authorization", value);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(uri("/admin/v1/invites"))
                        .header("Authorization", "Bearer " + token())
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + running.orElseThrow().port() + path);
    }

    private String token() throws IOException {
        return AdminFile.read(folder.resolve("admin.json")).token();
    }
}
