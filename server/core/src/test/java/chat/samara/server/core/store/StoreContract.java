package chat.samara.server.core.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What the core relies on in a {@link Store}. Every store has a test class that extends this one and runs all of it.
 */
public abstract class StoreContract {
    private static final Table TABLE = Table.ENTRY;
    private static final byte[] END = new byte[0];

    private Store store;

    /** A store without rows. */
    protected abstract Store emptyStore();

    /** Closes the store without a further write, and opens what is on disk: what {@link Store#write} has promised is there. */
    protected abstract Store reopen(Store store);

    @BeforeEach
    void open() {
        store = emptyStore();
    }

    @Test
    @DisplayName("an empty store has no rows in any table")
    void empty() {
        for (Table table : Table.values()) {
            assertThat(store.get(table, key("a"))).as(table.name()).isEmpty();
            assertThat(scan(table, "", "")).as(table.name()).isEmpty();
        }
    }

    @Test
    @DisplayName("a row that was put is read back, in its own table only")
    void putAndGet() {
        write(batch().put(TABLE, "a", "1"));

        assertThat(get("a")).isEqualTo("1");
        assertThat(store.get(Table.HEAD, key("a"))).isEmpty();
    }

    @Test
    @DisplayName("every table keeps rows of its own under the same key")
    void tablesAreApart() {
        Draft draft = batch();
        for (Table table : Table.values()) {
            draft.put(table, "same", table.columnFamily());
        }
        write(draft);

        for (Table table : Table.values()) {
            assertThat(store.get(table, key("same")))
                    .hasValueSatisfying(
                            value -> assertThat(new String(value, UTF_8)).isEqualTo(table.columnFamily()));
        }
    }

    @Test
    @DisplayName("a later put replaces, a delete removes, and a delete of what is not there does nothing")
    void replaceAndDelete() {
        write(batch().put(TABLE, "a", "1").put(TABLE, "b", "1"));
        write(batch().put(TABLE, "a", "2").delete(TABLE, "b").delete(TABLE, "never"));

        assertThat(scan(TABLE, "", "")).containsExactly("a=2");
    }

    @Test
    @DisplayName("within one batch the last change of a key wins")
    void lastChangeWins() {
        write(batch().put(TABLE, "a", "1").delete(TABLE, "a").put(TABLE, "a", "3"));
        write(batch().put(TABLE, "b", "1").delete(TABLE, "b"));

        assertThat(scan(TABLE, "", "")).containsExactly("a=3");
    }

    @Test
    @DisplayName("a range is deleted from its first bound to before its second, and a snapshot keeps it")
    void deleteRange() {
        write(batch().put(TABLE, "a", "1")
                .put(TABLE, "b", "2")
                .put(TABLE, "bb", "3")
                .put(TABLE, "c", "4")
                .put(Table.HEAD, "b", "5"));
        try (Snapshot before = store.snapshot()) {
            WriteBatch batch = new WriteBatch();
            batch.deleteRange(TABLE, Bytes.of(key("b")), Bytes.of(key("c")));
            store.write(batch);

            assertThat(scan(TABLE, "", "")).containsExactly("a=1", "c=4");
            assertThat(store.get(TABLE, key("bb"))).isEmpty();
            assertThat(store.get(Table.HEAD, key("b"))).isPresent();
            assertThat(before.get(TABLE, key("bb"))).isPresent();
            List<String> then = new ArrayList<>();
            before.scan(TABLE, new byte[0], END, (key, value) -> then.add(new String(key, UTF_8)));
            assertThat(then).containsExactly("a", "b", "bb", "c");
        }
    }

    @Test
    @DisplayName("within one batch a range takes what was put before, and leaves what is put after")
    void deleteRangeInOrder() {
        write(batch().put(TABLE, "ba", "old"));
        WriteBatch batch = new WriteBatch();
        batch.put(TABLE, Bytes.of(key("bb")), Bytes.of(key("before")));
        batch.deleteRange(TABLE, Bytes.of(key("b")), Bytes.of(key("c")));
        batch.put(TABLE, Bytes.of(key("bc")), Bytes.of(key("after")));
        store.write(batch);

        assertThat(scan(TABLE, "", "")).containsExactly("bc=after");
    }

    @Test
    @DisplayName("keys are ordered as unsigned bytes, shorter first")
    void order() {
        WriteBatch batch = new WriteBatch();
        byte[][] keys = {{(byte) 0xff}, {0x7f}, {(byte) 0x80}, {0}, {0, 0}, {1}};
        for (byte[] key : keys) {
            batch.put(TABLE, Bytes.of(key), Bytes.of((byte) 1));
        }
        store.write(batch);

        List<String> seen = new ArrayList<>();
        store.scan(
                TABLE, new byte[0], END, (key, value) -> seen.add(Bytes.of(key).hex()));
        assertThat(seen).containsExactly("00", "0000", "01", "7f", "80", "ff");
    }

    @Test
    @DisplayName("a scan includes its first bound and excludes its second")
    void bounds() {
        write(batch().put(TABLE, "a", "1")
                .put(TABLE, "b", "2")
                .put(TABLE, "bb", "3")
                .put(TABLE, "c", "4"));

        assertThat(scan(TABLE, "b", "c")).containsExactly("b=2", "bb=3");
        assertThat(scan(TABLE, "b", "")).containsExactly("b=2", "bb=3", "c=4");
        assertThat(scan(TABLE, "aa", "b")).isEmpty();
        assertThat(scan(TABLE, "c", "a")).isEmpty();
        assertThat(scan(TABLE, "b", "b")).isEmpty();
    }

    @Test
    @DisplayName("a scan stops when the visitor says so")
    void stop() {
        write(batch().put(TABLE, "a", "1").put(TABLE, "b", "2"));

        List<String> seen = new ArrayList<>();
        store.scan(TABLE, new byte[0], END, (key, value) -> {
            seen.add(new String(key, UTF_8));
            return false;
        });
        assertThat(seen).containsExactly("a");
    }

    @Test
    @DisplayName("an empty value is a row")
    void emptyValue() {
        write(batch().put(TABLE, "a", ""));

        assertThat(store.get(TABLE, key("a")))
                .hasValueSatisfying(value -> assertThat(value).isEmpty());
        assertThat(scan(TABLE, "", "")).containsExactly("a=");
    }

    @Test
    @DisplayName("arrays that were handed over or out can be changed without changing the store")
    void arraysAreCopies() {
        write(batch().put(TABLE, "a", "1"));
        store.get(TABLE, key("a")).orElseThrow()[0] = 'x';
        store.scan(TABLE, new byte[0], END, (key, value) -> {
            value[0] = 'x';
            key[0] = 'x';
            return true;
        });

        assertThat(scan(TABLE, "", "")).containsExactly("a=1");
    }

    @Test
    @DisplayName("what was written is there after the store is closed and opened again")
    void survivesReopening() {
        write(batch().put(TABLE, "a", "1").put(Table.META, "m", "2"));
        write(batch().delete(TABLE, "a").put(TABLE, "b", "3"));

        store = reopen(store);
        assertThat(scan(TABLE, "", "")).containsExactly("b=3");
        assertThat(scan(Table.META, "", "")).containsExactly("m=2");
    }

    @Test
    @DisplayName("large values come back whole")
    void largeValue() {
        byte[] large = new byte[3 << 20];
        new Random(7).nextBytes(large);
        WriteBatch batch = new WriteBatch();
        batch.put(TABLE, Bytes.of(key("big")), Bytes.of(large));
        store.write(batch);

        assertThat(store.get(TABLE, key("big")))
                .hasValueSatisfying(value -> assertThat(value).isEqualTo(large));
    }

    @Test
    @DisplayName("random batches leave the same rows as a sorted map (seed 20261121)")
    void agreesWithAModel() {
        Random random = new Random(20261121);
        TreeMap<String, String> model = new TreeMap<>();
        for (int round = 0; round < 60; round++) {
            Draft draft = batch();
            for (int i = random.nextInt(20); i >= 0; i--) {
                String key = "k" + random.nextInt(200);
                if (random.nextInt(3) == 0) {
                    draft.delete(TABLE, key);
                    model.remove(key);
                } else {
                    String value = "v" + random.nextInt();
                    draft.put(TABLE, key, value);
                    model.put(key, value);
                }
            }
            write(draft);
            if (round % 20 == 19) {
                store = reopen(store);
            }
        }
        List<String> expected = new ArrayList<>();
        model.forEach((key, value) -> expected.add(key + "=" + value));
        assertThat(scan(TABLE, "", "")).isEqualTo(expected);
    }

    @Test
    @DisplayName(
            "a snapshot shows the rows as they were when it was taken, whatever is written, and one that is taken later shows that")
    void snapshot() {
        write(batch().put(TABLE, "a", "1").put(TABLE, "b", "1").put(TABLE, "c", "1"));
        try (Snapshot before = store.snapshot()) {
            write(batch().put(TABLE, "a", "2").delete(TABLE, "b").put(TABLE, "d", "2"));
            write(batch().put(TABLE, "a", "3").put(TABLE, "b", "3").delete(TABLE, "d"));

            assertThat(scan(before, TABLE, "", "")).containsExactly("a=1", "b=1", "c=1");
            assertThat(scan(before, TABLE, "b", "c")).containsExactly("b=1");
            assertThat(before.get(TABLE, key("a"))).hasValue(key("1"));
            assertThat(before.get(TABLE, key("b"))).hasValue(key("1"));
            assertThat(before.get(TABLE, key("d"))).isEmpty();
            try (Snapshot after = store.snapshot()) {
                assertThat(scan(after, TABLE, "", "")).containsExactly("a=3", "b=3", "c=1");
            }
        }
        assertThat(scan(TABLE, "", "")).containsExactly("a=3", "b=3", "c=1");
    }

    @Test
    @DisplayName("a scan of a snapshot that is longer than one step shows nothing of what is written in its midst")
    void snapshotInTheMidst() {
        Draft draft = batch();
        List<String> expected = new ArrayList<>();
        for (int i = 1000; i < 1500; i++) {
            draft.put(TABLE, "k" + i, "1");
            expected.add("k" + i + "=1");
        }
        write(draft);
        List<String> seen = new ArrayList<>();
        try (Snapshot snapshot = store.snapshot()) {
            snapshot.scan(TABLE, key(""), END, (key, value) -> {
                if (seen.size() == 10) {
                    write(batch().delete(TABLE, "k1400")
                            .put(TABLE, "k1450", "2")
                            .put(TABLE, "k14505", "2"));
                }
                return seen.add(row(key, value));
            });
        }
        assertThat(seen).isEqualTo(expected);
    }

    @Test
    @DisplayName(
            "closing a snapshot twice does nothing, and one that is left open does not keep the store from closing")
    void snapshotsClose() {
        write(batch().put(TABLE, "a", "1"));
        Snapshot twice = store.snapshot();
        twice.close();
        twice.close();
        assertThat(store.snapshot().get(TABLE, key("a"))).isPresent();

        store = reopen(store);
        assertThat(scan(TABLE, "", "")).containsExactly("a=1");
    }

    private static byte[] key(String key) {
        return key.getBytes(UTF_8);
    }

    private String get(String key) {
        return new String(store.get(TABLE, key(key)).orElseThrow(), UTF_8);
    }

    private List<String> scan(Table table, String from, String to) {
        return scan(store, table, from, to);
    }

    private static List<String> scan(StoreReads reads, Table table, String from, String to) {
        List<String> rows = new ArrayList<>();
        reads.scan(table, key(from), key(to), (key, value) -> rows.add(row(key, value)));
        return rows;
    }

    private static String row(byte[] key, byte[] value) {
        return new String(key, UTF_8) + "=" + new String(value, UTF_8);
    }

    private void write(Draft draft) {
        store.write(draft.writes);
    }

    private static Draft batch() {
        return new Draft();
    }

    /** A batch of texts. */
    private static final class Draft {
        private final WriteBatch writes = new WriteBatch();

        Draft put(Table table, String key, String value) {
            writes.put(table, Bytes.ofUtf8(key), Bytes.ofUtf8(value));
            return this;
        }

        Draft delete(Table table, String key) {
            writes.delete(table, Bytes.ofUtf8(key));
            return this;
        }
    }
}
