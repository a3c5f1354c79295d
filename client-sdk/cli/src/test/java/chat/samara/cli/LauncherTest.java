package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The launcher")
@Timeout(60)
class LauncherTest {
    private static final Path SCRIPT = Path.of("/usr/bin/script");
    private static final List<String> MODULES =
            List.of("client-sdk/cli", "client-sdk/sdk", "protocol/wire", "protocol/mls");

    @TempDir
    private Path root;

    /** A copy of the launcher, beside modules that are built, and a Java and a Maven that say what they see. */
    @BeforeEach
    void copy() throws IOException {
        Path original = Path.of("../../samara");
        assumeTrue(Files.exists(SCRIPT) && Files.exists(original), "no `script`, or not in the repository");
        Files.copy(original, root.resolve("samara"));
        executable(root.resolve("samara"), Files.readString(original));
        Files.writeString(root.resolve("pom.xml"), "");
        for (String module : MODULES) {
            Files.createDirectories(root.resolve(module).resolve("src/main"));
            Files.createDirectories(root.resolve(module).resolve("target"));
            Files.writeString(root.resolve(module).resolve("pom.xml"), "");
        }
        Files.createDirectories(root.resolve("jdk/bin"));
        Files.writeString(root.resolve("jdk/release"), "JAVA_VERSION=\"17.0.1\"\n");
        setBuilt(Instant.now().plusSeconds(60));
    }

    private void setBuilt(Instant when) throws IOException {
        Path stamp = root.resolve("client-sdk/cli/target/.samara-built");
        Files.writeString(stamp, "");
        Files.setLastModifiedTime(stamp, FileTime.from(when));
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void java(String script) throws IOException {
        executable(root.resolve("jdk/bin/java"), "#!/usr/bin/env bash\n" + script + "\n");
    }

    /** What a process prints on both streams. */
    private String output(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(root.toFile()).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", root.resolve("jdk").toString());
        builder.environment().put("PATH", root.resolve("jdk/bin") + ":" + System.getenv("PATH"));
        builder.environment().remove("SAMARA_PASSPHRASE");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return output;
    }

    /** Runs a line of a shell's on a terminal of its own. */
    private String onTerminal(String line) throws IOException, InterruptedException {
        return output(SCRIPT.toString(), "-qec", line, "/dev/null");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"exit 3, rc 3", "kill -TERM $$, rc 143", "kill -9 $$, rc 137"})
    @DisplayName(
            "shows nothing of what is typed before and while the client asks, and everything again however that ends")
    void silencesTheTerminal(String end, String code) throws Exception {
        java("stty -a </dev/tty >seen; echo \"$SAMARA_TERMINAL\" >mode; " + end);

        String shown = onTerminal("stty -g; ./samara whoami; echo rc $?; stty -g; stty -a");

        assertThat(Files.readString(root.resolve("seen"))).contains(" -echo ");
        List<String> lines = shown.lines().map(String::strip).toList();
        String before = lines.get(0);
        assertThat(Files.readString(root.resolve("mode")).strip()).isEqualTo(before);
        assertThat(lines).contains(code);
        assertThat(lines.get(lines.indexOf(code) + 1)).isEqualTo(before);
        assertThat(shown).contains(" echo ");
    }

    @Test
    @DisplayName("leaves the terminal alone where a script has given the passphrase")
    void leavesItAlone() throws Exception {
        java("stty -a </dev/tty >seen; echo \"<$SAMARA_TERMINAL>\" >mode");

        String unused = onTerminal("SAMARA_PASSPHRASE=x ./samara whoami");

        assertThat(Files.readString(root.resolve("seen"))).contains(" echo ");
        assertThat(Files.readString(root.resolve("mode"))).isEqualTo("<>\n");
    }

    @Test
    @DisplayName("says one line when a build is stopped by Ctrl-C, and not what the build has said")
    void stopsTheBuild() throws Exception {
        java("echo jdk.compiler@17");
        setBuilt(Instant.EPOCH);
        executable(
                root.resolve("jdk/bin/mvn"),
                "#!/usr/bin/env bash\ntrap : INT\nkill -INT 0\nseq -f '[ERROR] page %g' 500\nexit 130\n");

        String said = output("setsid", "-w", root.resolve("samara").toString(), "whoami");

        assertThat(said.lines())
                .hasSize(2)
                .anyMatch(line -> line.startsWith("Building Samara's client"))
                .last()
                .isEqualTo("Stopped. The next start goes on with the build.");
    }
}
