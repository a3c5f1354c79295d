package chat.samara.server.node.store;

import chat.samara.server.core.store.ScanVisitor;
import chat.samara.server.core.store.Snapshot;
import chat.samara.server.core.store.Table;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;

/** A snapshot of a database; the store closes those that are left when it is closed itself. */
final class RocksDbSnapshot implements Snapshot {
    private final RocksDB db;
    private final org.rocksdb.Snapshot taken;
    private final RocksDbReads reads;
    private final Consumer<RocksDbSnapshot> whenClosed;
    private boolean isClosed;

    RocksDbSnapshot(RocksDB db, Function<Table, ColumnFamilyHandle> families, Consumer<RocksDbSnapshot> whenClosed) {
        this.db = db;
        this.taken = db.getSnapshot();
        this.reads = new RocksDbReads(db, families, Optional.of(taken));
        this.whenClosed = whenClosed;
    }

    @Override
    public Optional<byte[]> get(Table table, byte[] key) {
        return reads.get(table, key);
    }

    @Override
    public void scan(Table table, byte[] fromInclusive, byte[] toExclusive, ScanVisitor visitor) {
        reads.scan(table, fromInclusive, toExclusive, visitor);
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            whenClosed.accept(this);
            reads.gets().close();
            db.releaseSnapshot(taken);
            taken.close();
        }
    }
}
