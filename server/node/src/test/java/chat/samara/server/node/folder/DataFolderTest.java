package chat.samara.server.node.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataFolderTest {
    @TempDir
    private Path temp = Path.of("");

    @Test
    void theFolderIsMadeForItsOwnerOnly() throws Exception {
        Path path = temp.resolve("a").resolve("b");
        DataFolder.open(path).close();
        assertThat(permissions(path)).isEqualTo("rwx------");
        assertThat(permissions(path.resolve("format"))).isEqualTo("rw-------");
        assertThat(DataFolder.isSetUp(path)).isTrue();
    }

    @Test
    void whatACopyHasOpenedToOthersIsClosedToThem() throws Exception {
        Path path = temp.resolve("copied");
        DataFolder.open(path).close();
        Files.writeString(path.resolve("root.key"), "secret");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.setPosixFilePermissions(path.resolve("root.key"), PosixFilePermissions.fromString("rw-r--r--"));
        DataFolder.open(path).close();
        assertThat(permissions(path)).isEqualTo("rwx------");
        assertThat(permissions(path.resolve("root.key"))).isEqualTo("rw-------");
    }

    @Test
    void twoServersCannotUseOneFolder() throws Exception {
        try (DataFolder first = DataFolder.open(temp)) {
            assertThatThrownBy(() -> DataFolder.open(temp))
                    .isInstanceOf(FolderException.class)
                    .hasMessageContaining("Another server already runs")
                    .hasMessageContaining(first.path().toString());
        }
        DataFolder.open(temp).close();
    }

    @Test
    void whoeverAsksInTheSameProcessWhetherItIsHeldDoesNotOpenItToOthers() throws Exception {
        Path link = Files.createSymbolicLink(temp.resolve("link"), Files.createDirectory(temp.resolve("folder")));
        Path path = temp.resolve("folder");
        assertThat(DataFolder.isHeld(path)).isFalse();
        try (DataFolder held = DataFolder.open(path)) {
            assertThat(isHeldElsewhere(held.path())).isTrue();
            assertThat(DataFolder.isHeld(path)).isTrue();
            assertThat(DataFolder.isHeld(link)).isTrue();
            assertThat(isHeldElsewhere(path)).as("after it was asked").isTrue();
            assertThatThrownBy(() -> DataFolder.open(link)).hasMessageContaining("Another server already runs");
            assertThat(isHeldElsewhere(path)).as("after it was opened again").isTrue();
        }
        assertThat(DataFolder.isHeld(path)).isFalse();
        assertThat(isHeldElsewhere(path)).isFalse();
    }

    @Test
    void whatCouldNotBeOpenedIsNotHeld() throws Exception {
        DataFolder.open(temp).close();
        Files.writeString(temp.resolve("format"), "2\n");
        assertThatThrownBy(() -> DataFolder.open(temp)).hasMessageContaining("format 2");
        assertThat(DataFolder.isHeld(temp)).isFalse();
    }

    @Test
    void closingTwiceLeavesWhoHasOpenedItSinceAlone() throws Exception {
        DataFolder first = DataFolder.open(temp);
        first.close();
        try (DataFolder second = DataFolder.open(temp)) {
            first.close();
            assertThat(DataFolder.isHeld(second.path())).isTrue();
        }
    }

    private static boolean isHeldElsewhere(Path path) throws Exception {
        Process asking = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Asking.class.getName(),
                        path.toString())
                .inheritIO()
                .start();
        assertThat(asking.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(asking.exitValue()).isIn(Asking.HELD, Asking.FREE);
        return asking.exitValue() == Asking.HELD;
    }

    /** Another process that asks. */
    public static final class Asking {
        static final int HELD = 42;
        static final int FREE = 43;

        private Asking() {}

        public static void main(String[] args) {
            System.exit(DataFolder.isHeld(Path.of(args[0])) ? HELD : FREE);
        }
    }

    @Test
    void aFolderOfANewerVersionIsRefusedAndLeftAsItIs() throws Exception {
        DataFolder.open(temp).close();
        Files.writeString(temp.resolve("format"), "2\n");
        assertThatThrownBy(() -> DataFolder.open(temp))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("format 2")
                .hasMessageContaining("newer version");
        assertThat(Files.readString(temp.resolve("format"))).isEqualTo("2\n");
        Files.writeString(temp.resolve("format"), "1\n");
        DataFolder.open(temp).close();
    }

    @Test
    void filesOfAnotherUserAreRefusedWithBothNames() throws Exception {
        DataFolder.open(temp).close();
        String owner = Files.getOwner(temp.resolve("format")).getName();
        Ownership.requireOwn(temp, List.of("format", "root.key"), owner);
        Ownership.requireOwn(temp, List.of("format", "root.key"), "");
        assertThatThrownBy(() -> Ownership.requireOwn(temp, List.of("root.key", "format"), "somebody"))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining(temp.resolve("format") + " belongs to " + owner)
                .hasMessageContaining("run by somebody")
                .hasMessageContaining("chown -R somebody");
    }

    @ParameterizedTest
    @ValueSource(strings = {"root.key", "tls.key", "tls.crt", "manifest", "settings.json"})
    void eachFileThatSaysWhoTheServerIsMustBeItsOwn(String name) throws Exception {
        Path file = Files.createFile(temp.resolve(name));
        assertThatThrownBy(() -> Ownership.requireOwn(temp, DataFolder.READ_NAMES, "somebody"))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining(file + " belongs to ");
    }

    @Test
    void thisProcessOwnsWhatItMakes() throws Exception {
        Path made = Files.writeString(temp.resolve("made"), "");
        assertThat(Ownership.currentUser()).isIn("", Files.getOwner(made).getName());
    }

    @Test
    void aFolderThatIsUsedForSomethingElseIsRefusedAndLeftAsItIs() throws Exception {
        Files.writeString(temp.resolve("lock"), "");
        Files.createDirectory(temp.resolve("bin"));
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThatThrownBy(() -> DataFolder.open(temp))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining(temp.toString())
                .hasMessageContaining("(bin)")
                .hasMessageContaining("--data");
        assertThat(permissions(temp)).isEqualTo("rwxr-xr-x");
        try (Stream<Path> left = Files.list(temp)) {
            assertThat(left).containsExactlyInAnyOrder(temp.resolve("lock"), temp.resolve("bin"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lost+found", ".snapshot", ".zfs", ".gitkeep", ".DS_Store"})
    void aNewDiskOrOneWithSettingsIsTaken(String nobodys) throws Exception {
        Files.createDirectory(temp.resolve(nobodys));
        Files.writeString(temp.resolve("settings.json"), "{}");
        DataFolder.open(temp).close();
        assertThat(DataFolder.isSetUp(temp)).isTrue();
    }

    @Test
    void aFirstStartThatEndedInTheMiddleIsGoneOnWith() throws Exception {
        Files.writeString(temp.resolve("lock"), "");
        Files.writeString(temp.resolve("format.new"), "");
        DataFolder.open(temp).close();
        assertThat(DataFolder.isSetUp(temp)).isTrue();
    }

    @Test
    void aDamagedFormatFileIsNamed() throws Exception {
        Files.writeString(temp.resolve("format"), "one\n");
        assertThatThrownBy(() -> DataFolder.open(temp)).hasMessageContaining("\"one\"");
    }

    @Test
    void aFileWhereTheFolderShouldBeIsNamed() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "");
        assertThatThrownBy(() -> DataFolder.open(file))
                .hasMessageContaining("is a file")
                .hasMessageContaining("--data");
        assertThatThrownBy(() -> DataFolder.open(file.resolve("below")))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("--data");
    }

    @Test
    void aPrivateFileIsReplacedWholeWithoutEverBeingReadableByOthers() throws Exception {
        Path file = temp.resolve("secret");
        PrivateFile.write(file, bytes("old"));
        PrivateFile.write(file, bytes("new"));
        assertThat(Files.readString(file)).isEqualTo("new");
        assertThat(permissions(file)).isEqualTo("rw-------");
        try (var files = Files.list(temp)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void whatAKilledWriteLeftBehindDoesNotStopTheNext() throws Exception {
        Files.writeString(temp.resolve("secret.new"), "half");
        PrivateFile.write(temp.resolve("secret"), bytes("whole"));
        assertThat(Files.readString(temp.resolve("secret"))).isEqualTo("whole");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
