package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

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
        archive(new byte[0]);
    }

    /** Gives the client an archive of its classes, newer than what was built; an empty one says that none can be made. */
    private void archive(byte[] content) throws IOException {
        archive(content, content.length, root.toRealPath());
    }

    private void archive(byte[] content, int lengthWhenMade, Path madeIn) throws IOException {
        Path archive = root.resolve("client-sdk/cli/target/classes-17.0.1.jsa");
        Files.write(archive, content);
        Files.writeString(
                archive.resolveSibling(archive.getFileName() + ".made"), lengthWhenMade + "\n" + madeIn + "\n");
        Files.setLastModifiedTime(archive, FileTime.from(Instant.now().plusSeconds(120)));
    }

    /** Lets the launcher use this test's own Java, and run the client from what this test was started with. */
    private void ownJava() throws IOException {
        java("exec " + Path.of(System.getProperty("java.home"), "bin", "java") + " \"$@\"");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                                .map(each -> Path.of(each).toUri().toString())
                                .collect(Collectors.joining(" ")));
        Path jar = root.resolve("client-sdk/cli/target/samara-cli.jar");
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
    }

    /** An archive that this Java has made of its own classes, or nothing where it came without. */
    private static byte[] archiveOfJava() throws IOException {
        Path archive = Path.of(System.getProperty("java.home"), "lib", "server", "classes.jsa");
        assumeTrue(Files.exists(archive), "this Java has no archive");
        return Files.readAllBytes(archive);
    }

    private static byte[] ofAnotherJava() throws IOException {
        byte[] archive = archiveOfJava();
        byte[] version = System.getProperty("java.vm.version").getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i + version.length <= archive.length; i++) {
            if (Arrays.equals(archive, i, i + version.length, version, 0, version.length)) {
                archive[i]++;
                return archive;
            }
        }
        throw new AssertionError("no version in an archive of " + archive.length + " bytes, expected "
                + System.getProperty("java.vm.version"));
    }

    private static byte[] damaged() throws IOException {
        byte[] archive = archiveOfJava();
        Arrays.fill(archive, archive.length / 4, archive.length * 3 / 4, (byte) 0xA5);
        return archive;
    }

    private static byte[] cutOff() throws IOException {
        byte[] archive = archiveOfJava();
        return Arrays.copyOf(archive, archive.length / 2);
    }

    static Stream<Arguments> uselessArchives() {
        return Stream.of(
                Arguments.of(
                        "of chance", (Archive) () -> "no archive".repeat(10_000).getBytes(StandardCharsets.UTF_8)),
                Arguments.of("of another Java", (Archive) LauncherTest::ofAnotherJava),
                Arguments.of("of other jars", (Archive) LauncherTest::archiveOfJava),
                Arguments.of("cut off", (Archive) LauncherTest::cutOff),
                Arguments.of("damaged", (Archive) LauncherTest::damaged));
    }

    private interface Archive {
        byte[] content() throws IOException;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("uselessArchives")
    @DisplayName("starts the client as ever with an archive of classes that is of no use, and says nothing of it")
    void goesOnWithoutArchive(String name, Archive archive) throws Exception {
        ownJava();
        String without = output(root.resolve("samara").toString(), "send", "--help");

        archive(archive.content());
        String with = output(root.resolve("samara").toString(), "send", "--help");

        assertThat(without).contains("Say something in a channel.");
        assertThat(with).isEqualTo(without);
    }

    @Test
    @DisplayName("gives Java the archive of its own version, and no other")
    void usesTheArchive() throws Exception {
        java("printf '%s\\n' \"$@\"");
        Path archive = root.resolve("client-sdk/cli/target/classes-17.0.1.jsa");

        String without = output(root.resolve("samara").toString(), "whoami");
        archive(new byte[] {1});
        String with = output(root.resolve("samara").toString(), "whoami");
        Files.move(archive, archive.resolveSibling("classes-17.0.2.jsa"));
        Files.writeString(root.resolve("target"), "no folder: nothing can be made here");
        String other = output(root.resolve("samara").toString(), "whoami");

        assertThat(without).doesNotContain("SharedArchiveFile");
        assertThat(with.lines())
                .contains("-XX:SharedArchiveFile=" + root.toRealPath().resolve(root.relativize(archive)));
        assertThat(other).doesNotContain("SharedArchiveFile").contains("chat.samara.cli.Main");
    }

    @ParameterizedTest(name = "{0} of 3 bytes, made elsewhere: {1}")
    @CsvSource({"2, false", "3, true"})
    @DisplayName(
            "gives Java no archive of which a part is missing, over which it would crash, and makes it anew, as one that was made elsewhere")
    void notWhole(int length, boolean elsewhere) throws Exception {
        java("printf '%s\\n' \"$@\"");
        Path place = elsewhere ? root.resolve("elsewhere") : root.toRealPath();
        archive(new byte[length], 3, place);
        String anew = output(root.resolve("samara").toString(), "whoami");
        archive(new byte[length], 3, place);
        Files.move(root.resolve("target"), root.resolve("before"));
        Files.writeString(root.resolve("target"), "no folder: nothing can be made here");
        String without = output(root.resolve("samara").toString(), "whoami");

        assertThat(anew).contains("Preparing quick starts of Samara's client");
        assertThat(without).doesNotContain("SharedArchiveFile").contains("chat.samara.cli.Main");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"exit 1, could not be done", "echo made >$file, Prepared in"})
    @DisplayName("makes the archive after a build, once, and starts the client whether that works or not")
    void makesTheArchive(String dump, String said) throws Exception {
        java("""
                for each in "$@"; do
                  case "$each" in
                    -XX:SharedArchiveFile=*) file="${each#*=}" ;;
                    -XX:DumpLoadedClassList=*) echo java/lang/Object >"${each#*=}" ;;
                    -Xshare:dump) dump=yes ;;
                    chat.samara.cli.Main) echo "the client" ;;
                  esac
                done
                [[ -z ${dump:-} ]] || %s
                """.formatted(dump));
        Files.delete(root.resolve("client-sdk/cli/target/classes-17.0.1.jsa"));
        setBuilt(Instant.now().minusSeconds(1));
        for (String module : MODULES) {
            old(root.resolve(module).resolve("pom.xml"));
            old(root.resolve(module).resolve("src/main"));
        }
        old(root.resolve("pom.xml"));

        String first = output(root.resolve("samara").toString(), "whoami");
        String second = output(root.resolve("samara").toString(), "whoami");

        assertThat(first.lines())
                .hasSize(3)
                .anyMatch(line -> line.startsWith("Preparing quick starts of Samara's client"))
                .anyMatch(line -> line.contains(said))
                .last()
                .isEqualTo("the client");
        assertThat(second).isEqualTo("the client\n");
    }

    private static void old(Path file) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
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
