package chat.samara.server.core.store;

import chat.samara.mls.codec.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * A {@link Store} in memory, for tests and simulations: "durable" means that it outlives the core that wrote it.
 * {@link #copy()} is a disk image to crash and restart from. Callable from any thread.
 */
public final class MemoryStore implements Store {
    private static final int ROWS_A_STEP = 64;

    private final Map<Table, NavigableMap<Bytes, Bytes>> tables = new EnumMap<>(Table.class);
    private final List<Before> snapshots = new ArrayList<>();

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
        return value(table, Bytes.of(key)).map(Bytes::toByteArray);
    }

    @Override
    public void scan(Table table, byte[] fromInclusive, byte[] toExclusive, ScanVisitor visitor) {
        scan(fromInclusive, visitor, from -> firstRows(rows(table), from, toExclusive));
    }

    private static void scan(byte[] fromInclusive, ScanVisitor visitor, Function<byte[], List<Row>> firstFrom) {
        byte[] from = fromInclusive;
        while (true) {
            List<Row> rows = firstFrom.apply(from);
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
    public synchronized Snapshot snapshot() {
        Before snapshot = new Before();
        snapshots.add(snapshot);
        return snapshot;
    }

    /** How many snapshots are not closed yet. */
    public synchronized int snapshotsOpen() {
        return snapshots.size();
    }

    @Override
    public synchronized void write(WriteBatch batch) {
        for (WriteBatch.Change change : batch.changes()) {
            if (change instanceof WriteBatch.DeleteRange range) {
                delete(range);
                continue;
            }
            snapshots.forEach(snapshot -> snapshot.changes(change.table(), change.key()));
            if (change instanceof WriteBatch.Put put) {
                rows(put.table()).put(put.key(), put.value());
            } else {
                rows(change.table()).remove(change.key());
            }
        }
    }

    private void delete(WriteBatch.DeleteRange range) {
        NavigableMap<Bytes, Bytes> gone =
                rows(range.table()).subMap(range.fromInclusive(), true, range.toExclusive(), false);
        gone.keySet().forEach(key -> snapshots.forEach(snapshot -> snapshot.changes(range.table(), key)));
        gone.clear();
    }

    // The visitor runs outside of the lock and may stop early, so rows are copied a few at a time.
    private synchronized List<Row> firstRows(
            NavigableMap<Bytes, Bytes> rows, byte[] fromInclusive, byte[] toExclusive) {
        List<Row> found = new ArrayList<>();
        for (Map.Entry<Bytes, Bytes> entry :
                range(rows, fromInclusive, toExclusive).entrySet()) {
            if (found.size() == ROWS_A_STEP) {
                break;
            }
            found.add(row(entry));
        }
        return found;
    }

    private static NavigableMap<Bytes, Bytes> range(
            NavigableMap<Bytes, Bytes> rows, byte[] fromInclusive, byte[] toExclusive) {
        Bytes from = Bytes.of(fromInclusive);
        Bytes to = Bytes.of(toExclusive);
        NavigableMap<Bytes, Bytes> range = rows.tailMap(from, true);
        if (to.isEmpty()) {
            return range;
        }
        return to.compareTo(from) <= 0 ? new TreeMap<>() : range.headMap(to, false);
    }

    private Optional<Bytes> value(Table table, Bytes key) {
        return Optional.ofNullable(rows(table).get(key));
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

    /** A snapshot: for each key that was changed since, what stood there before. */
    private final class Before implements Snapshot {
        private final Map<Table, NavigableMap<Bytes, Optional<Bytes>>> before = new EnumMap<>(Table.class);

        /** The key is about to be changed. */
        void changes(Table table, Bytes key) {
            before.computeIfAbsent(table, it -> new TreeMap<>()).computeIfAbsent(key, it -> value(table, it));
        }

        @Override
        public Optional<byte[]> get(Table table, byte[] key) {
            synchronized (MemoryStore.this) {
                Bytes at = Bytes.of(key);
                Optional<Bytes> now = value(table, at);
                return changed(table).getOrDefault(at, now).map(Bytes::toByteArray);
            }
        }

        @Override
        public void scan(Table table, byte[] fromInclusive, byte[] toExclusive, ScanVisitor visitor) {
            MemoryStore.scan(fromInclusive, visitor, from -> {
                synchronized (MemoryStore.this) {
                    return firstRows(rowsBefore(table), from, toExclusive);
                }
            });
        }

        private NavigableMap<Bytes, Bytes> rowsBefore(Table table) {
            if (changed(table).isEmpty()) {
                return rows(table);
            }
            NavigableMap<Bytes, Bytes> rows = new TreeMap<>(rows(table));
            changed(table)
                    .forEach((key, value) -> value.ifPresentOrElse(it -> rows.put(key, it), () -> rows.remove(key)));
            return rows;
        }

        private NavigableMap<Bytes, Optional<Bytes>> changed(Table table) {
            return before.getOrDefault(table, Collections.emptyNavigableMap());
        }

        @Override
        public void close() {
            synchronized (MemoryStore.this) {
                snapshots.removeIf(it -> it == this);
            }
        }
    }
}
