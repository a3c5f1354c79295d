package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** A device's store in memory, which can crash before or after any commit. */
public final class MemoryStore implements DeviceStore {
    /** Stands for the power going off: nothing catches it but the test. */
    static final class Crash extends Error {
        private static final long serialVersionUID = 1L;

        Crash(String message) {
            super(message);
        }
    }

    private final Map<DeviceTable, NavigableMap<Bytes, byte[]>> tables = new EnumMap<>(DeviceTable.class);
    private int commits;
    private long largestCommitBytes;
    private int crashBefore = Integer.MAX_VALUE;
    private int crashAfter = Integer.MAX_VALUE;

    public MemoryStore() {
        for (DeviceTable table : DeviceTable.values()) {
            tables.put(table, new TreeMap<>());
        }
    }

    MemoryStore copy() {
        MemoryStore copy = new MemoryStore();
        tables.forEach(
                (table, rows) -> rows.forEach((key, value) -> copy.rows(table).put(key, value.clone())));
        return copy;
    }

    /** Of the largest commit since it was reset, keys and values. */
    long largestCommitBytes() {
        return largestCommitBytes;
    }

    void resetLargestCommit() {
        largestCommitBytes = 0;
    }

    /** The number in a table's first key. */
    long firstNumber(DeviceTable table) {
        return Keys.numberOf(rows(table).firstKey());
    }

    int commits() {
        return commits;
    }

    /** The commit with this number, from 1, does not happen. */
    void crashBefore(int commit) {
        crashBefore = commit;
    }

    /** The commit with this number happens, and nothing after it. */
    void crashAfter(int commit) {
        crashAfter = commit;
    }

    void crashNoMore() {
        crashBefore = Integer.MAX_VALUE;
        crashAfter = Integer.MAX_VALUE;
    }

    /** Changes a row behind the engine's back. */
    void put(DeviceTable table, Bytes key, byte[] value) {
        rows(table).put(key, value);
    }

    void clear(DeviceTable table) {
        rows(table).clear();
    }

    int size(DeviceTable table) {
        return rows(table).size();
    }

    /** Of all values in a table. */
    long bytes(DeviceTable table) {
        return rows(table).values().stream().mapToLong(value -> value.length).sum();
    }

    @Override
    public Optional<byte[]> get(DeviceTable table, Bytes key) {
        return Optional.ofNullable(rows(table).get(key)).map(byte[]::clone);
    }

    @Override
    public void scan(DeviceTable table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        if (fromInclusive.compareTo(toExclusive) < 0) {
            visit(rows(table).subMap(fromInclusive, true, toExclusive, false), visitor);
        }
    }

    @Override
    public void scanBack(DeviceTable table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        if (fromInclusive.compareTo(toExclusive) < 0) {
            visit(rows(table).subMap(fromInclusive, true, toExclusive, false).descendingMap(), visitor);
        }
    }

    private static void visit(Map<Bytes, byte[]> rows, Visitor visitor) {
        for (Map.Entry<Bytes, byte[]> row : rows.entrySet()) {
            if (!visitor.row(row.getKey(), row.getValue().clone())) {
                return;
            }
        }
    }

    @Override
    public void commit(List<Write> writes) {
        commits++;
        if (commits >= crashBefore) {
            throw new Crash("before commit " + commits);
        }
        long bytes = 0;
        for (Write write : writes) {
            bytes += write.key().size() + (write instanceof Write.Put it ? it.value().length : 0);
            if (write instanceof Write.Put put) {
                rows(put.table()).put(put.key(), put.value().clone());
            } else {
                rows(write.table()).remove(write.key());
            }
        }
        largestCommitBytes = Math.max(largestCommitBytes, bytes);
        if (commits >= crashAfter) {
            throw new Crash("after commit " + commits);
        }
    }

    private NavigableMap<Bytes, byte[]> rows(DeviceTable table) {
        return tables.computeIfAbsent(table, missing -> new TreeMap<>());
    }
}
