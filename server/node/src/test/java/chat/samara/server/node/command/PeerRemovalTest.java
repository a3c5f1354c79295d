package chat.samara.server.node.command;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.node.admin.AdminServer;
import chat.samara.server.node.admin.Libraries;
import chat.samara.wire.identity.ServerName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@DisplayName("server peer remove")
@Timeout(30)
class PeerRemovalTest {
    private static final ServerName TUNIS = new ServerName("tunis.example");

    @TempDir
    private Path folder = Path.of("");

    private final InputStream before = System.in;
    private final List<AdminCommand> asked = new CopyOnWriteArrayList<>();
    private final StringWriter err = new StringWriter();

    @AfterEach
    void giveBackInput() {
        System.setIn(before);
    }

    private int remove(int sharedChannels, String answer, String... more) throws IOException {
        System.setIn(new ByteArrayInputStream(answer.getBytes(StandardCharsets.UTF_8)));
        AdminResult.Peer tunis =
                new AdminResult.Peer(TUNIS, Bytes.wrapUnsafe(new byte[32]), List.of(), true, sharedChannels, "");
        AdminServer server = AdminServer.start(
                0,
                folder.resolve("admin.json"),
                command -> {
                    asked.add(command);
                    return CompletableFuture.completedFuture(
                            command instanceof AdminCommand.ListPeers
                                    ? new AdminResult.Peers(List.of(tunis))
                                    : new AdminResult.Done());
                },
                () -> CompletableFuture.completedFuture(true),
                () -> "",
                new Libraries("Conscrypt 9", "sockets by epoll"));
        try {
            CommandLine line = ServerCommand.commandLine();
            line.setErr(new PrintWriter(err, true));
            List<String> args = new ArrayList<>(List.of("--data", folder.toString(), "peer", "remove", TUNIS.value()));
            args.addAll(List.of(more));
            return line.execute(args.toArray(String[]::new));
        } finally {
            server.close();
        }
    }

    @Test
    @DisplayName("of a server with shared channels says how many, and does it only for the answer yes")
    void asks() throws Exception {
        assertThat(remove(3, "")).isEqualTo(ExitCode.FAILED);
        assertThat(remove(3, "no\n")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("tunis.example and this server share 3 channels", "Not removed");
        assertThat(asked).doesNotContain(new AdminCommand.RemovePeer(TUNIS));

        assertThat(remove(3, "yes\n")).isZero();
        assertThat(asked).contains(new AdminCommand.RemovePeer(TUNIS));
    }

    @Test
    @DisplayName("does not ask a script that says --yes, nor of a server without shared channels")
    void asksNot() throws Exception {
        assertThat(remove(3, "", "--yes")).isZero();
        assertThat(remove(0, "")).isZero();
        assertThat(err.toString()).doesNotContain("Type yes").contains("status names the channels");
    }
}
