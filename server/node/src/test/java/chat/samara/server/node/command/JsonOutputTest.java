package chat.samara.server.node.command;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Figures;
import chat.samara.server.core.MemberQuota;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.node.admin.AdminServer;
import chat.samara.server.node.admin.Libraries;
import chat.samara.wire.identity.ServerName;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("What another server has said is exact in the JSON of a command, and does nothing to a terminal:")
final class JsonOutputTest {
    private static final String SAID = "\u0645\u06CC\u200C\u062E \u009b31m \u202Eevil\u202C\u200F\u2028";
    private static final ServerName TUNIS = new ServerName("tunis.example");
    private static final Bytes KEY = Bytes.of(new byte[32]);

    @TempDir
    private Path folder = Path.of("");

    private String answered(AdminResult result, String... command) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        AdminServer running = AdminServer.start(
                0,
                folder.resolve("admin.json"),
                asked -> CompletableFuture.completedFuture(result),
                () -> CompletableFuture.completedFuture(true),
                () -> "",
                new Libraries("Conscrypt 9", "sockets by epoll"));
        try {
            PrintWriter err = new PrintWriter(new StringWriter());
            assertThat(ServerCommand.run(Output.to(out, () -> false), err, command))
                    .isZero();
        } finally {
            running.close();
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static void assertExactAndHarmless(String json) {
        assertThat(JsonParser.parseString(json).toString()).contains(SAID.substring(0, SAID.length() - 1));
        assertThat(json.strip().codePoints())
                .noneMatch(c -> Character.getType(c) == Character.CONTROL
                        || Character.getType(c) == Character.FORMAT
                        || Character.getType(c) == Character.LINE_SEPARATOR);
    }

    @Test
    @DisplayName("peer list --json")
    void peers() throws Exception {
        AdminResult.Peer peer = new AdminResult.Peer(TUNIS, KEY, List.of(), false, 0, SAID);
        assertExactAndHarmless(
                answered(new AdminResult.Peers(List.of(peer)), "--data", folder.toString(), "peer", "list", "--json"));
    }

    @Test
    @DisplayName("status --json")
    void status() throws Exception {
        Figures figures = new Figures(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, true);
        AdminResult.Status status =
                new AdminResult.Status(TUNIS, KEY, 1, 1, figures, MemberQuota.standard(), 1, List.of(SAID));
        assertExactAndHarmless(answered(status, "--data", folder.toString(), "status", "--json"));
    }
}
