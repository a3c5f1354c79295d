package chat.samara.systemtests.sim.disk;

import chat.samara.client.device.DeviceTable;
import chat.samara.mls.codec.Bytes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Rows in memory: the quick disk. Power goes off at a commit as a whole, on either side of the moment at which it is durable. */
public final class RowDisk implements DeviceDisk {
    private final Map<DeviceTable, NavigableMap<Bytes, byte[]>> tables = new EnumMap<>(DeviceTable.class);
    private final DiskFaults faults;

    /** What the last commits replaced, the newest first; only as many as a broken disk loses. */
    private final Deque<List<Undo>> undo = new ArrayDeque<>();

    private int commitsUntilLoss = -1;
    private boolean durableAtLoss;

    private record Undo(DeviceTable table, Bytes key, Optional<byte[]> before) {}

    public RowDisk() {
        this(DiskFaults.NONE);
    }

    public RowDisk(DiskFaults faults) {
        this.faults = faults;
        for (DeviceTable table : DeviceTable.values()) {
            tables.put(table, new TreeMap<>());
        }
    }

    @Override
    public RowDisk copy() {
        RowDisk copy = new RowDisk(faults);
        tables.forEach(
                (table, rows) -> rows.forEach((key, value) -> copy.rows(table).put(key, value.clone())));
        return copy;
    }

    @Override
    public void open() {
        // Nothing that a process would have to find first.
    }

    @Override
    public void losePowerAtCommit(int nth, boolean durable) {
        commitsUntilLoss = nth;
        durableAtLoss = durable;
    }

    @Override
    public Optional<byte[]> get(DeviceTable table, Bytes key) {
        byte[] value = rows(table).get(key);
        return value == null ? Optional.empty() : Optional.of(value.clone());
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
        boolean loss = commitsUntilLoss > 0 && --commitsUntilLoss == 0;
        if (loss && !durableAtLoss) {
            if (faults.tearsCommits()) {
                apply(writes.subList(0, writes.size() / 2));
            }
            throw new PowerLoss("before a commit");
        }
        apply(writes);
        if (loss) {
            throw new PowerLoss("after a commit");
        }
    }

    private void apply(List<Write> writes) {
        List<Undo> replaced = new ArrayList<>();
        for (Write write : writes) {
            replaced.add(new Undo(write.table(), write.key(), get(write.table(), write.key())));
            if (write instanceof Write.Put put) {
                if (!faults.forgets().equals(Optional.of(put.table()))) {
                    rows(put.table()).put(put.key(), put.value().clone());
                }
            } else if (!faults.keepsDeleted().equals(Optional.of(write.table()))) {
                rows(write.table()).remove(write.key());
            }
        }
        if (faults.commitsLostInCrash() > 0) {
            undo.addFirst(replaced);
            while (undo.size() > faults.commitsLostInCrash()) {
                undo.removeLast();
            }
        }
    }

    /** An honest disk keeps all that it confirmed. */
    @Override
    public void crashed() {
        for (List<Undo> commit : undo) {
            for (int i = commit.size() - 1; i >= 0; i--) {
                Undo row = commit.get(i);
                row.before()
                        .ifPresentOrElse(
                                value -> rows(row.table()).put(row.key(), value),
                                () -> rows(row.table()).remove(row.key()));
            }
        }
        undo.clear();
    }

    private NavigableMap<Bytes, byte[]> rows(DeviceTable table) {
        NavigableMap<Bytes, byte[]> rows = tables.get(table);
        if (rows == null) {
            throw new IllegalStateException("no rows for " + table);
        }
        return rows;
    }
}
