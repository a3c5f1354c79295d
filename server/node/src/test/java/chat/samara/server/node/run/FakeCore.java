package chat.samara.server.node.run;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Batch;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.Figures;
import chat.samara.server.core.Now;
import chat.samara.server.core.TimerId;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/** A core that writes one row for each event, and remembers in which order it was driven. */
final class FakeCore implements DrivenCore {
    final List<Event> events = new CopyOnWriteArrayList<>();
    final List<Long> durable = new CopyOnWriteArrayList<>();
    final AtomicInteger sealed = new AtomicInteger();
    volatile Optional<RuntimeException> failure = Optional.empty();
    volatile Optional<Effect> immediate = Optional.empty();
    volatile Optional<Effect> onDurable = Optional.empty();
    volatile Consumer<Batch> onLanded = batch -> {};
    volatile Consumer<Batch> beforeDurable = batch -> {};
    volatile Consumer<Event> beforeHandled = event -> {};
    volatile boolean writes = true;
    volatile int rowBytes = 1;

    /** What the answer to an event takes, which waits for the batch. */
    volatile ToIntFunction<Event> answerBytes = event -> 0;

    private long openAnswerBytes;
    private final Map<Long, Long> sealedAnswerBytes = new TreeMap<>();
    private WriteBatch open = new WriteBatch();
    private boolean anything;
    private long batches;

    record FakeBatch(long number, WriteBatch writes) implements Batch {}

    @Override
    public void start(Now now) {}

    @Override
    public void handle(Event event, Now now) {
        failure.ifPresent(f -> {
            throw f;
        });
        beforeHandled.accept(event);
        events.add(event);
        anything = true;
        openAnswerBytes += answerBytes.applyAsInt(event);
        if (writes) {
            open.put(Table.META, Bytes.ofUtf8("event" + events.size()), Bytes.wrapUnsafe(new byte[rowBytes]));
        }
    }

    @Override
    public List<Effect> drainImmediate() {
        List<Effect> effects = new ArrayList<>();
        immediate.ifPresent(effects::add);
        immediate = Optional.empty();
        return effects;
    }

    @Override
    public Optional<Batch> seal(Now now) {
        if (!anything) {
            return Optional.empty();
        }
        anything = false;
        batches++;
        sealed.incrementAndGet();
        sealedAnswerBytes.put(batches, openAnswerBytes);
        openAnswerBytes = 0;
        Batch batch = new FakeBatch(batches, open);
        open = new WriteBatch();
        return Optional.of(batch);
    }

    @Override
    public void landed(Batch batch) {
        onLanded.accept(batch);
    }

    @Override
    public List<Effect> durable(Batch batch, Now now) {
        beforeDurable.accept(batch);
        durable.add(batch.number());
        sealedAnswerBytes.remove(batch.number());
        List<Effect> effects = new ArrayList<>();
        onDurable.ifPresent(effects::add);
        return effects;
    }

    @Override
    public long waitingFrameBytes() {
        return openAnswerBytes
                + sealedAnswerBytes.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public long openBytes() {
        return open.sizeBytes();
    }

    @Override
    public Figures figures() {
        return new Figures(events.size(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, true);
    }

    boolean sawTimer() {
        return events.contains(new Event.TimerFired(TimerId.TICK));
    }
}
