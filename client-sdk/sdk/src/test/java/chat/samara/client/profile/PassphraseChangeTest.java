package chat.samara.client.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.client.device.DeviceStore.Write;
import chat.samara.client.device.DeviceTable;
import chat.samara.client.profile.tree.BlockFile;
import chat.samara.client.profile.tree.ChannelBlockFile;
import chat.samara.client.profile.tree.SealedTree;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.PasswordHash;
import chat.samara.mls.crypto.RandomSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A profile that gets another passphrase")
class PassphraseChangeTest {
    private static final PasswordHash CHEAP = new PasswordHash(64, 1, 1);
    private static final String OLD = "correct horse";
    private static final String NEW = "battery staple";
    private static final Bytes KEY = Bytes.ofUtf8("key");
    private static final byte[] VALUE = {4, 2};
    private static final int NEVER = -1;

    @TempDir
    private Path folder;

    @BeforeEach
    void make() throws ClientException {
        try (ProfileStore store = ProfileStore.create(folder, OLD.toCharArray(), CHEAP)) {
            store.commit(List.of(new Write.Put(DeviceTable.PIN, KEY, VALUE.clone())));
        }
    }

    private void assertOpensWith(String passphrase) throws ClientException {
        try (ProfileStore store = ProfileStore.open(folder, passphrase.toCharArray(), CHEAP)) {
            assertThat(store.get(DeviceTable.PIN, KEY))
                    .hasValueSatisfying(it -> assertThat(it).isEqualTo(VALUE));
        }
    }

    private void assertRefuses(String passphrase, RefusalCode code) {
        assertThatThrownBy(() -> ProfileStore.open(folder, passphrase.toCharArray(), CHEAP))
                .isInstanceOfSatisfying(
                        ClientException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    @DisplayName("opens with the new one only, and goes on working while it is open")
    void changes() throws ClientException {
        try (ProfileStore store = ProfileStore.open(folder, OLD.toCharArray(), CHEAP)) {
            store.changePassphrase(NEW.toCharArray());
            store.commit(List.of(new Write.Put(DeviceTable.PIN, Bytes.ofUtf8("later"), VALUE.clone())));
        }
        assertOpensWith(NEW);
        assertRefuses(OLD, RefusalCode.WRONG_PASSPHRASE);
    }

    @Test
    @DisplayName("does not open with a copy of the old header and the old passphrase")
    void oldHeaderIsWorthless() throws ClientException, IOException {
        byte[] oldHeader = Files.readAllBytes(folder.resolve("profile.header"));
        try (ProfileStore store = ProfileStore.open(folder, OLD.toCharArray(), CHEAP)) {
            store.changePassphrase(NEW.toCharArray());
        }
        Files.write(folder.resolve("profile.header"), oldHeader);
        assertRefuses(OLD, RefusalCode.PROFILE_DAMAGED);
    }

    @Test
    @DisplayName("keeps the old one if the new one is refused")
    void refusedNewPassphrase() throws ClientException {
        try (ProfileStore store = ProfileStore.open(folder, OLD.toCharArray(), CHEAP)) {
            assertThatThrownBy(() -> store.changePassphrase("tab\t".toCharArray()))
                    .isInstanceOfSatisfying(
                            ClientException.class, e -> assertThat(e.code()).isEqualTo(RefusalCode.PASSPHRASE_INVALID));
        }
        assertOpensWith(OLD);
    }

    /** Passes everything on, and fails at the n-th write or sync. */
    private static class Watched implements BlockFile {
        private final BlockFile file;
        private final int failAt;
        private int operations;

        Watched(BlockFile file, int failAt) {
            this.file = file;
            this.failAt = failAt;
        }

        private void step() throws IOException {
            if (++operations == failAt) {
                throw new IOException("cut off");
            }
        }

        @Override
        public void read(long at, byte[] into) throws IOException {
            file.read(at, into);
        }

        @Override
        public void write(long at, byte[] bytes) throws IOException {
            step();
            file.write(at, bytes);
        }

        @Override
        public void sync() throws IOException {
            step();
            file.sync();
        }

        @Override
        public long length() throws IOException {
            return file.length();
        }

        @Override
        public void truncate(long length) throws IOException {
            file.truncate(length);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    /** Changes the passphrase back and forth over a file that fails there; whether it failed. */
    private boolean changeCutOffAt(int operation, String from, String to) throws IOException, ClientException {
        ProfileFolder files = new ProfileFolder(folder);
        RandomSource random = RandomSource.secure();
        ProfileKeys keys = ProfileKeys.unlock(
                ProfileHeader.parse(files.readHeader()), Passphrase.prepare(from.toCharArray()), CHEAP, random);
        BlockFile file = new Watched(new ChannelBlockFile(files.openTree()), operation);
        try (SealedTree tree = SealedTree.open(file, keys.dataKeys(), random)) {
            keys.change(files, tree, Passphrase.prepare(to.toCharArray()));
            return false;
        } catch (IOException cutOff) {
            return true;
        }
    }

    @Test
    @DisplayName("opens with exactly one of the two wherever the change is cut off, and is brought to its end by that")
    void cutOffAnywhere() throws IOException, ClientException {
        String from = OLD;
        String to = NEW;
        int operation = 1;
        while (changeCutOffAt(operation, from, to)) {
            // The new header was written before the first write to the tree.
            assertRefuses(from, RefusalCode.WRONG_PASSPHRASE);
            assertOpensWith(to);
            assertThat(ProfileKeys.unlock(
                                    ProfileHeader.parse(new ProfileFolder(folder).readHeader()),
                                    Passphrase.prepare(to.toCharArray()),
                                    CHEAP,
                                    RandomSource.secure())
                            .dataKeys())
                    .as("data keys after it was opened again, cut off at " + operation)
                    .hasSize(1);
            String swap = from;
            from = to;
            to = swap;
            operation++;
        }
        assertThat(operation).isGreaterThan(4);
        assertOpensWith(to);
    }

    @Test
    @DisplayName(
            "opens also where this Java does not know a sign of it, as a newer Java and as an older version keyed it")
    void signOfANewerUnicode() throws IOException, ClientException {
        // No version of Unicode has U+0378 so far.
        String typed = "Zoe\u0308\u00a0home\u0378";
        String composed = "Zo\u00eb home\u0378";
        byte[] current = Passphrase.prepare(OLD.toCharArray());
        for (String keyed : List.of(composed, typed)) {
            ProfileFolder files = new ProfileFolder(folder);
            RandomSource random = RandomSource.secure();
            ProfileKeys keys = ProfileKeys.unlock(ProfileHeader.parse(files.readHeader()), current, CHEAP, random);
            try (SealedTree tree = SealedTree.open(new ChannelBlockFile(files.openTree()), keys.dataKeys(), random)) {
                keys.change(files, tree, keyed.getBytes(StandardCharsets.UTF_8));
            }
            assertOpensWith(typed);
            assertRefuses("Zoe home\u0378", RefusalCode.WRONG_PASSPHRASE);
            current = keyed.getBytes(StandardCharsets.UTF_8);
        }
    }

    @Test
    @DisplayName("opens with the new one if only the last header is missing")
    void lastHeaderMissing() throws IOException, ClientException {
        // As the file system has it when the tree is under the new key already: the header of in between holds both
        // keys.
        ProfileFolder files = new ProfileFolder(folder);
        RandomSource random = RandomSource.secure();
        ProfileKeys keys = ProfileKeys.unlock(
                ProfileHeader.parse(files.readHeader()), Passphrase.prepare(OLD.toCharArray()), CHEAP, random);
        byte[][] between = new byte[1][];
        BlockFile file = new Watched(new ChannelBlockFile(files.openTree()), NEVER) {
            @Override
            public void sync() throws IOException {
                between[0] = Files.readAllBytes(files.header());
                super.sync();
            }
        };
        try (SealedTree tree = SealedTree.open(file, keys.dataKeys(), random)) {
            keys.change(files, tree, Passphrase.prepare(NEW.toCharArray()));
        }
        Files.write(files.header(), between[0]);
        assertOpensWith(NEW);
        assertRefuses(OLD, RefusalCode.WRONG_PASSPHRASE);
    }
}
