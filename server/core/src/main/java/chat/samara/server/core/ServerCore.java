package chat.samara.server.core;

import chat.samara.mls.crypto.RandomSource;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.Store;
import java.util.List;
import java.util.Optional;

/**
 * A Samara server without sockets, disk, clock and threads. The driver
 *
 * <ol>
 *   <li>calls {@link #start} once,
 *   <li>then again and again: {@link #handle}s every event that has come, carries out {@link #drainImmediate}, {@link #seal}s
 *       the batch, writes it to the store with sync, calls {@link #durable} and carries out the effects that gives.
 * </ol>
 *
 * <p>While a batch is being written the next one may be filled and sealed already; batches become durable in their order. If a
 * write fails, or any method throws, the process must stop and start again from the store: nothing that waited for the write has
 * left. {@link #handle} throws nothing because of what a device or peer sent (I9).
 *
 * <p>Confined to one thread, except for {@link Batch#writes}, which may be read on the thread that writes. Deterministic: the same
 * store, identity, random bytes, events and times give the same effects.
 */
public final class ServerCore {
    private final ServerIdentity identity;
    private final Journal journal;

    /**
     * A core over a store, which is empty or was written by a core of the same server.
     *
     * @throws chat.samara.server.core.store.StoreException if the store is another server's or a newer version's
     */
    public ServerCore(ServerIdentity identity, CoreConfig config, Store store, RandomSource random) {
        this.identity = identity;
        this.journal = new Journal(store);
    }

    /** Loads what must be in memory and sets the timers. Follow with {@link #drainImmediate} and {@link #seal}. */
    public void start(long nowMillis) {
        journal.setNowMillis(nowMillis);
    }

    /**
     * Takes one event.
     *
     * @param nowMillis since 1970 UTC; may go backwards, as clocks do
     */
    public void handle(Event event, long nowMillis) {
        journal.setNowMillis(nowMillis);
    }

    /** Effects that wait for no write, in order. Empties the list. */
    public List<Effect> drainImmediate() {
        return journal.drainImmediate();
    }

    /** Closes the open batch: signs it, and gives what is to be written. Empty if there is nothing to write or to wait for. */
    public Optional<Batch> seal(long nowMillis) {
        journal.setNowMillis(nowMillis);
        return journal.seal(identity.rootKey());
    }

    /** The oldest sealed batch is on disk: gives the effects that waited for it, in order. */
    public List<Effect> durable(Batch batch, long nowMillis) {
        journal.setNowMillis(nowMillis);
        return journal.durable(batch);
    }

    /** Numbers for metrics. Call on the core's thread. */
    public Figures figures() {
        return new Figures(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, journal.faults(), 0, true);
    }
}
