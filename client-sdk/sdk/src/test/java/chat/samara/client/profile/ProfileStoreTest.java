package chat.samara.client.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import chat.samara.client.device.DeviceStore.Write;
import chat.samara.client.device.DeviceStoreException;
import chat.samara.client.device.DeviceTable;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredHeader;
import chat.samara.client.stored.StoredKeySlot;
import chat.samara.client.stored.StoredTableVersion;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.PasswordHash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A profile")
class ProfileStoreTest {
    private static final PasswordHash CHEAP = new PasswordHash(64, 1, 1);
    private static final Bytes KEY = Bytes.ofUtf8("key");
    private static final byte[] SECRET = "the meeting is at the old mill".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path parent;

    private Path folder() {
        return parent.resolve("alice");
    }

    private static char[] passphrase() {
        return "correct horse".toCharArray();
    }

    private ProfileStore create() throws ClientException {
        return ProfileStore.create(folder(), passphrase(), CHEAP);
    }

    private ProfileStore open() throws ClientException {
        return ProfileStore.open(folder(), passphrase(), CHEAP);
    }

    private static Write put(Bytes key, byte[] value) {
        return new Write.Put(DeviceTable.HISTORY, key, value.clone());
    }

    private static void assertRefused(RefusalCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ClientException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    @DisplayName("keeps what was committed, over closing and opening")
    void keepsCommits() throws ClientException {
        try (ProfileStore store = create()) {
            store.commit(List.of(put(KEY, SECRET), put(Bytes.ofUtf8("gone"), SECRET)));
            store.commit(List.of(new Write.Delete(DeviceTable.HISTORY, Bytes.ofUtf8("gone"))));
        }
        try (ProfileStore store = open()) {
            assertThat(store.get(DeviceTable.HISTORY, KEY))
                    .hasValueSatisfying(it -> assertThat(it).isEqualTo(SECRET));
            assertThat(store.get(DeviceTable.HISTORY, Bytes.ofUtf8("gone"))).isEmpty();
            assertThat(store.get(DeviceTable.PIN, KEY)).isEmpty();
        }
    }

    @Test
    @DisplayName("scans in the order of unsigned bytes, from and to where it is told")
    void scans() throws ClientException {
        try (ProfileStore store = create()) {
            store.commit(List.of(
                    put(Bytes.ofHex("ff"), SECRET),
                    put(Bytes.ofHex("7f"), SECRET),
                    put(Bytes.ofHex("80"), SECRET),
                    put(Bytes.ofHex("7fff"), SECRET)));
            List<String> keys = new ArrayList<>();
            store.scan(DeviceTable.HISTORY, Bytes.ofHex("7f"), Bytes.ofHex("ff"), (key, value) -> keys.add(key.hex()));
            assertThat(keys).containsExactly("7f", "7fff", "80");
            keys.clear();
            store.scan(DeviceTable.HISTORY, Bytes.EMPTY, Bytes.ofHex("ffff"), (key, value) -> {
                keys.add(key.hex());
                return false;
            });
            assertThat(keys).containsExactly("7f");
        }
    }

    @Test
    @DisplayName("as it stands on the disk after any commit opens with all of it, whatever a crash cut off later")
    void everyCommitIsDurable() throws ClientException, IOException {
        Map<Integer, byte[]> stores = new HashMap<>();
        Path copy = parent.resolve("copy");
        Files.createDirectories(copy);
        try (ProfileStore store = create()) {
            for (int i = 1; i <= 30; i++) {
                store.commit(List.of(
                        put(Bytes.of((byte) i), new byte[] {(byte) i}),
                        new Write.Put(DeviceTable.GROUP, KEY, new byte[] {(byte) i})));
                stores.put(i, Files.readAllBytes(folder().resolve("profile.tree")));
            }
        }
        Files.copy(folder().resolve("profile.header"), copy.resolve("profile.header"));
        for (int i = 1; i <= 30; i++) {
            Files.write(copy.resolve("profile.tree"), stores.getOrDefault(i, new byte[0]));
            try (ProfileStore store = ProfileStore.open(copy, passphrase(), CHEAP)) {
                assertThat(store.get(DeviceTable.HISTORY, Bytes.of((byte) i)))
                        .as("commit " + i)
                        .isPresent();
                assertThat(store.get(DeviceTable.HISTORY, Bytes.of((byte) (i + 1))))
                        .isEmpty();
                byte expected = (byte) i;
                assertThat(store.get(DeviceTable.GROUP, KEY))
                        .hasValueSatisfying(it -> assertThat(it).containsExactly(expected));
            }
        }
    }

    /** A turn of 27 MB whose engine dies before the last of its rows. */
    private static List<Write> turnThatDies() {
        return new AbstractList<>() {
            @Override
            public int size() {
                return 9000;
            }

            @Override
            public Write get(int index) {
                if (index == 8900) {
                    throw new AssertionError("the process ends here");
                }
                byte[] value = new byte[3000];
                new Random(index).nextBytes(value);
                return put(Bytes.of((byte) (index >> 8), (byte) index), value);
            }
        };
    }

    @Test
    @DisplayName("has nothing of a turn that was cut off, however much of it was there")
    void cutOffTurn() throws ClientException, IOException {
        Path copy = Files.createDirectory(parent.resolve("copy"));
        try (ProfileStore store = create()) {
            assertThatThrownBy(() -> store.commit(turnThatDies())).hasMessage("the process ends here");
            for (String file : List.of("profile.header", "profile.tree")) {
                Files.copy(folder().resolve(file), copy.resolve(file));
            }
        }
        for (Path each : List.of(copy, folder())) {
            try (ProfileStore store = ProfileStore.open(each, passphrase(), CHEAP)) {
                store.scan(DeviceTable.HISTORY, Bytes.EMPTY, Bytes.ofHex("ffff"), (key, value) -> {
                    throw new AssertionError("a row of half a turn: " + key);
                });
            }
        }
    }

    @Test
    @DisplayName("shows nothing of its content on the disk")
    void nothingPlainOnDisk() throws ClientException, IOException {
        try (ProfileStore store = create()) {
            for (int i = 0; i < 50; i++) {
                store.commit(List.of(put(Bytes.ofUtf8("alice@berlin.example" + i), SECRET)));
            }
        }
        try (Stream<Path> files = Files.list(folder())) {
            for (Path file : files.toList()) {
                String content = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertThat(content)
                        .as(file.toString())
                        .doesNotContain("old mill")
                        .doesNotContain("alice@berlin");
            }
        }
    }

    @Test
    @DisplayName("is refused with another passphrase, and unchanged by that")
    void wrongPassphrase() throws ClientException, IOException {
        try (ProfileStore store = create()) {
            store.commit(List.of(put(KEY, SECRET)));
        }
        byte[] before = Files.readAllBytes(folder().resolve("profile.tree"));
        assertRefused(RefusalCode.WRONG_PASSPHRASE, () -> ProfileStore.open(folder(), "wrong".toCharArray(), CHEAP));
        assertThat(Files.readAllBytes(folder().resolve("profile.tree"))).isEqualTo(before);
        try (ProfileStore store = open()) {
            assertThat(store.get(DeviceTable.HISTORY, KEY)).isPresent();
        }
    }

    @Test
    @DisplayName("is open once only")
    void openTwice() throws ClientException {
        try (ProfileStore store = create()) {
            assertRefused(RefusalCode.PROFILE_IN_USE, this::open);
            assertRefused(RefusalCode.PROFILE_IN_USE, this::create);
            store.commit(List.of(put(KEY, SECRET)));
        }
        open().close();
    }

    @Test
    @DisplayName("of a newer version is refused and unchanged")
    void newerVersion() throws ClientException, IOException {
        create().close();
        Path header = folder().resolve("profile.header");
        byte[] newer = StoredHeader.parseFrom(Files.readAllBytes(header)).toBuilder()
                .setVersion(4)
                .build()
                .toByteArray();
        Files.write(header, newer);
        assertRefused(RefusalCode.PROFILE_NEWER, this::open);
        assertThat(Files.readAllBytes(header)).isEqualTo(newer);
    }

    @Test
    @DisplayName("with a table of a newer version, or one that is not known, is refused by its name and unchanged")
    void newerTable() throws ClientException, IOException {
        create().close();
        byte[] empty = Files.readAllBytes(folder().resolve("profile.tree"));
        byte[] header = Files.readAllBytes(folder().resolve("profile.header"));
        for (String table : List.of("HISTORY", "FOLDERS")) {
            Files.write(folder().resolve("profile.tree"), empty);
            try (ProfileStore store = open()) {
                store.commit(List.of(new Write.Put(
                        DeviceTable.TABLE_VERSION,
                        Bytes.ofUtf8(table),
                        StoredTableVersion.newBuilder().setVersion(9).build().toByteArray())));
            }
            byte[] newer = Files.readAllBytes(folder().resolve("profile.tree"));
            assertThatThrownBy(this::open)
                    .isInstanceOfSatisfying(
                            ClientException.class, e -> assertThat(e.code()).isEqualTo(RefusalCode.PROFILE_NEWER))
                    .hasMessageContaining(table)
                    .hasMessageContaining("update the software");
            assertThat(Files.readAllBytes(folder().resolve("profile.tree"))).isEqualTo(newer);
            assertThat(Files.readAllBytes(folder().resolve("profile.header"))).isEqualTo(header);
        }
    }

    @Test
    @DisplayName("that is missing, there already, or damaged is refused by name")
    void missingExistingDamaged() throws ClientException, IOException {
        assertRefused(RefusalCode.PROFILE_MISSING, this::open);
        create().close();
        assertRefused(RefusalCode.PROFILE_EXISTS, this::create);
        open().close();
        Files.write(folder().resolve("profile.header"), new byte[] {1, 2, 3});
        assertRefused(RefusalCode.PROFILE_DAMAGED, this::open);
        StoredHeader greedy = StoredHeader.newBuilder()
                .setMagic("samara-profile")
                .setVersion(1)
                .setMemoryKib(Integer.MAX_VALUE)
                .setIterations(1)
                .setLanes(1)
                .build();
        Files.write(folder().resolve("profile.header"), greedy.toByteArray());
        assertRefused(RefusalCode.PROFILE_DAMAGED, this::open);
    }

    @Test
    @DisplayName("whose store is garbage is refused as damaged, and the file is left as it is")
    void garbageStore() throws ClientException, IOException {
        create().close();
        byte[] garbage = new byte[64 * 1024];
        Files.write(folder().resolve("profile.tree"), garbage);
        assertRefused(RefusalCode.PROFILE_DAMAGED, this::open);
        assertThat(Files.readAllBytes(folder().resolve("profile.tree"))).isEqualTo(garbage);
    }

    @Test
    @DisplayName("that cannot be made leaves nothing behind")
    void failedCreation() throws IOException {
        Path file = parent.resolve("file");
        Files.writeString(file, "not a folder");
        assertRefused(
                RefusalCode.PROFILE_UNUSABLE, () -> ProfileStore.create(file.resolve("alice"), passphrase(), CHEAP));
        assertThat(file).hasContent("not a folder");
    }

    @Test
    @DisplayName("names the table that cannot be read, when somebody has changed the file")
    void namesTheTable() throws ClientException, IOException {
        try (ProfileStore store = create()) {
            for (int i = 0; i < 100; i++) {
                store.commit(List.of(put(Bytes.ofUtf8("row " + i), new byte[500])));
            }
        }
        Path file = folder().resolve("profile.tree");
        byte[] whole = Files.readAllBytes(file);
        List<String> refusals = new ArrayList<>();
        for (int block = 2; block < whole.length / 4096; block++) {
            byte[] changed = whole.clone();
            changed[block * 4096 + 1000] ^= 1;
            Files.write(file, changed);
            try (ProfileStore store = open()) {
                store.scan(DeviceTable.HISTORY, Bytes.EMPTY, Bytes.ofHex("ff"), (key, value) -> true);
            } catch (DeviceStoreException unreadable) {
                refusals.add(unreadable.getMessage());
            } catch (ClientException atOpening) {
                assertThat(atOpening.code()).isEqualTo(RefusalCode.PROFILE_DAMAGED);
            }
        }
        assertThat(refusals).hasSizeGreaterThan(10).allMatch(it -> it.contains("the table HISTORY"));
    }

    @Test
    @DisplayName("asks more for a guess than it did, once the software does, at the next opening")
    void raisesTheCost() throws ClientException, IOException {
        create().close();
        PasswordHash dearer = new PasswordHash(128, 2, 1);
        ProfileStore.open(folder(), passphrase(), dearer).close();
        StoredKeySlot slot = StoredHeader.parseFrom(Files.readAllBytes(folder().resolve("profile.header")))
                .getSlots(0);
        assertThat(slot.getMemoryKib()).isEqualTo(128);
        assertThat(slot.getIterations()).isEqualTo(2);
        open().close();
        assertRefused(RefusalCode.WRONG_PASSPHRASE, () -> ProfileStore.open(folder(), "wrong".toCharArray(), dearer));
    }

    @Test
    @DisplayName("that is made without a word about costs takes 64 MiB and three passes for a guess")
    void standardCost() throws ClientException, IOException {
        ProfileStore.create(folder(), passphrase()).close();
        StoredKeySlot slot = StoredHeader.parseFrom(Files.readAllBytes(folder().resolve("profile.header")))
                .getSlots(0);
        assertThat(slot.getMemoryKib()).isEqualTo(64 * 1024);
        assertThat(slot.getIterations()).isEqualTo(3);
    }

    @Test
    @DisplayName("whose header has any bit flipped is refused as damaged or newer")
    void flippedHeader() throws ClientException, IOException {
        create().close();
        Path header = folder().resolve("profile.header");
        byte[] whole = Files.readAllBytes(header);
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(header, flipped);
            assertThatThrownBy(this::open)
                    .as("bit " + bit)
                    .isInstanceOfSatisfying(
                            ClientException.class,
                            e -> assertThat(e.code()).isIn(RefusalCode.PROFILE_DAMAGED, RefusalCode.PROFILE_NEWER));
        }
    }

    @Test
    @DisplayName("opens with the letters of its passphrase in whatever form they are typed")
    void normalisedPassphrase() throws ClientException {
        ProfileStore.create(folder(), "Zo\u00eb\u00a0home".toCharArray(), CHEAP).close();
        ProfileStore.open(folder(), "Zoe\u0308 home".toCharArray(), CHEAP).close();
        assertRefused(RefusalCode.WRONG_PASSPHRASE, () -> ProfileStore.open(folder(), "Zoe home".toCharArray(), CHEAP));
    }

    @Test
    @DisplayName("gets no passphrase that is not text or could not be typed again, and nothing is made then")
    void refusedPassphrases() {
        for (String bad : List.of("", "half \ud83d", "tab\t", "bell\u0007", "\ufffd\ufffd", "bidi\u202e", "\ue000")) {
            assertRefused(
                    RefusalCode.PASSPHRASE_INVALID, () -> ProfileStore.create(folder(), bad.toCharArray(), CHEAP));
        }
        assertThat(folder()).doesNotExist();
    }

    @Test
    @DisplayName("is for its owner only, in a folder that it made and in one that was there")
    void permissions() throws ClientException, IOException {
        assumeThat(Files.getFileStore(parent).supportsFileAttributeView("posix"))
                .isTrue();
        create().close();
        assertOwnerOnly();
        for (String file : List.of("profile.tree", "profile.header", "profile.lock")) {
            Files.setPosixFilePermissions(folder().resolve(file), PosixFilePermissions.fromString("rw-rw-r--"));
        }
        Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString("rwxrwxrwx"));
        open().close();
        assertOwnerOnly();
        Path there = Files.createDirectory(parent.resolve("there"));
        Files.setPosixFilePermissions(there, PosixFilePermissions.fromString("rwxr-xr-x"));
        ProfileStore.create(there, passphrase(), CHEAP).close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(there)))
                .isEqualTo("rwx------");
    }

    private void assertOwnerOnly() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder())))
                .isEqualTo("rwx------");
        try (Stream<Path> files = Files.list(folder())) {
            assertThat(files.toList())
                    .hasSize(3)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }

    @Test
    @DisplayName("in a folder of other things leaves it as it is, and is refused where others may write there")
    void sharedFolder() throws ClientException, IOException {
        assumeThat(Files.getFileStore(parent).supportsFileAttributeView("posix"))
                .isTrue();
        Path shared = Files.createDirectory(parent.resolve("shared"));
        Files.writeString(shared.resolve("letter"), "mine");
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwx---"));
        assertRefused(RefusalCode.PROFILE_EXPOSED, () -> ProfileStore.create(shared, passphrase(), CHEAP));
        assertThat(shared.resolve("profile.lock")).doesNotExist();
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxr-xr-x"));
        ProfileStore.create(shared, passphrase(), CHEAP).close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(shared)))
                .isEqualTo("rwxr-xr-x");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(shared.resolve("profile.tree"))))
                .isEqualTo("rw-------");
    }
}
