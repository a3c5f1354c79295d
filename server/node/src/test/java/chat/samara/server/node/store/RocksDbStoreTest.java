package chat.samara.server.node.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.node.folder.FolderException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

class RocksDbStoreTest {
    private static final long FREE_BYTES = 10L << 30;
    private static final int OVERWRITES_MAX = 200;

    @TempDir
    private Path temp = Path.of("");

    private Path folder = temp;

    @BeforeEach
    void nameFolder() {
        folder = temp.resolve("store");
    }

    @Test
    void aStoreThatIsOpenCannotBeOpenedAgain() throws FolderException {
        try (RocksDbStore first = open()) {
            assertThatThrownBy(this::open)
                    .isInstanceOf(FolderException.class)
                    .hasMessageContaining("is open already")
                    .hasMessageContaining(folder.toString());
            first.write(put("k", "v"));
        }
    }

    @Test
    void aWriteThatFindsNoRoomIsToldByItsCodeAndNotByItsWords() {
        Status noSpace = new Status(Status.Code.IOError, Status.SubCode.NoSpace, "Kein Platz");
        assertThat(RocksDbStore.failure("writing", new RocksDBException("Kein Platz", noSpace))
                        .kind())
                .isEqualTo(StoreException.Kind.FULL);
        Status other = new Status(Status.Code.IOError, Status.SubCode.None, "Kein Platz");
        assertThat(RocksDbStore.failure("writing", new RocksDBException("Kein Platz", other))
                        .kind())
                .isEqualTo(StoreException.Kind.IO);
    }

    @Test
    void aTableOfANewerVersionIsRefusedByName() throws Exception {
        open().close();
        try (Options options = new Options()) {
            List<byte[]> families = RocksDB.listColumnFamilies(options, folder.toString());
            try (RocksDB db = openRaw(families)) {
                db.createColumnFamily(new ColumnFamilyDescriptor("reaction_index".getBytes(StandardCharsets.UTF_8)))
                        .close();
            }
        }
        assertThatThrownBy(this::open)
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("reaction_index")
                .hasMessageContaining("newer version");
    }

    @Test
    void beginsNoCompactionThatTheDiskHasNoRoomFor() throws FolderException {
        try (RocksDbStore store = open()) {
            assertThat(store.roomBesides(FREE_BYTES)).isEqualTo(FREE_BYTES);
            assertThat(store.roomBesides(0)).isZero();
            overwriteUntil(store, () -> store.figure(StoreFigure.COMPACTIONS_PUT_OFF) > 0);
            assertThat(store.figure(StoreFigure.COMPACTIONS_PUT_OFF)).isPositive();
            long needed = store.figure(StoreFigure.PENDING_COMPACTION_BYTES);
            assertThat(needed).isPositive();
            assertThat(store.roomBesides(0)).isZero();
            assertThat(store.roomBesides(FREE_BYTES)).isBetween(FREE_BYTES - needed, FREE_BYTES - 1);
            await().until(() -> store.roomBesides(FREE_BYTES) == FREE_BYTES);
        }
    }

    /** Files that overlap: each holds the same keys as the one before. */
    private static void overwriteUntil(RocksDbStore store, BooleanSupplier done) {
        for (int i = 0; i < OVERWRITES_MAX && !done.getAsBoolean(); i++) {
            store.write(put("k" + i % 2, "v".repeat(1 << 20)));
        }
    }

    @Test
    void tellsInFiguresWhatWasWrittenAndWhatWasRead() throws FolderException {
        try (RocksDbStore store = open()) {
            long before = store.figure(StoreFigure.LOG_BYTES_WRITTEN);
            store.write(put("k", "v".repeat(10_000)));
            assertThat(store.figure(StoreFigure.LOG_BYTES_WRITTEN) - before).isBetween(10_000L, 11_000L);
            assertThat(store.figure(StoreFigure.MEMTABLE_BYTES)).isGreaterThan(10_000);
            assertThat(store.figure(StoreFigure.TABLE_FILE_BYTES)).isZero();
            assertThat(store.figure(StoreFigure.WRITES_STOPPED)).isZero();
            assertThat(store.figure(StoreFigure.DELAYED_WRITE_RATE)).isZero();
            assertThat(store.figure(StoreFigure.STALL_MICROS)).isZero();
        }
        try (RocksDbStore again = open()) {
            assertThat(again.figure(StoreFigure.TABLE_FILE_BYTES)).isGreaterThan(10_000);
            assertThat(again.figure(StoreFigure.TABLE_BYTES_WRITTEN)).isGreaterThan(10_000);
            long missesBefore = again.figure(StoreFigure.BLOCK_CACHE_MISSES);
            assertThat(again.get(Table.META, key("k"))).isPresent();
            assertThat(again.figure(StoreFigure.BLOCK_CACHE_MISSES)).isGreaterThan(missesBefore);
            long hitsBefore = again.figure(StoreFigure.BLOCK_CACHE_HITS);
            assertThat(again.get(Table.META, key("k"))).isPresent();
            assertThat(again.figure(StoreFigure.BLOCK_CACHE_HITS)).isGreaterThan(hitsBefore);
        }
    }

    @Test
    void aStoreThatIsClosedIsNotAskedForFigures() throws FolderException {
        RocksDbStore store = open();
        store.close();
        for (StoreFigure figure : StoreFigure.values()) {
            assertThatThrownBy(() -> store.figure(figure))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining(figure.name());
        }
    }

    @Test
    void damageInTheMiddleOfTheLogIsRefusedAndNotSkipped() throws Exception {
        try (RocksDbStore store = open()) {
            for (int i = 0; i < 100; i++) {
                store.write(put("key" + i, "value ".repeat(200)));
            }
            // Copied while open: closing would move the rows from the log into tables.
            copyTo(temp.resolve("damaged"));
        }
        Path damaged = temp.resolve("damaged");
        Path log = files(damaged)
                .filter(f -> f.toString().endsWith(".log"))
                .findFirst()
                .orElseThrow();
        byte[] bytes = Files.readAllBytes(log);
        bytes[bytes.length / 2] ^= 0x55;
        Files.write(log, bytes);
        assertThatThrownBy(() -> RocksDbStore.open(damaged, Stores.LIBRARY, StoreTuning.defaults()))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("damaged")
                .hasMessageContaining("backup");
    }

    @Test
    void aLogThatEndsInATornWriteOpensWithAllThatWasWrittenBefore() throws Exception {
        Path torn = temp.resolve("torn");
        try (RocksDbStore store = open()) {
            for (int i = 0; i < 10; i++) {
                store.write(put("key" + i, "value"));
            }
            copyTo(torn);
        }
        Path log = files(torn)
                .filter(f -> f.toString().endsWith(".log"))
                .findFirst()
                .orElseThrow();
        byte[] bytes = Files.readAllBytes(log);
        Files.write(log, java.util.Arrays.copyOf(bytes, bytes.length - 3));
        try (RocksDbStore store = RocksDbStore.open(torn, Stores.LIBRARY, StoreTuning.defaults())) {
            assertThat(store.get(Table.META, key("key8"))).isPresent();
            assertThat(store.get(Table.META, key("key9"))).isEmpty();
        }
    }

    @Test
    void anEarlierLogFileThatIsCutShortIsRefusedSinceLaterOnesBuildOnIt() throws Exception {
        Path cut = temp.resolve("cut");
        StoreTuning small = new StoreTuning(1 << 20, 64 * 1024, 1 << 20, 64 << 20, 64, 1);
        try (RocksDbStore store = RocksDbStore.open(folder, Stores.LIBRARY, small)) {
            store.write(put("first", "stays in its memtable, so that the first log file is kept"));
            WriteBatch others = new WriteBatch();
            for (int i = 0; i < 200; i++) {
                others.put(Table.ENTRY, Bytes.ofUtf8("entry" + i), Bytes.ofUtf8("value ".repeat(200)));
            }
            store.write(others);
            store.write(put("last", "of the first log file"));
            await().until(() -> {
                store.write(put("next", "begins another once the full memtable is written out"));
                return logs(folder).size() > 1;
            });
            store.write(put("later", "in the second log file"));
            copyTo(cut);
        }
        Path first = logs(cut).get(0);
        byte[] bytes = Files.readAllBytes(first);
        Files.write(first, java.util.Arrays.copyOf(bytes, bytes.length - 3));
        assertThatThrownBy(() -> RocksDbStore.open(cut, Stores.LIBRARY, StoreTuning.defaults()))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("damaged")
                .hasMessageContaining("backup");
    }

    private static List<Path> logs(Path folder) throws IOException {
        return files(folder)
                .filter(file -> file.toString().endsWith(".log"))
                .sorted()
                .toList();
    }

    @Test
    void nothingIsCompressedSoThatASearchOfTheFilesMeansSomething() throws Exception {
        String needle = "a text that stands here as it is ".repeat(50);
        try (RocksDbStore store = open()) {
            store.write(put("k", needle));
        }
        String all = files(folder).map(RocksDbStoreTest::latin1).reduce("", String::concat);
        assertThat(all).contains(needle);
    }

    private RocksDbStore open() throws FolderException {
        return RocksDbStore.open(folder, Stores.LIBRARY, StoreTuning.defaults());
    }

    private RocksDB openRaw(List<byte[]> families) throws Exception {
        List<ColumnFamilyHandle> handles = new java.util.ArrayList<>();
        return RocksDB.open(
                folder.toString(),
                families.stream()
                        .map(name -> new ColumnFamilyDescriptor(name, new ColumnFamilyOptions()))
                        .toList(),
                handles);
    }

    private void copyTo(Path target) throws IOException {
        Files.createDirectories(target);
        for (Path file : files(folder).toList()) {
            if (!file.getFileName().toString().equals("LOCK")) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
    }

    private static Stream<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(Files::isRegularFile).toList().stream();
        }
    }

    private static String latin1(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static WriteBatch put(String key, String value) {
        WriteBatch batch = new WriteBatch();
        batch.put(Table.META, Bytes.ofUtf8(key), Bytes.ofUtf8(value));
        return batch;
    }

    private static byte[] key(String key) {
        return key.getBytes(StandardCharsets.UTF_8);
    }
}
