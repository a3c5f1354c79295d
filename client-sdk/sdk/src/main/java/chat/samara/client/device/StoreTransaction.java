package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import com.google.protobuf.MessageLite;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Everything that one turn of the engine changes: reads see it, and it becomes durable at once or not at all. */
final class StoreTransaction {
    private final DeviceStore store;
    private final List<DeviceStore.Write> writes = new ArrayList<>();

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
        writes.add(new DeviceStore.Write.Put(table, key, value));
        changed.put(new Row(table, key), Optional.of(value));
    }

    void delete(DeviceTable table, Bytes key) {
        writes.add(new DeviceStore.Write.Delete(table, key));
        changed.put(new Row(table, key), Optional.empty());
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
