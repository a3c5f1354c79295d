package chat.samara.systemtests.sim.disk;

import chat.samara.client.device.DeviceStore;
import chat.samara.client.device.DeviceTable;
import chat.samara.mls.codec.Bytes;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** A device's store. Can be told to crash the device at a commit, on either side of the moment at which it is durable. */
public final class DeviceDisk implements DeviceStore {
    /** The device loses power at this point. An Error, so that nothing in between takes it for a failure to handle. */
    public static final class PowerLoss extends Error {
        private static final long serialVersionUID = 1L;

        PowerLoss(boolean durable) {
            super(durable ? "power lost after a commit" : "power lost before a commit");
        }
    }

    private final Map<DeviceTable, NavigableMap<Bytes, byte[]>> tables = new EnumMap<>(DeviceTable.class);
    private int commitsUntilLoss = -1;
    private boolean durableAtLoss;

    public DeviceDisk() {
        for (DeviceTable table : DeviceTable.values()) {
            tables.put(table, new TreeMap<>());
        }
    }

    /** An independent disk with the same content. */
    public DeviceDisk copy() {
        DeviceDisk copy = new DeviceDisk();
        tables.forEach(
                (table, rows) -> rows.forEach((key, value) -> copy.rows(table).put(key, value.clone())));
        return copy;
    }

    /** Power is lost at the n-th commit from now (1 is the next), after or before it is durable. */
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
        if (fromInclusive.compareTo(toExclusive) >= 0) {
            return;
        }
        for (Map.Entry<Bytes, byte[]> row :
                rows(table).subMap(fromInclusive, true, toExclusive, false).entrySet()) {
            if (!visitor.row(row.getKey(), row.getValue().clone())) {
                return;
            }
        }
    }

    @Override
    public void commit(List<Write> writes) {
        boolean loss = commitsUntilLoss > 0 && --commitsUntilLoss == 0;
        if (loss && !durableAtLoss) {
            throw new PowerLoss(false);
        }
        for (Write write : writes) {
            if (write instanceof Write.Put put) {
                rows(put.table()).put(put.key(), put.value().clone());
            } else {
                rows(write.table()).remove(write.key());
            }
        }
        if (loss) {
            throw new PowerLoss(true);
        }
    }

    private NavigableMap<Bytes, byte[]> rows(DeviceTable table) {
        NavigableMap<Bytes, byte[]> rows = tables.get(table);
        if (rows == null) {
            throw new IllegalStateException("no rows for " + table);
        }
        return rows;
    }
}
