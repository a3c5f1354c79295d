package chat.samara.server.core.store;

import chat.samara.mls.codec.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A {@link Store} in memory, for tests and simulations: "durable" means that it outlives the core that wrote it.
 * {@link #copy()} is a disk image to crash and restart from. Callable from any thread.
 */
public final class MemoryStore implements Store {
    private static final int ROWS_A_STEP = 64;

    private final Map<Table, NavigableMap<Bytes, Bytes>> tables = new EnumMap<>(Table.class);

    /** An empty store. */
    public MemoryStore() {
        for (Table table : Table.values()) {
            tables.put(table, new TreeMap<>());
        }
    }

    /** An independent store with the same content. */
    public synchronized MemoryStore copy() {
        MemoryStore copy = new MemoryStore();
        tables.forEach((table, rows) -> copy.rows(table).putAll(rows));
        return copy;
    }

    @Override
    public synchronized Optional<byte[]> get(Table table, byte[] key) {
        return Optional.ofNullable(rows(table).get(Bytes.of(key))).map(Bytes::toByteArray);
    }

    @Override
    public void scan(Table table, byte[] fromInclusive, byte[] toExclusive, ScanVisitor visitor) {
        byte[] from = fromInclusive;
        while (true) {
            List<Row> rows = firstRows(table, from, toExclusive);
            for (Row row : rows) {
                if (!visitor.visit(row.key(), row.value())) {
                    return;
                }
            }
            if (rows.size() < ROWS_A_STEP) {
                return;
            }
            byte[] last = rows.get(rows.size() - 1).key();
            from = Arrays.copyOf(last, last.length + 1);
        }
    }

    @Override
    public synchronized void write(WriteBatch batch) {
        for (WriteBatch.Change change : batch.changes()) {
            if (change instanceof WriteBatch.Put put) {
                rows(put.table()).put(put.key(), put.value());
            } else {
                rows(change.table()).remove(change.key());
            }
        }
    }

    // The visitor runs outside of the lock and may stop early, so rows are copied a few at a time.
    private synchronized List<Row> firstRows(Table table, byte[] fromInclusive, byte[] toExclusive) {
        List<Row> found = new ArrayList<>();
        for (Map.Entry<Bytes, Bytes> entry :
                range(table, fromInclusive, toExclusive).entrySet()) {
            if (found.size() == ROWS_A_STEP) {
                break;
            }
            found.add(row(entry));
        }
        return found;
    }

    private NavigableMap<Bytes, Bytes> range(Table table, byte[] fromInclusive, byte[] toExclusive) {
        Bytes from = Bytes.of(fromInclusive);
        Bytes to = Bytes.of(toExclusive);
        NavigableMap<Bytes, Bytes> range = rows(table).tailMap(from, true);
        if (to.isEmpty()) {
            return range;
        }
        return to.compareTo(from) <= 0 ? new TreeMap<>() : range.headMap(to, false);
    }

    private NavigableMap<Bytes, Bytes> rows(Table table) {
        NavigableMap<Bytes, Bytes> rows = tables.get(table);
        if (rows == null) {
            throw new IllegalStateException("no rows for table " + table + ", expected one map a table");
        }
        return rows;
    }

    private static Row row(Map.Entry<Bytes, Bytes> entry) {
        return new Row(entry.getKey().toByteArray(), entry.getValue().toByteArray());
    }

    @SuppressWarnings("ArrayRecordComponent") // Handed over to the visitor, never compared.
    private record Row(byte[] key, byte[] value) {}
}
