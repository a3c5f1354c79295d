package chat.samara.server.node.command;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.node.admin.AdminClient;
import chat.samara.wire.identity.InviteLink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands to one running server, with a standard output that takes nothing. */
@DisplayName("A server command whose standard output")
@Timeout(180)
class OutputTest {
    private static final String FULL = "No space left on device";

    @TempDir
    private static Path folder = Path.of("");

    private static final List<ServerProcess> RUNNING = new ArrayList<>();

    private final ByteArrayOutputStream offered = new ByteArrayOutputStream();
    private final StringWriter err = new StringWriter();
    private boolean isPipe;

    @BeforeAll
    static void start() throws IOException {
        ServerProcess server = ServerProcess.start(folder, args("--name berlin.example --listen 127.0.0.1:0"));
        RUNNING.add(server);
        String unused = server.awaitOutput("Stop with Ctrl-C.");
    }

    @AfterAll
    static void stop() {
        RUNNING.forEach(ServerProcess::close);
        RUNNING.clear();
    }

    @ParameterizedTest
    @DisplayName("is full fails, and says so")
    @ValueSource(
            strings = {"status", "status --json", "invite", "peer link", "peer list --json", "--help", "peer --help"})
    void full(String line) {
        assertThat(run(failing(FULL), line)).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("Standard output cannot be written (" + FULL + ")");
    }

    @Test
    @DisplayName("is full ends the process with that exit code")
    @EnabledOnOs(OS.LINUX)
    void fullInItsProcess() throws Exception {
        try (ServerProcess status = ServerProcess.startOnFullDevice(folder, args("status"))) {
            ServerProcess.Finished finished = status.finish();
            assertThat(finished.exitCode()).as(finished.output()).isEqualTo(ExitCode.FAILED);
            assertThat(finished.output())
                    .contains("Standard output cannot be written")
                    .doesNotContain("\tat ");
        }
    }

    @ParameterizedTest
    @DisplayName("loses an invite revokes it, whether it is full or nobody reads it")
    @ValueSource(booleans = {false, true})
    void lostInvite(boolean nobodyReads) throws Exception {
        isPipe = nobodyReads;
        assertThat(run(offered, "invite --note kept")).isZero();
        offered.reset();

        assertThat(run(failing(nobodyReads ? "Broken pipe" : FULL), "invite --note lost"))
                .isEqualTo(ExitCode.FAILED);

        assertThat(InviteLink.parse(offered.toString(StandardCharsets.UTF_8)).server())
                .as("it was made, and only then lost")
                .hasToString("berlin.example");
        assertThat(err.toString()).contains("so it was revoked");
        assertThat(notesOfInvites()).contains("kept").doesNotContain("lost");
    }

    @Test
    @DisplayName("nobody reads any more ends quietly")
    void lostItsReader() {
        isPipe = true;

        assertThat(run(failing("Datenübergabe unterbrochen"), "status")).isZero();
        assertThat(err.toString()).isEmpty();
    }

    @ParameterizedTest
    @DisplayName("works does nothing for arguments that did not arrive as UTF-8")
    @ValueSource(strings = {"invite --note gr\uFFFD\uFFFDn", "--name b\uFFFDrlin.example"})
    void lostArguments(String line) throws Exception {
        List<String> before = notesOfInvites();

        assertThat(run(offered, line)).isEqualTo(ExitCode.USAGE);

        assertThat(err.toString()).contains("did not arrive as UTF-8 text").contains("LC_ALL=C.UTF-8");
        assertThat(offered.size()).isZero();
        assertThat(notesOfInvites()).isEqualTo(before);
    }

    private int run(OutputStream standardOutput, String line) {
        return ServerCommand.run(Output.to(standardOutput, () -> isPipe), new PrintWriter(err, true), args(line));
    }

    private static String[] args(String line) {
        Stream<String> data = Stream.of("--data", folder.resolve("berlin").toString());
        return Stream.concat(data, Stream.of(line.split(" ", -1))).toArray(String[]::new);
    }

    private OutputStream failing(String reason) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                offered.write(bytes, offset, length);
                throw new IOException(reason);
            }
        };
    }

    private static List<String> notesOfInvites() throws Exception {
        List<String> notes = new ArrayList<>();
        AdminClient.of(folder.resolve("berlin"))
                .get("invites")
                .getAsJsonArray("invites")
                .forEach(
                        invite -> notes.add(invite.getAsJsonObject().get("note").getAsString()));
        return notes;
    }
}
