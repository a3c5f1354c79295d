package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.DeviceStore.Write;
import chat.samara.mls.codec.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What every {@link DeviceStore} must do; each has a test that extends this. */
// Any number that differs from table to table.
@SuppressWarnings("EnumOrdinal")
public abstract class DeviceStoreContract {
    private static final DeviceTable TABLE = DeviceTable.HISTORY;
    private static final Bytes KEY = Bytes.ofUtf8("key");

    /** An empty store. */
    protected abstract DeviceStore create() throws Exception;

    /** The store as whoever opens it next finds it; the one before is used no more. */
    protected abstract DeviceStore reopened(DeviceStore store) throws Exception;

    private static Write put(DeviceTable table, Bytes key, byte... value) {
        return new Write.Put(table, key, value.clone());
    }

    private static Write delete(DeviceTable table, Bytes key) {
        return new Write.Delete(table, key);
    }

    private static List<String> keysOf(DeviceStore store, Bytes from, Bytes to) {
        List<String> keys = new ArrayList<>();
        store.scan(TABLE, from, to, (key, value) -> keys.add(key.hex()));
        return keys;
    }

    @Test
    @DisplayName("what was committed is there, now and after the store was opened again")
    void keeps() throws Exception {
        DeviceStore store = create();
        store.commit(List.of(put(TABLE, KEY, (byte) 1), put(TABLE, Bytes.ofUtf8("gone"), (byte) 2)));
        store.commit(List.of(delete(TABLE, Bytes.ofUtf8("gone")), delete(TABLE, Bytes.ofUtf8("never there"))));
        assertKept(store);
        assertKept(reopened(store));
    }

    private static void assertKept(DeviceStore store) {
        assertThat(store.get(TABLE, KEY))
                .hasValueSatisfying(it -> assertThat(it).containsExactly(1));
        assertThat(store.get(TABLE, Bytes.ofUtf8("gone"))).isEmpty();
    }

    @Test
    @DisplayName("writes of one commit apply in their order")
    void order() throws Exception {
        DeviceStore store = create();
        Bytes other = Bytes.ofUtf8("other");
        store.commit(List.of(
                put(TABLE, KEY, (byte) 1),
                put(TABLE, KEY, (byte) 2),
                put(TABLE, other, (byte) 1),
                delete(TABLE, other)));
        assertThat(store.get(TABLE, KEY))
                .hasValueSatisfying(it -> assertThat(it).containsExactly(2));
        assertThat(store.get(TABLE, other)).isEmpty();
        store.commit(List.of(delete(TABLE, KEY), put(TABLE, KEY, (byte) 3)));
        assertThat(store.get(TABLE, KEY))
                .hasValueSatisfying(it -> assertThat(it).containsExactly(3));
    }

    @Test
    @DisplayName("tables are apart, also where their names begin alike")
    void tables() throws Exception {
        DeviceStore store = create();
        for (DeviceTable table : DeviceTable.values()) {
            store.commit(List.of(put(table, KEY, (byte) table.ordinal())));
        }
        for (DeviceTable table : DeviceTable.values()) {
            List<Byte> found = new ArrayList<>();
            store.scan(table, Keys.FIRST, Keys.LAST, (key, value) -> found.add(value[0]));
            assertThat(found).as(table.name()).containsExactly((byte) table.ordinal());
        }
    }

    @Test
    @DisplayName(
            "scans visit keys in the order of unsigned bytes, from inclusive to exclusive, until they are told to stop")
    void scans() throws Exception {
        DeviceStore store = create();
        List<Write> writes = new ArrayList<>();
        for (String key : List.of("ff", "7f", "80", "7fff", "7f00", "00")) {
            writes.add(put(TABLE, Bytes.ofHex(key), (byte) 1));
        }
        store.commit(writes);
        assertThat(keysOf(store, Bytes.ofHex("7f"), Bytes.ofHex("ff"))).containsExactly("7f", "7f00", "7fff", "80");
        assertThat(keysOf(store, Bytes.ofHex("7f01"), Bytes.ofHex("80"))).containsExactly("7fff");
        assertThat(keysOf(store, Keys.FIRST, Keys.LAST)).hasSize(6);
        assertThat(keysOf(store, Bytes.ofHex("80"), Bytes.ofHex("80"))).isEmpty();
        assertThat(keysOf(store, Bytes.ofHex("ff"), Bytes.ofHex("00"))).isEmpty();
        List<String> first = new ArrayList<>();
        store.scan(TABLE, Keys.FIRST, Keys.LAST, (key, value) -> {
            first.add(key.hex());
            return first.size() < 2;
        });
        assertThat(first).containsExactly("00", "7f");
    }

    @Test
    @DisplayName("scans from the highest key down visit what scans visit, the other way round, whatever the range")
    void scansBack() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        DeviceStore store = create();
        for (int turn = 0; turn < 20; turn++) {
            List<Write> writes = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                Bytes key = randomKey(random);
                writes.add(
                        random.nextInt(4) == 0
                                ? delete(TABLE, key)
                                : new Write.Put(TABLE, key, new byte[random.nextInt(600)]));
            }
            store.commit(writes);
            for (int range = 0; range < 20; range++) {
                Bytes from = randomKey(random);
                Bytes to = randomKey(random);
                List<String> expected = keysOf(store, from, to);
                Collections.reverse(expected);
                assertThat(keysBack(store, from, to, Integer.MAX_VALUE))
                        .as("seed %d, %s to %s", seed, from, to)
                        .isEqualTo(expected);
                assertThat(keysBack(store, from, to, 3))
                        .as("seed %d, three of %s to %s", seed, from, to)
                        .isEqualTo(expected.subList(0, Math.min(3, expected.size())));
            }
        }
        assertThat(keysBack(store, Keys.FIRST, Keys.LAST, Integer.MAX_VALUE)).isNotEmpty();
    }

    private static Bytes randomKey(Random random) {
        return Bytes.of((byte) random.nextInt(3), (byte) random.nextInt(256));
    }

    private static List<String> keysBack(DeviceStore store, Bytes from, Bytes to, int countMax) {
        List<String> keys = new ArrayList<>();
        store.scanBack(TABLE, from, to, (key, value) -> {
            keys.add(key.hex());
            return keys.size() < countMax;
        });
        return keys;
    }

    @Test
    @DisplayName("values are kept from nothing to a megabyte, and keys to the limit")
    void sizes() throws Exception {
        DeviceStore store = create();
        List<Write> writes = new ArrayList<>();
        int[] sizes = {0, 1, 100, 1023, 1024, 1025, 4079, 4080, 4081, 100_000, 1 << 20};
        for (int size : sizes) {
            byte[] value = new byte[size];
            new Random(size).nextBytes(value);
            writes.add(new Write.Put(TABLE, Bytes.ofUtf8("size " + size), value));
        }
        byte[] longest = new byte[DeviceStore.KEY_BYTES_MAX];
        Arrays.fill(longest, (byte) 7);
        writes.add(put(TABLE, Bytes.of(longest), (byte) 1));
        store.commit(writes);
        DeviceStore again = reopened(store);
        for (int size : sizes) {
            byte[] expected = new byte[size];
            new Random(size).nextBytes(expected);
            assertThat(again.get(TABLE, Bytes.ofUtf8("size " + size)))
                    .hasValueSatisfying(it -> assertThat(it).isEqualTo(expected));
        }
        assertThat(again.get(TABLE, Bytes.of(longest))).isPresent();
    }

    @Test
    @DisplayName("what was read is the caller's: changing it changes nothing in the store")
    void copies() throws Exception {
        DeviceStore store = create();
        store.commit(List.of(put(TABLE, KEY, (byte) 1)));
        store.get(TABLE, KEY).ifPresent(value -> value[0] = 9);
        store.scan(TABLE, Keys.FIRST, Keys.LAST, (key, value) -> {
            value[0] = 9;
            return true;
        });
        Optional<byte[]> kept = store.get(TABLE, KEY);
        assertThat(kept).hasValueSatisfying(it -> assertThat(it).containsExactly(1));
        // And what was read stays what it was.
        store.commit(List.of(delete(TABLE, KEY)));
        assertThat(kept).hasValueSatisfying(it -> assertThat(it).containsExactly(1));
    }

    @Test
    @DisplayName("a visitor may read other rows")
    void readsWithinAScan() throws Exception {
        DeviceStore store = create();
        for (int i = 0; i < 200; i++) {
            store.commit(List.of(
                    put(TABLE, Bytes.of((byte) i), (byte) i), put(DeviceTable.PIN, Bytes.of((byte) i), (byte) i)));
        }
        List<Byte> found = new ArrayList<>();
        store.scan(TABLE, Keys.FIRST, Keys.LAST, (key, value) -> {
            store.get(DeviceTable.PIN, key).ifPresent(other -> found.add(other[0]));
            return true;
        });
        assertThat(found).hasSize(200);
    }

    @Test
    @DisplayName("it holds what a sorted map holds after any turns, over openings")
    void likeASortedMap() throws Exception {
        long seed = 20;
        Random random = new Random(seed);
        Map<String, String> expected = new TreeMap<>();
        DeviceStore store = create();
        for (int turn = 0; turn < 60; turn++) {
            List<Write> writes = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                Bytes key = Bytes.of((byte) random.nextInt(3), (byte) random.nextInt(256));
                byte[] value = new byte[random.nextInt(600)];
                random.nextBytes(value);
                boolean deleting = random.nextInt(3) == 0;
                writes.add(deleting ? delete(TABLE, key) : new Write.Put(TABLE, key, value.clone()));
                if (deleting) {
                    expected.remove(key.hex());
                } else {
                    expected.put(key.hex(), Bytes.of(value).hex());
                }
            }
            store.commit(writes);
            store = turn % 20 == 19 ? reopened(store) : store;
            Map<String, String> found = new TreeMap<>();
            store.scan(TABLE, Keys.FIRST, Keys.LAST, (key, value) -> {
                found.put(key.hex(), Bytes.of(value).hex());
                return true;
            });
            assertThat(found).as("seed " + seed + ", turn " + turn).isEqualTo(expected);
        }
    }
}
