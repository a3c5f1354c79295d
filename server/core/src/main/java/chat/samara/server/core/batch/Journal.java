package chat.samara.server.core.batch;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.server.core.AfterCommit;
import chat.samara.server.core.Batch;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Now;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Store;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.Head;
import chat.samara.wire.log.Proof;
import chat.samara.wire.log.Record;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way in which the core changes anything outside of its memory.
 *
 * <p>An event's effects are staged and its writes can be taken back, so that an event that meets a bug can be undone as a whole; {@link #keep} makes
 * both part of the open batch. Reads see everything that was written, durable or not. An effect leaves when all that was written up to
 * its batch is durable (DESIGN §2), unless it is {@link #emitNow}.
 *
 * <p>Work that is given to {@link #whenDurable} runs after its batch is on disk. It reads {@link #durable} only, must not write,
 * and what it emits leaves at once.
 *
 * <p>Both ways of reading are consistent within an event, and within all the work that follows one batch, though batches land meanwhile: what is
 * not known to be durable lies in layers over the store until it is, and {@link #durable} is a snapshot.
 */
public final class Journal implements Rows {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    private final RememberedRows store;
    private final DurableRows eventReads;
    private final DurableRows landedReads;
    private final Deque<SealedBatch> sealed = new ArrayDeque<>();
    private final List<Effect> immediate = new ArrayList<>();
    private Part open = new Part();
    private Part staged = new Part();
    private Overlay overlay;
    private List<Effect> released = new ArrayList<>();
    private Phase phase = Phase.EVENT;

    /** The oldest sealed batch is on disk, and what waits for it has not run. */
    private boolean landed;

    /** Who carries out what follows from the batch that has just become durable; nobody, while there is none. */
    private Consumer<AfterCommit> carrier = Journal::isCarriedOutByNobody;

    /** What puts memory back as it was before the work that is under way, the last change first. */
    private final Deque<Runnable> putsBack = new ArrayDeque<>();

    private final List<StoreException> unreadable = new ArrayList<>();
    private long nextNumber = 1;
    private Now now = new Now(0, 0);
    private long faults;
    private long work = 1;

    private enum Phase {
        EVENT,
        DURABLE
    }

    /** A journal over a store. */
    public Journal(Store store) {
        this.store = new RememberedRows(new StoreRows(store));
        this.eventReads = new DurableRows(store);
        this.landedReads = new DurableRows(store);
        this.overlay = new Overlay(this.store, List.of());
        restack();
    }

    /** What is to be signed with a batch, and what to do with its proof. */
    private record ToProve(Consumer<BatchSigner> add, Consumer<Proof> use) {}

    /** Writes, and what hangs on them; of what is staged the writes stand in the open part, and can be taken back there. */
    private static final class Part {
        final WriteBatch writes = new WriteBatch();
        final List<Runnable> afterwards = new ArrayList<>();
        final Map<Object, Runnable> afterwardsOnce = new LinkedHashMap<>();
        final List<Effect> immediate = new ArrayList<>();
        final Map<Object, ToProve> toProve = new LinkedHashMap<>();
        long frameBytes;

        void join(Part later) {
            afterwards.addAll(later.afterwards);
            afterwardsOnce.putAll(later.afterwardsOnce);
            toProve.putAll(later.toProve);
            frameBytes += later.frameBytes;
        }

        boolean isEmpty() {
            return writes.isEmpty() && afterwards.isEmpty() && afterwardsOnce.isEmpty() && toProve.isEmpty();
        }
    }

    private record SealedBatch(long number, Part part) implements Batch {
        @Override
        public WriteBatch writes() {
            return part.writes;
        }
    }

    /** The time of what is being handled, milliseconds since 1970 UTC: for people and for what is stored. May jump. */
    public long nowMillis() {
        return now.wallMillis();
    }

    /** How much time has passed, milliseconds since any one moment: for whatever waits. Never goes back; means nothing after a restart. */
    public long monotonicMillis() {
        return now.monotonicMillis();
    }

    /** Sets the time, before anything is handled. */
    public void setNow(Now next) {
        now = next.after(now);
    }

    /** The rows that are on disk: all that one event reads, or the work that follows one batch, as they were at its first read. */
    public Rows durable() {
        return phase == Phase.DURABLE ? landedReads : eventReads;
    }

    @Override
    public Optional<Bytes> get(Table table, Bytes key) {
        return overlay.get(table, key);
    }

    @Override
    public void scan(Table table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        overlay.scan(table, fromInclusive, toExclusive, visitor);
    }

    /** Whether the row has been removed, and that is not durable yet. */
    public boolean isRemoved(Table table, Bytes key) {
        return overlay.removes(table, key);
    }

    /** Sets a row's value. */
    public void put(Table table, Bytes key, Bytes value) {
        requireEvent();
        store.written(table, key);
        open.writes.put(table, key, value);
    }

    /** Removes a row, if there is one. */
    public void delete(Table table, Bytes key) {
        requireEvent();
        store.written(table, key);
        open.writes.delete(table, key);
    }

    /** Removes all rows whose key begins with these bytes, however many there are: it costs as much as one row. Not for rows that are remembered. */
    public void deletePrefix(Table table, Bytes prefix) {
        requireEvent();
        store.requireForgets(table);
        open.writes.deleteRange(table, prefix, Key.after(prefix));
    }

    /** Carries an effect out once all that was written so far is durable. */
    public void emit(Effect effect) {
        if (phase == Phase.DURABLE) {
            released.add(effect);
        } else {
            staged.frameBytes += frameBytes(effect);
            staged.afterwards.add(() -> released.add(effect));
        }
    }

    private static long frameBytes(Effect effect) {
        if (effect instanceof Effect.SendToSession send) {
            return send.frame().size();
        }
        return effect instanceof Effect.SendToLink send ? send.frame().size() : 0;
    }

    /** Bytes of frames that leave once what was written so far is durable. */
    public long waitingFrameBytes() {
        long bytes = open.frameBytes + staged.frameBytes;
        for (SealedBatch batch : sealed) {
            bytes += batch.part.frameBytes;
        }
        return bytes;
    }

    /** Carries an effect out at once: one that tells nothing of what is not durable. */
    public void emitNow(Effect effect) {
        if (phase == Phase.DURABLE) {
            released.add(effect);
        } else {
            staged.immediate.add(effect);
        }
    }

    /** Runs something once all that was written so far is durable; at once, if this is such work itself. */
    public void whenDurable(Runnable work) {
        if (phase == Phase.DURABLE) {
            work.run();
        } else {
            staged.afterwards.add(work);
        }
    }

    /** As {@link #whenDurable}, but only once a batch for equal keys, and after all the effects of the batch. */
    public void whenDurableOnce(Object key, Runnable work) {
        if (phase == Phase.DURABLE) {
            work.run();
        } else {
            staged.afterwardsOnce.put(key, work);
        }
    }

    /** Has this carried out once all that was written so far is durable, by whoever is given to {@link #durable(Batch, Consumer)}. Only for an event. */
    public void afterCommit(AfterCommit action) {
        requireEvent();
        if (action instanceof AfterCommit.LogGrown) {
            staged.afterwardsOnce.put(action, () -> carrier.accept(action));
        } else {
            staged.afterwards.add(() -> carrier.accept(action));
        }
    }

    private static void isCarriedOutByNobody(AfterCommit action) {
        throw new IllegalStateException(action + " while no batch has become durable, expected it after one");
    }

    /** Has a record signed with the batch; {@code use} may write. */
    public void prove(Record record, Consumer<Proof> use) {
        // Each for itself: to ask whether the same one waits already would hash all of it.
        staged.toProve.put(new Object(), new ToProve(signer -> signer.add(record), use));
    }

    /** Has a head signed with the batch, unless a later one of the same channel takes its place; {@code use} may write. */
    public void prove(Head head, Consumer<Proof> use) {
        staged.toProve.put(head.channel(), new ToProve(signer -> signer.add(head), use));
    }

    /**
     * The work under way changes something in memory that no row tells: this puts it back if the work is undone, without reading or writing a row.
     * What is changed later is put back earlier. Only for an event.
     */
    public void onUndo(Runnable putBack) {
        requireEvent();
        putsBack.push(putBack);
    }

    /** The event went well: its changes become part of the open batch. */
    public void keep() {
        immediate.addAll(staged.immediate);
        open.join(staged);
        work++;
        open.writes.keep();
        endEvent();
    }

    /** Which piece of work is under way: another number after each {@link #keep}. */
    long work() {
        return work;
    }

    /** The event met a bug: nothing of it happened. */
    public void undo() {
        open.writes.undo();
        putsBack.forEach(Runnable::run);
        endEvent();
    }

    private void endEvent() {
        staged = new Part();
        putsBack.clear();
        store.forget();
        eventReads.letGo();
    }

    /** How many bytes the open batch would write. */
    public long openBytes() {
        return open.writes.sizeBytes();
    }

    /** Whether there is a write that is not durable yet. */
    public boolean hasPending() {
        return !sealed.isEmpty() || !open.isEmpty();
    }

    /** The effects that wait for nothing. Empties the list. */
    public List<Effect> drainImmediate() {
        List<Effect> drained = List.copyOf(immediate);
        immediate.clear();
        return drained;
    }

    /** Closes the open batch, signing what has to be signed. */
    public Optional<Batch> seal(SignatureKeyPair rootKey) {
        if (open.isEmpty()) {
            return Optional.empty();
        }
        if (!open.toProve.isEmpty()) {
            sign(rootKey);
        }
        SealedBatch batch = new SealedBatch(nextNumber++, open);
        sealed.add(batch);
        open = new Part();
        restack();
        return Optional.of(batch);
    }

    private void sign(SignatureKeyPair rootKey) {
        BatchSigner signer = new BatchSigner();
        List<ToProve> items = List.copyOf(open.toProve.values());
        items.forEach(item -> item.add().accept(signer));
        BatchSigner.Signed signed = signer.sign(rootKey);
        for (int place = 0; place < items.size(); place++) {
            items.get(place).use().accept(signed.proof(place));
        }
        keep();
    }

    /**
     * The oldest sealed batch has reached the disk, and no later one has: what waits for it will read as of now. A driver that lets the disk
     * go on with the next batch before {@link #durable} calls this in between.
     */
    public void landed(Batch batch) {
        if (!landed) {
            landedReads.landed(oldest(batch).writes());
            landed = true;
        }
    }

    /**
     * The oldest sealed batch is durable: gives what waited for it.
     *
     * @param carryOut does what follows from it
     */
    public List<Effect> durable(Batch batch, Consumer<AfterCommit> carryOut) {
        landed(batch);
        SealedBatch oldest = oldest(batch);
        sealed.remove();
        restack();
        carrier = carryOut;
        return whileDurable(() -> {
            oldest.part.afterwards.forEach(this::runContained);
            oldest.part.afterwardsOnce.values().forEach(this::runContained);
        });
    }

    private SealedBatch oldest(Batch batch) {
        SealedBatch oldest = sealed.peek();
        if (oldest == null || oldest != batch) {
            throw new IllegalStateException("batch " + batch.number() + " is durable, expected "
                    + (oldest == null ? "none" : "batch " + oldest.number()) + ": batches become durable in order");
        }
        return oldest;
    }

    private List<Effect> whileDurable(Runnable work) {
        phase = Phase.DURABLE;
        store.forget();
        try {
            work.run();
        } finally {
            phase = Phase.EVENT;
            carrier = Journal::isCarriedOutByNobody;
            landed = false;
            store.forget();
            landedReads.letGo();
        }
        List<Effect> effects = released;
        released = new ArrayList<>();
        return List.copyOf(effects);
    }

    // I9: what one reader asked for must not keep the others' effects from leaving.
    private void runContained(Runnable work) {
        try {
            work.run();
        } catch (StoreException e) {
            if (!e.isDamage()) {
                throw e;
            }
            unreadable.add(e);
        } catch (RuntimeException e) {
            faults++;
            LOG.error("a bug met after batch was durable; went on with the rest", e);
        }
    }

    /** Runs part of the work that follows a batch, so that the rest of it goes on whatever this part meets. */
    public void contained(Runnable work) {
        runContained(work);
    }

    /** What work that followed batches could not read since this was asked last. */
    public List<StoreException> takeUnreadable() {
        List<StoreException> taken = List.copyOf(unreadable);
        unreadable.clear();
        return taken;
    }

    /** How often work met a bug after its batch was durable. */
    public long faults() {
        return faults;
    }

    private void requireEvent() {
        if (phase == Phase.DURABLE) {
            throw new IllegalStateException("a change by work that runs after its batch is durable, expected none");
        }
    }

    private void restack() {
        store.forget();
        List<WriteBatch> layers = new ArrayList<>(sealed.size() + 1);
        sealed.forEach(batch -> layers.add(batch.part.writes));
        layers.add(open.writes);
        overlay = new Overlay(store, layers);
    }
}
