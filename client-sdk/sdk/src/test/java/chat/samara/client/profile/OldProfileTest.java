package chat.samara.client.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.client.device.DeviceTable;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.PasswordHash;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sample was made by the software of version 1, with a passphrase in decomposed form: 40 commits, each of which put a row into every table, "TABLE row N" under
 * "table/N", and deleted those of the first ten.
 */
@DisplayName("A profile of version 1")
class OldProfileTest {
    private static final PasswordHash CHEAP = new PasswordHash(64, 1, 1);
    private static final String DECOMPOSED = "cafe\u0301 by the mill";
    private static final String COMPOSED = "caf\u00e9 by the mill";
    private static final String OLD_STORE = "profile.store";
    private static final String HEADER = "profile.header";
    private static final String TREE = "profile.tree";

    /** The tables of that time. */
    private static final List<DeviceTable> TABLES = List.of(
            DeviceTable.ACCOUNT,
            DeviceTable.KEY_PACKAGE,
            DeviceTable.CHANNEL,
            DeviceTable.GROUP,
            DeviceTable.ENTRY_HASH,
            DeviceTable.HISTORY,
            DeviceTable.OUTGOING,
            DeviceTable.PLACE,
            DeviceTable.PROVISIONAL,
            DeviceTable.INTENT,
            DeviceTable.PIN);

    @TempDir
    private Path folder;

    @BeforeEach
    void copySample() throws IOException {
        for (String file : List.of(HEADER, OLD_STORE)) {
            try (InputStream in =
                    Objects.requireNonNull(OldProfileTest.class.getResourceAsStream("version-1/" + file))) {
                Files.copy(in, folder.resolve(file));
            }
        }
    }

    private static void assertHoldsTheRows(ProfileStore store) {
        for (DeviceTable table : TABLES) {
            TreeMap<String, String> rows = new TreeMap<>();
            TreeMap<String, String> expected = new TreeMap<>();
            for (int i = 10; i < 40; i++) {
                expected.put(table.name().toLowerCase(Locale.ROOT) + "/" + i, table.name() + " row " + i);
            }
            if (table == DeviceTable.GROUP) {
                expected.put("tree", "x".repeat(1039));
            }
            store.scan(table, Bytes.EMPTY, Bytes.ofHex("ff"), (key, value) -> {
                rows.put(
                        new String(key.toByteArray(), StandardCharsets.UTF_8),
                        new String(value, StandardCharsets.UTF_8));
                return true;
            });
            assertThat(rows).as(table.name()).isEqualTo(expected);
        }
    }

    private ProfileStore open(String passphrase) throws ClientException {
        return ProfileStore.open(folder, passphrase.toCharArray(), CHEAP);
    }

    @Test
    @DisplayName("opens with all its rows, and is one of version 2 afterwards, without the old file")
    void converts() throws ClientException {
        try (ProfileStore store = open(DECOMPOSED)) {
            assertHoldsTheRows(store);
        }
        assertThat(folder.resolve(OLD_STORE)).doesNotExist();
        assertThat(folder.resolve(TREE)).exists();
        // The letters count from now on, not their form.
        try (ProfileStore store = open(COMPOSED)) {
            assertHoldsTheRows(store);
        }
    }

    @Test
    @DisplayName("is refused with a wrong passphrase, and not a byte of it is changed")
    void wrongPassphrase() throws IOException {
        byte[] header = Files.readAllBytes(folder.resolve(HEADER));
        byte[] store = Files.readAllBytes(folder.resolve(OLD_STORE));
        // Composed, which it was not made with.
        for (String wrong : List.of("cafe by the mill", COMPOSED)) {
            assertThatThrownBy(() -> open(wrong))
                    .isInstanceOfSatisfying(
                            ClientException.class, e -> assertThat(e.code()).isEqualTo(RefusalCode.WRONG_PASSPHRASE));
        }
        assertThat(Files.readAllBytes(folder.resolve(HEADER))).isEqualTo(header);
        assertThat(Files.readAllBytes(folder.resolve(OLD_STORE))).isEqualTo(store);
        assertThat(folder.resolve(TREE)).doesNotExist();
    }

    @Test
    @DisplayName(
            "opens after a conversion that was cut off before the new header, and after one that was cut off behind it")
    void cutOff() throws ClientException, IOException {
        byte[] oldHeader = Files.readAllBytes(folder.resolve(HEADER));
        byte[] oldStore = Files.readAllBytes(folder.resolve(OLD_STORE));
        open(DECOMPOSED).close();
        byte[] newHeader = Files.readAllBytes(folder.resolve(HEADER));
        byte[] tree = Files.readAllBytes(folder.resolve(TREE));

        for (int length = 0; length <= tree.length; length += 4096) {
            Files.write(folder.resolve(HEADER), oldHeader);
            Files.write(folder.resolve(OLD_STORE), oldStore);
            Files.write(folder.resolve(TREE), Arrays.copyOf(tree, length));
            if (length % (8 * 4096) == 0) {
                try (ProfileStore store = open(DECOMPOSED)) {
                    assertHoldsTheRows(store);
                }
            }
        }
        Files.write(folder.resolve(HEADER), newHeader);
        Files.write(folder.resolve(TREE), tree);
        Files.write(folder.resolve(OLD_STORE), oldStore);
        try (ProfileStore store = open(DECOMPOSED)) {
            assertHoldsTheRows(store);
        }
        assertThat(folder.resolve(OLD_STORE)).doesNotExist();
    }

    @Test
    @DisplayName("whose rows are damaged is refused as that, and stays as it is")
    void damaged() throws IOException {
        byte[] garbage = new byte[64 * 1024];
        Files.write(folder.resolve(OLD_STORE), garbage);
        assertThatThrownBy(() -> open(DECOMPOSED))
                .isInstanceOfSatisfying(
                        ClientException.class, e -> assertThat(e.code()).isEqualTo(RefusalCode.PROFILE_DAMAGED));
        assertThat(Files.readAllBytes(folder.resolve(OLD_STORE))).isEqualTo(garbage);
        assertThat(folder.resolve(TREE)).doesNotExist();
    }
}
