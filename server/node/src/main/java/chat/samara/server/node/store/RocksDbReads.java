package chat.samara.server.node.store;

import chat.samara.server.core.store.ScanVisitor;
import chat.samara.server.core.store.StoreReads;
import chat.samara.server.core.store.Table;
import java.util.Optional;
import java.util.function.Function;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/**
 * Reads of a database: of what it holds now, or at the moment of a snapshot.
 *
 * @param at the snapshot, which outlives this; none: now
 * @param gets options for reads of single rows, closed by whoever closes the snapshot or the database
 */
record RocksDbReads(RocksDB db, Function<Table, ColumnFamilyHandle> families, Optional<Snapshot> at, ReadOptions gets)
        implements StoreReads {
    RocksDbReads(RocksDB db, Function<Table, ColumnFamilyHandle> families, Optional<Snapshot> at) {
        this(db, families, at, options(at));
    }

    @Override
    public Optional<byte[]> get(Table table, byte[] key) {
        try {
            return Optional.ofNullable(db.get(families.apply(table), gets, key));
        } catch (RocksDBException failed) {
            throw RocksDbStore.failure("reading " + table, failed);
        }
    }

    @Override
    public void scan(Table table, byte[] fromInclusive, byte[] toExclusive, ScanVisitor visitor) {
        try (Slice bound = new Slice(toExclusive);
                ReadOptions options = bounded(toExclusive, bound);
                RocksIterator rows = db.newIterator(families.apply(table), options)) {
            rows.seek(fromInclusive);
            while (rows.isValid() && visitor.visit(rows.key(), rows.value())) {
                rows.next();
            }
            rows.status();
        } catch (RocksDBException failed) {
            throw RocksDbStore.failure("scanning " + table, failed);
        }
    }

    /** An empty bound means the table's end. */
    private ReadOptions bounded(byte[] toExclusive, Slice bound) {
        ReadOptions options = options(at);
        return toExclusive.length == 0 ? options : options.setIterateUpperBound(bound);
    }

    private static ReadOptions options(Optional<Snapshot> at) {
        ReadOptions options = new ReadOptions();
        at.ifPresent(options::setSnapshot);
        return options;
    }
}
