package chat.samara.client.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import chat.samara.client.device.DeviceStore.Write;
import chat.samara.client.device.DeviceTable;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.PasswordHash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("What is wrong with a profile's folder")
class ProfileFaultTest {
    private static final PasswordHash CHEAP = new PasswordHash(64, 1, 1);

    @TempDir
    private Path parent;

    private Path folder() {
        return parent.resolve("alice");
    }

    private static char[] passphrase() {
        return "correct horse".toCharArray();
    }

    /** Something that goes wrong with a profile of some rows. */
    private interface Damage {
        void to(Path folder) throws IOException;
    }

    private static Arguments damage(String what, Damage damage, String named) {
        return arguments(what, damage, named);
    }

    static Stream<Arguments> damages() {
        return Stream.of(
                damage("no tree", folder -> Files.delete(folder.resolve("profile.tree")), "profile.tree"),
                damage("no header", folder -> Files.delete(folder.resolve("profile.header")), "profile.header"),
                damage("an empty header", folder -> cut(folder.resolve("profile.header"), 0), "header"),
                damage("half a header", folder -> cut(folder.resolve("profile.header"), 60), "header"),
                damage(
                        "a header of zeros",
                        folder -> Files.write(folder.resolve("profile.header"), new byte[200]),
                        "header"),
                damage(
                        "a header without end",
                        folder -> Files.write(folder.resolve("profile.header"), new byte[100_000]),
                        "profile.header"),
                damage("an empty tree", folder -> cut(folder.resolve("profile.tree"), 0), "superblocks"),
                damage(
                        "both superblocks damaged",
                        folder -> overwrite(folder.resolve("profile.tree"), 0, 8192),
                        "superblocks"),
                damage("half a tree", folder -> cut(folder.resolve("profile.tree"), 12_288), "profile.tree"),
                damage("the tree of another profile", ProfileFaultTest::otherTree, "superblocks"),
                damage(
                        "a folder in the tree's place",
                        folder -> folderInsteadOf(folder.resolve("profile.tree")),
                        "profile.tree is a folder"),
                damage(
                        "a folder in the header's place",
                        folder -> folderInsteadOf(folder.resolve("profile.header")),
                        "profile.header is a folder"));
    }

    private static void cut(Path file, int length) throws IOException {
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), length));
    }

    private static void overwrite(Path file, int from, int to) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Arrays.fill(bytes, from, to, (byte) 0x55);
        Files.write(file, bytes);
    }

    private static void folderInsteadOf(Path file) throws IOException {
        Files.delete(file);
        Files.createDirectory(file);
    }

    private static void otherTree(Path folder) throws IOException {
        Path other = folder.resolveSibling("other");
        try {
            ProfileStore.create(other, passphrase(), CHEAP).close();
        } catch (ClientException e) {
            throw new IllegalStateException(e);
        }
        Files.write(folder.resolve("profile.tree"), Files.readAllBytes(other.resolve("profile.tree")));
    }

    private void makeSomeRows() throws ClientException {
        try (ProfileStore store = ProfileStore.create(folder(), passphrase(), CHEAP)) {
            for (int i = 0; i < 20; i++) {
                store.commit(List.of(new Write.Put(DeviceTable.HISTORY, Bytes.ofUtf8("row " + i), new byte[1000])));
            }
        }
    }

    private ClientException refused(Attempt attempt) {
        ClientException refused = catchThrowableOfType(ClientException.class, attempt::run);
        assertThat(refused).as("a refusal").isNotNull();
        return refused;
    }

    private interface Attempt {
        void run() throws ClientException;
    }

    private Map<String, String> files() throws IOException {
        Map<String, String> files = new TreeMap<>();
        if (Files.isDirectory(folder())) {
            try (Stream<Path> all = Files.list(folder())) {
                for (Path file : all.filter(it -> !it.endsWith("profile.lock")).toList()) {
                    files.put(
                            file.toString(),
                            Files.isDirectory(file) ? "folder" : Arrays.toString(Files.readAllBytes(file)));
                }
            }
        }
        return files;
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName(
            "is named with the folder, the part and the remedy, and whether opened or made anew, nothing is changed:")
    @MethodSource("damages")
    void isNamed(String what, Damage damage, String named) throws ClientException, IOException {
        makeSomeRows();
        damage.to(folder());
        Map<String, String> before = files();

        assertThat(ProfileStore.exists(folder())).isTrue();
        ClientException refused =
                refused(() -> ProfileStore.open(folder(), passphrase(), CHEAP).close());

        assertThat(refused.code()).isEqualTo(RefusalCode.PROFILE_DAMAGED);
        assertThat(refused)
                .hasMessageContaining(folder().toString())
                .hasMessageContaining(named)
                .hasMessageContaining("put back a copy of the whole folder");
        ClientException notMade =
                refused(() -> ProfileStore.create(folder(), passphrase(), CHEAP).close());
        assertThat(notMade.code()).isIn(RefusalCode.PROFILE_DAMAGED, RefusalCode.PROFILE_EXISTS);
        assertThat(files()).isEqualTo(before);
    }

    @Test
    @DisplayName("is nothing, if only one of the two superblocks is damaged")
    void oneSuperblock() throws ClientException, IOException {
        makeSomeRows();
        overwrite(folder().resolve("profile.tree"), 4096, 8192);
        ProfileStore.open(folder(), passphrase(), CHEAP).close();
    }

    @Test
    @DisplayName("is nothing, if a creation was cut off before its header: a profile can be made there")
    void cutOffCreation() throws ClientException, IOException {
        ProfileStore.create(folder(), passphrase(), CHEAP).close();
        Files.delete(folder().resolve("profile.header"));
        assertThat(ProfileStore.exists(folder())).isFalse();
        makeSomeRows();
    }

    @Test
    @DisplayName("a creation that fails takes away only what it made, before another can make its own")
    void failedCreationHarmsNoOther() throws Exception {
        Path tree = folder().resolve("profile.tree");
        FullDisk disk = new FullDisk(0);
        disk.whenClosed = file -> {
            if (file.endsWith("profile.lock")) {
                write(tree); // as whoever waited for the lock begins
            }
        };
        Files.createDirectories(folder());
        assertThatThrownBy(() -> ProfileStore.create(new ProfileFolder(folder(), disk), passphrase(), CHEAP))
                .isInstanceOf(ClientException.class);
        assertThat(tree).exists();
    }

    private static void write(Path file) {
        try {
            Files.write(file, new byte[] {1});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @DisplayName(
            "may be a full disk: told as that wherever a creation meets it, nothing is left, and with room it is made")
    void fullDisk() throws ClientException, IOException {
        List<Long> refusedAt = new ArrayList<>();
        boolean made = false;
        for (long room = 0; !made; room += 512) {
            ProfileFolder full = new ProfileFolder(folder(), new FullDisk(room));
            try {
                ProfileStore.create(full, passphrase(), CHEAP).close();
                made = true;
            } catch (ClientException refused) {
                refusedAt.add(room);
                assertThat(refused.code()).as("with room for " + room).isEqualTo(RefusalCode.PROFILE_DISK_FULL);
                assertThat(refused)
                        .hasMessageContaining(folder()
                                + " is full (4 MiB needed); what was saved is kept; make room and do the same again");
                assertThat(folder()).doesNotExist();
            }
        }
        // The tree's four blocks and the header.
        assertThat(refusedAt).hasSizeGreaterThan(4 * 4096 / 512);
        ProfileStore.open(folder(), passphrase(), CHEAP).close();
    }

    @Test
    @DisplayName("may be that no folder can be made where it is to be, which damages nothing")
    void noFolderCanBeMade() {
        Path nowhere = folder().resolve("x".repeat(5_000));
        ClientException refused =
                refused(() -> ProfileStore.create(nowhere, passphrase(), CHEAP).close());
        assertThat(refused.code()).isEqualTo(RefusalCode.PROFILE_UNUSABLE);
        assertThat(refused).hasMessageContaining("can be made in").hasMessageContaining("another folder");

        Path gone = folder().resolve("gone").resolve("profile");
        ClientException missing = ProfileFault.of(gone, new NoSuchFileException(gone.toString()));
        assertThat(missing.code()).as("as in /proc").isEqualTo(RefusalCode.PROFILE_UNUSABLE);
        assertThat(missing).hasMessageContaining("can be made in").hasMessageNotContaining("damaged");
    }

    @Test
    @DisplayName(
            "may be permissions, a disk that cannot be written, a file in the folder's place or a broken disk: each"
                    + " has its own words")
    void othersReasons() throws IOException {
        ClientException denied = ProfileFault.of(folder(), new AccessDeniedException(folder() + "/profile.tree"));
        assertThat(denied.code()).isEqualTo(RefusalCode.PROFILE_UNUSABLE);
        assertThat(denied)
                .hasMessageContaining("/profile.tree may not be opened")
                .hasMessageContaining("chown");

        ClientException broken = ProfileFault.of(
                folder(), new FileSystemException(folder() + "/profile.tree", null, "Input/output error"));
        assertThat(broken.code()).isEqualTo(RefusalCode.PROFILE_FAILED);
        assertThat(broken).hasMessageContaining("Input/output error").hasMessageContaining("look after its disk");

        Files.writeString(folder(), "a letter");
        ClientException noFolder =
                refused(() -> ProfileStore.create(folder(), passphrase(), CHEAP).close());
        assertThat(noFolder.code()).isEqualTo(RefusalCode.PROFILE_UNUSABLE);
        assertThat(noFolder).hasMessageContaining(folder() + " is no folder").hasMessageContaining("another folder");
        assertThat(folder()).hasContent("a letter");
    }
}
