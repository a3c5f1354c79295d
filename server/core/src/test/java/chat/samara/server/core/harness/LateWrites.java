package chat.samara.server.core.harness;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.ScanVisitor;
import chat.samara.server.core.store.Snapshot;
import chat.samara.server.core.store.Store;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** A disk on which a batch can land between two reads of another event: one thread writes while another reads. */
final class LateWrites implements Store {
    private final MemoryStore disk;
    private Optional<WriteBatch> underWay = Optional.empty();
    private int readsUntilItLands;
    private Optional<Row> unreadable = Optional.empty();
    private final Map<Table, Long> reads = new EnumMap<>(Table.class);

    /** Written anew since, the row is found by its key; a scan comes by what lies there still. */
    private boolean isWrittenAnew;

    private record Row(Table table, Bytes key) {}

    LateWrites(MemoryStore disk) {
        this.disk = disk;
    }

    /** The batch lands after so many reads. */
    void begin(WriteBatch batch, int reads) {
        underWay = Optional.of(batch);
        readsUntilItLands = reads;
    }

    /** The batch lands now, if it has not yet. */
    void land() {
        underWay.ifPresent(this::put);
        underWay = Optional.empty();
    }

    /** The disk does not give back the row with this key any more: what it has there fails its checksum. */
    void cannotRead(Table table, Bytes key) {
        unreadable = Optional.of(new Row(table, key));
        isWrittenAnew = false;
    }

    /** How often rows of the table were read since it started, and scanned. */
    long reads(Table table) {
        return reads.getOrDefault(table, 0L);
    }

    /** The same of all tables. */
    long reads() {
        return reads.values().stream().mapToLong(it -> it).sum();
    }

    private void read(Table table, byte[] key) {
        read(table);
        if (!isWrittenAnew) {
            requireReadable(table, key);
        }
    }

    private void requireReadable(Table table, byte[] key) {
        if (unreadable.filter(new Row(table, Bytes.of(key))::equals).isPresent()) {
            throw new StoreException(StoreException.Kind.CORRUPT, "reading " + table + " failed: checksum mismatch");
        }
    }

    /** A scan fails at the row that is not given back. */
    private ScanVisitor reading(Table table, ScanVisitor visitor) {
        return (key, value) -> {
            requireReadable(table, key);
            return visitor.visit(key, value);
        };
    }

    private void read(Table table) {
        reads.merge(table, 1L, Long::sum);
        if (underWay.isPresent() && readsUntilItLands-- == 0) {
            land();
        }
    }

    @Override
    public Optional<byte[]> get(Table table, byte[] key) {
        read(table, key);
        return disk.get(table, key);
    }

    @Override
    public void scan(Table table, byte[] fromInclusive, byte[] toExclusive, ScanVisitor visitor) {
        read(table);
        disk.scan(table, fromInclusive, toExclusive, reading(table, visitor));
    }

    @Override
    public Snapshot snapshot() {
        Snapshot snapshot = disk.snapshot();
        return new Snapshot() {
            @Override
            public Optional<byte[]> get(Table table, byte[] key) {
                read(table, key);
                return snapshot.get(table, key);
            }

            @Override
            public void scan(Table table, byte[] fromInclusive, byte[] toExclusive, ScanVisitor visitor) {
                read(table);
                snapshot.scan(table, fromInclusive, toExclusive, reading(table, visitor));
            }

            @Override
            public void close() {
                snapshot.close();
            }
        };
    }

    @Override
    public void write(WriteBatch batch) {
        land();
        put(batch);
    }

    private void put(WriteBatch batch) {
        isWrittenAnew |=
                unreadable.flatMap(row -> batch.change(row.table(), row.key())).isPresent();
        disk.write(batch);
    }
}
