package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code samara chat} on a pseudo-terminal, which {@code script} makes: that belongs to every Linux (util-linux). */
@DisplayName("On a terminal, what is typed")
@EnabledOnOs(OS.LINUX)
@Timeout(240)
class TypedAheadOnTerminalTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String READY = "ready to be typed into";
    private static final String ENDED = "ended: ";

    @TempDir
    private Path folder;

    private final Queue<String> shown = new ConcurrentLinkedQueue<>();

    @SuppressWarnings("NullAway.Init") // each test begins with start()
    private Process script;

    /** The process on the terminal. Its chat begins when there is a file. */
    static final class Chat {
        private Chat() {}

        public static void main(String[] arguments) {
            TestSurroundings process = new TestSurroundings();
            process.hasTerminal = true;
            process.client.addChannel("home", 0xab).accepted = true;
            System.out.println(READY);
            await().atMost(PATIENCE).until(() -> Files.exists(Path.of(arguments[0])));
            int exitCode = process.run("chat", "home");
            System.out.println(ENDED + exitCode + " " + process.client.calls + process.err());
        }
    }

    private void start(Path gate) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String command = String.join(
                " ",
                List.of(
                        "'" + java + "'",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        "'" + System.getProperty("java.class.path") + "'",
                        "'" + Chat.class.getName() + "'",
                        "'" + gate + "'"));
        ProcessBuilder builder = new ProcessBuilder("script", "-q", "-e", "-c", command, "/dev/null");
        builder.environment().put("TERM", "xterm-256color");
        builder.environment().put("LC_ALL", "C.UTF-8");
        script = builder.redirectErrorStream(true).start();
        Thread reading = new Thread(this::read, "what the terminal shows");
        reading.setDaemon(true);
        reading.start();
    }

    private void read() {
        byte[] some = new byte[4096];
        try (InputStream out = script.getInputStream()) {
            for (int count = out.read(some); count >= 0; count = out.read(some)) {
                shown.add(new String(some, 0, count, StandardCharsets.UTF_8));
            }
        } catch (IOException ended) {
            // The process is gone.
        }
    }

    private void type(String keys) throws IOException {
        OutputStream in = script.getOutputStream();
        in.write(keys.getBytes(StandardCharsets.UTF_8));
        in.flush();
    }

    private void awaitShown(String text) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(String.join("", shown)).contains(text));
    }

    @AfterEach
    void end() throws Exception {
        script.destroy();
        assertThat(script.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    @Test
    @DisplayName(
            "while chat starts, before it has opened the terminal, stands in its prompt afterwards, and Enter sends it")
    void isKept() throws Exception {
        Path gate = folder.resolve("begin");
        start(gate);
        awaitShown(READY);
        type("early 1\rearly 2\rearly");
        // As the terminal itself shows what nobody reads yet.
        awaitShown("early 2");

        Files.createFile(gate);
        awaitShown("What you typed before this stands below");
        type(" 3\r/quit\r");

        awaitShown(ENDED);
        assertThat(String.join("", shown)).contains("send early 1\nearly 2\nearly 3".replace("\n", "\r\n"));
    }
}
