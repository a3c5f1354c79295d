package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import com.google.protobuf.MessageLite;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Everything that one turn of the engine changes: reads see it, and it becomes durable at once or not at all. Of a row that changes several times only the last
 * state is written: a ratchet that has made a hundred steps is one row.
 */
final class StoreTransaction {
    /** Tables of what a person is shown of a channel. Their keys begin with its id. */
    private static final List<DeviceTable> SHOWN = List.of(
            DeviceTable.CHANNEL,
            DeviceTable.HISTORY,
            DeviceTable.OUTGOING,
            DeviceTable.PROVISIONAL,
            DeviceTable.INTENT);

    private final DeviceStore store;
    private long bytes;

    /** In the order of the keys, so that to look at a range costs what is in it, and not all that the transaction has changed. */
    private final Map<DeviceTable, NavigableMap<Bytes, Optional<byte[]>>> changed = new EnumMap<>(DeviceTable.class);

    StoreTransaction(DeviceStore store) {
        this.store = store;
    }

    Optional<byte[]> get(DeviceTable table, Bytes key) {
        Optional<byte[]> own = changed(table).get(key);
        return own == null ? store.get(table, key) : own;
    }

    boolean has(DeviceTable table, Bytes key) {
        return get(table, key).isPresent();
    }

    void put(DeviceTable table, Bytes key, MessageLite value) {
        put(table, key, value.toByteArray());
    }

    void put(DeviceTable table, Bytes key, byte[] value) {
        change(table, key, Optional.of(value));
    }

    void delete(DeviceTable table, Bytes key) {
        change(table, key, Optional.empty());
    }

    private void change(DeviceTable table, Bytes key, Optional<byte[]> value) {
        Optional<byte[]> before = changed(table).put(key, value);
        bytes += before == null ? key.size() : -lengthOf(before);
        bytes += lengthOf(value);
    }

    private static int lengthOf(Optional<byte[]> value) {
        return value.map(it -> it.length).orElse(0);
    }

    private NavigableMap<Bytes, Optional<byte[]>> changed(DeviceTable table) {
        return changed.computeIfAbsent(table, missing -> new TreeMap<>());
    }

    /** The rows with {@code from <= key < to}, as this transaction leaves them, in the order of the keys. */
    SortedMap<Bytes, byte[]> rows(DeviceTable table, Bytes fromInclusive, Bytes toExclusive) {
        SortedMap<Bytes, byte[]> rows = new TreeMap<>();
        store.scan(table, fromInclusive, toExclusive, (key, value) -> {
            rows.put(key, value);
            return true;
        });
        if (fromInclusive.compareTo(toExclusive) < 0) {
            changed(table)
                    .subMap(fromInclusive, true, toExclusive, false)
                    .forEach((key, value) -> value.ifPresentOrElse(it -> rows.put(key, it), () -> rows.remove(key)));
        }
        return rows;
    }

    /** Bytes of all keys and values that it writes. */
    long bytes() {
        return bytes;
    }

    /** Channels of which it changes what a person is shown. */
    SortedSet<ChannelId> channelsShown() {
        SortedSet<ChannelId> channels = new TreeSet<>();
        for (DeviceTable table : SHOWN) {
            for (Bytes key : changed(table).keySet()) {
                channels.add(new ChannelId(key.slice(0, ChannelId.SIZE_BYTES)));
            }
        }
        return channels;
    }

    /** What the store holds, without this transaction's own changes. */
    DeviceStore durable() {
        return store;
    }

    /** Makes all of it durable; a transaction that changes nothing costs nothing. */
    void commit() {
        List<DeviceStore.Write> writes = new ArrayList<>();
        // In the order of the keys, so that rows that stand together are written together.
        changed.forEach((table, rows) -> rows.forEach(
                (key, value) -> writes.add(value.<DeviceStore.Write>map(it -> new DeviceStore.Write.Put(table, key, it))
                        .orElseGet(() -> new DeviceStore.Write.Delete(table, key)))));
        if (!writes.isEmpty()) {
            store.commit(List.copyOf(writes));
            changed.clear();
        }
    }
}
