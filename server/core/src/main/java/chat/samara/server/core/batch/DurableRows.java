package chat.samara.server.core.batch;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.Snapshot;
import chat.samara.server.core.store.Store;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import java.util.List;
import java.util.Optional;

/**
 * What is durable, as it was at the first read of one piece of work: batches land on the disk at any time, and a head that was read before one
 * landed does not fit to the entries that are read after it. {@link #letGo} ends a piece of work.
 *
 * <p>The work that follows a batch reads as of when that batch had landed ({@link #landed}), and mostly rows of it: these are at hand.
 */
final class DurableRows implements Rows {
    private final Store store;
    private Optional<Snapshot> snapshot = Optional.empty();
    private Optional<Rows> view = Optional.empty();

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
        if (view.isEmpty()) {
            view = Optional.of(new StoreRows(hold()));
        }
        return view.get();
    }

    private Snapshot hold() {
        if (snapshot.isEmpty()) {
            snapshot = Optional.of(store.snapshot());
        }
        return snapshot.get();
    }

    /** This batch has landed and no later one: what is read until {@link #letGo} is as of now. */
    void landed(WriteBatch batch) {
        letGo();
        view = Optional.of(new Overlay(new StoreRows(hold()), List.of(batch)));
    }

    /** What is read from now on belongs to other work. */
    void letGo() {
        snapshot.ifPresent(Snapshot::close);
        snapshot = Optional.empty();
        view = Optional.empty();
    }
}
