package chat.samara.server.core.batch;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.Snapshot;
import chat.samara.server.core.store.Store;
import chat.samara.server.core.store.Table;
import java.util.Optional;

/**
 * What is durable, as it was at the first read of one piece of work: batches land on the disk at any time, and a head that was read before one
 * landed does not fit to the entries that are read after it. {@link #letGo} ends a piece of work.
 */
final class DurableRows implements Rows {
    private final Store store;
    private Optional<Snapshot> snapshot = Optional.empty();

    DurableRows(Store store) {
        this.store = store;
    }

    @Override
    public Optional<Bytes> get(Table table, Bytes key) {
        return rows().get(table, key);
    }

    @Override
    public void scan(Table table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        rows().scan(table, fromInclusive, toExclusive, visitor);
    }

    private Rows rows() {
        if (snapshot.isEmpty()) {
            snapshot = Optional.of(store.snapshot());
        }
        return new StoreRows(snapshot.get());
    }

    /** What is read from now on belongs to other work. */
    void letGo() {
        snapshot.ifPresent(Snapshot::close);
        snapshot = Optional.empty();
    }
}
