package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import com.google.protobuf.MessageLite;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Everything that one turn of the engine changes: reads see it, and it becomes durable at once or not at all. */
final class StoreTransaction {
    private final DeviceStore store;
    private final List<DeviceStore.Write> writes = new ArrayList<>();
    private long bytes;

    // Only looked up by key, never walked: its order decides nothing.
    private final Map<Row, Optional<byte[]>> changed = new HashMap<>();

    StoreTransaction(DeviceStore store) {
        this.store = store;
    }

    Optional<byte[]> get(DeviceTable table, Bytes key) {
        Optional<byte[]> own = changed.get(new Row(table, key));
        return own == null ? store.get(table, key) : own;
    }

    boolean has(DeviceTable table, Bytes key) {
        return get(table, key).isPresent();
    }

    void put(DeviceTable table, Bytes key, MessageLite value) {
        put(table, key, value.toByteArray());
    }

    void put(DeviceTable table, Bytes key, byte[] value) {
        bytes += key.size() + value.length;
        writes.add(new DeviceStore.Write.Put(table, key, value));
        changed.put(new Row(table, key), Optional.of(value));
    }

    void delete(DeviceTable table, Bytes key) {
        bytes += key.size();
        writes.add(new DeviceStore.Write.Delete(table, key));
        changed.put(new Row(table, key), Optional.empty());
    }

    /** The rows with {@code from <= key < to}, as this transaction leaves them, in the order of the keys. */
    SortedMap<Bytes, byte[]> rows(DeviceTable table, Bytes fromInclusive, Bytes toExclusive) {
        SortedMap<Bytes, byte[]> rows = new TreeMap<>();
        store.scan(table, fromInclusive, toExclusive, (key, value) -> {
            rows.put(key, value);
            return true;
        });
        changed.forEach((row, value) -> {
            boolean inside = row.table() == table
                    && row.key().compareTo(fromInclusive) >= 0
                    && row.key().compareTo(toExclusive) < 0;
            if (inside) {
                value.ifPresentOrElse(it -> rows.put(row.key(), it), () -> rows.remove(row.key()));
            }
        });
        return rows;
    }

    /** Bytes of all keys and values that it writes. */
    long bytes() {
        return bytes;
    }

    /** What the store holds, without this transaction's own changes. */
    DeviceStore durable() {
        return store;
    }

    /** Makes all of it durable; a transaction that changes nothing costs nothing. */
    void commit() {
        if (!writes.isEmpty()) {
            store.commit(List.copyOf(writes));
            writes.clear();
            changed.clear();
        }
    }

    private record Row(DeviceTable table, Bytes key) {}
}
