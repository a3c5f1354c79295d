package chat.samara.server.node.run;

import chat.samara.server.core.Batch;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.Figures;
import chat.samara.server.core.LinkId;
import chat.samara.server.core.Now;
import chat.samara.server.core.TimerId;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.store.Store;
import chat.samara.server.node.transport.Pressure;
import chat.samara.wire.identity.ServerName;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The thread that the core lives on, and the thread that writes its batches.
 *
 * <p>A pass takes what has come, lets the core handle it, carries out what waits for nothing, and, if the disk is idle,
 * seals the batch and hands it to the disk thread; then each connection that was written to is flushed once. While a batch
 * is on its way to the disk the next one fills: so one fsync serves everything that came during the one before it, and the
 * load sets the size of a batch. Before what may take long, what was done already is written and leaves. Effects of a batch are carried out after its fsync and not before (I1), and while the next one is being written.
 *
 * <p>If a write fails, or the core throws, {@code onFatal} is told and the loop ends: nothing that waited has left, and the
 * next start finds what is on disk (design §2).
 */
final class CoreLoop {
    private final DrivenCore core;
    private final Store store;
    private final Clock clock;
    private final long beganNanos = System.nanoTime();
    private final Switchboard switchboard;
    private final Timers timers = new Timers();
    private final LoopMetrics metrics;
    private final Consumer<Throwable> onFatal;
    private final Inbox inbox;
    private final Supplier<Pressure> pressure;
    private final BlockingQueue<Batch> toWrite = new LinkedBlockingQueue<>(1);
    private final BlockingQueue<Written> written = new LinkedBlockingQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread coreThread = new Thread(this::run, "samara-core");
    private final Thread diskThread = new Thread(this::writeBatches, "samara-disk");
    private volatile Figures figures = new Figures(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, true);

    private volatile long turnWaitedNanos;

    // The core's thread only.
    private boolean writing;
    private long writingSinceNanos;
    private boolean stopping;
    private int openInputs;
    private long openFrameBytes;
    private long figuresAtNanos;
    private boolean moreToSend;
    private long littleAtNanos = System.nanoTime();

    /** Peers whose last step was dear. */
    private final Set<ServerName> dearPeers = new HashSet<>();

    /** What became of a batch. */
    private record Written(Batch batch, Optional<Throwable> failure) {}

    CoreLoop(
            DrivenCore core,
            Store store,
            Clock clock,
            Inbox inbox,
            Switchboard.PeerDialer dialer,
            Supplier<Pressure> pressure,
            LoopMetrics metrics,
            Consumer<Throwable> onFatal) {
        this.core = core;
        this.store = store;
        this.clock = clock;
        this.inbox = inbox;
        this.pressure = pressure;
        this.switchboard = new Switchboard(dialer, timers, inbox::proved, inbox::goOn);
        this.metrics = metrics;
        this.onFatal = onFatal;
        coreThread.setDaemon(true);
        diskThread.setDaemon(true);
    }

    void start() {
        diskThread.start();
        coreThread.start();
    }

    /** Tells the core how much room there is. Any thread. */
    void diskFree(long bytes) {
        inbox.add(new Input.DiskFree(bytes));
    }

    /** Asks the core as the operator; fails if there is no answer in time. Any thread. */
    CompletableFuture<AdminResult> ask(AdminCommand command) {
        return ask(command, Limits.ASK_TIMEOUT_MILLIS);
    }

    CompletableFuture<AdminResult> ask(AdminCommand command, int timeoutMillis) {
        CompletableFuture<AdminResult> answer = new CompletableFuture<>();
        inbox.add(new Input.Ask(command, answer));
        return answer.orTimeout(timeoutMillis, TimeUnit.MILLISECONDS);
    }

    /**
     * Completed by the core's thread when it comes round: with true, unless a batch has been on its way to the disk for too long, a connection has
     * waited for its turn for too long, or the thread that verifies ahead has died or is stuck. Any thread.
     */
    CompletableFuture<Boolean> probe() {
        return probe(Limits.DISK_PATIENCE_MILLIS);
    }

    CompletableFuture<Boolean> probe(long diskPatienceMillis) {
        CompletableFuture<Boolean> alive = new CompletableFuture<>();
        inbox.add(new Input.Probe(diskPatienceMillis, alive));
        return alive;
    }

    /** The core's figures, a moment old. Any thread. */
    Figures figures() {
        return figures;
    }

    /** How long the connection whose turn is next has waited for it, a moment ago. Any thread. */
    long turnWaitedNanos() {
        return turnWaitedNanos;
    }

    /** Things that wait for the core's thread. Any thread. */
    int inputsWaiting() {
        return inbox.size();
    }

    /** Lets the core say goodbye, writes what is open, and ends both threads. Any thread; returns false if it took too long. */
    boolean stop() throws InterruptedException {
        inbox.add(new Input.Stop());
        return ended.await(Limits.STOP_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void run() {
        try {
            core.start(now());
            finishPass();
            while (!stopping) {
                takeInputs();
                sendMore();
                for (TimerId timer : timers.takeDue(System.nanoTime())) {
                    core.handle(new Event.TimerFired(timer), now());
                }
                finishPass();
            }
            while (writing) {
                becameDurable(written.take());
                finishPass();
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } catch (Throwable failed) {
            onFatal.accept(failed);
        } finally {
            diskThread.interrupt();
            ended.countDown();
        }
    }

    private void takeInputs() throws InterruptedException {
        if (isOpenBatchFull()) {
            becameDurable(written.take());
            return;
        }
        @Nullable Input next = inbox.poll(nanosToWait());
        long began = System.nanoTime();
        long now = began;
        int taken = 0;
        while (next != null) {
            if (isDear(next)) {
                // All others waited for the disk because of it.
                inbox.waitedFor(settle());
                now = System.nanoTime();
            }
            long waitingBytes = core.waitingFrameBytes();
            long openBytes = core.openBytes();
            take(next);
            long after = System.nanoTime();
            noteCost(next, after - now);
            metrics.inputTaken(after - now);
            inbox.charge(after
                    - now
                    + Limits.NANOS_PER_ANSWER_BYTE * Math.max(0, core.waitingFrameBytes() - waitingBytes)
                    + Limits.NANOS_PER_WRITTEN_BYTE * Math.max(0, core.openBytes() - openBytes));
            now = after;
            taken++;
            boolean more = !stopping
                    && !isOpenBatchFull()
                    && taken < Limits.INPUTS_PER_PASS_MAX
                    && now - began < Limits.PASS_NANOS_MAX
                    && core.openBytes() < Limits.OPEN_BATCH_WRITE_BYTES_MAX
                    && core.waitingFrameBytes() < Limits.WAITING_FRAME_BYTES_MAX;
            next = more ? inbox.poll() : null;
        }
    }

    /** Whether it may hold everybody up: a frame by its size, a step of a peer by what the one before has cost. */
    private boolean isDear(Input input) {
        if (input instanceof Input.GoOn step) {
            return dearPeers.contains(step.peer());
        }
        return input instanceof Input.Frame frame
                && frame.frame().length >= Limits.DEAR_FRAME_BYTES_MIN
                && !inbox.isDropped(frame);
    }

    private void noteCost(Input input, long nanos) {
        if (input instanceof Input.GoOn step) {
            if (nanos >= Limits.DEAR_STEP_NANOS_MIN) {
                dearPeers.add(step.peer());
            } else {
                dearPeers.remove(step.peer());
            }
        }
    }

    /**
     * What was done before a dear input becomes durable, and leaves, before that is begun with: else the acknowledgements of many would wait for the signatures of
     * one, however quick the disk is. A disk that is slower is not waited for. Returns how long nothing was done meanwhile, nanoseconds.
     */
    private long settle() throws InterruptedException {
        finishPass();
        long untilNanos = System.nanoTime() + Limits.DEAR_INPUT_WAITS_NANOS_MAX;
        long waitedNanos = 0;
        boolean goOn = writing;
        while (goOn) {
            long began = System.nanoTime();
            @Nullable Written done = written.poll(untilNanos - began, TimeUnit.NANOSECONDS);
            waitedNanos += System.nanoTime() - began;
            if (done != null) {
                becameDurable(done);
                finishPass();
            }
            goOn = done != null && writing;
        }
        return waitedNanos;
    }

    private long nanosToWait() {
        long toTimer = timers.nanosToNext(System.nanoTime());
        if (!moreToSend) {
            return toTimer;
        }
        return switch (pressure.get()) {
            case NONE -> 0;
            case NETWORKS -> Math.min(toTimer, nanosToNextLittle());
            case EVENT_LOOPS -> toTimer;
        };
    }

    private long nanosToNextLittle() {
        return Math.max(0, littleAtNanos + Limits.LITTLE_EVERY_NANOS - System.nanoTime());
    }

    /**
     * The core goes on sending, one round; a little one where networks have much to take as it is, so that whoever takes what comes is not kept from it by
     * those who do not. Not while event loops are behind.
     */
    private void sendMore() {
        if (!moreToSend) {
            return;
        }
        Pressure now = pressure.get();
        if (now == Pressure.NETWORKS && nanosToNextLittle() == 0) {
            littleAtNanos = System.nanoTime();
            sendMore(new Event.SendMore(true));
        } else if (now == Pressure.NONE) {
            sendMore(new Event.SendMore(false));
        }
    }

    private void sendMore(Event.SendMore round) {
        moreToSend = false;
        handle(round);
    }

    private boolean isOpenBatchFull() {
        return writing
                && (openInputs >= Limits.OPEN_BATCH_INPUTS_MAX
                        || openFrameBytes >= Limits.OPEN_BATCH_FRAME_BYTES_MAX
                        || core.openBytes() >= Limits.OPEN_BATCH_WRITE_BYTES_MAX
                        || core.waitingFrameBytes() >= Limits.WAITING_FRAME_BYTES_MAX);
    }

    private void take(Input input) {
        openInputs++;
        if (input instanceof Input.Frame frame) {
            openFrameBytes += frame.frame().length;
            if (!inbox.isDropped(frame)) {
                handle(switchboard.frame(frame.connection(), frame.frame()));
            }
            frame.connection().handled(frame.frame().length);
        } else if (input instanceof Input.Opened opened) {
            inbox.begin(opened.connection());
            handle(switchboard.opened(opened.connection()));
        } else if (input instanceof Input.Closed closed) {
            inbox.forget(closed.connection());
            handle(switchboard.closed(closed.connection()));
        } else if (input instanceof Input.GoOn more) {
            handle(switchboard.goOn(more.peer()));
        } else if (input instanceof Input.FrameBegun begun) {
            handle(new Event.LinkHeard(new LinkId(begun.connection().id())));
        } else if (input instanceof Input.PressureChanged changed) {
            switchboard.pressure(changed.connection()).ifPresent(this::handle);
        } else if (input instanceof Input.DialFailed failed) {
            handle(switchboard.dialFailed(failed.serverName(), failed.reasons()));
        } else if (input instanceof Input.Ask ask) {
            switchboard.ask(ask).ifPresent(this::handle);
        } else if (input instanceof Input.Probe probe) {
            probe.alive().complete(isWell(probe));
        } else if (input instanceof Input.DiskFree free) {
            handle(new Event.DiskState(free.bytes()));
        } else if (input instanceof Input.Stop) {
            stopping = true;
            handle(new Event.Stopping());
        }
    }

    private boolean isWell(Input.Probe probe) {
        long diskNanos = writing ? System.nanoTime() - writingSinceNanos : 0;
        return diskNanos <= TimeUnit.MILLISECONDS.toNanos(probe.diskPatienceMillis())
                && inbox.waitedNanos() <= TimeUnit.MILLISECONDS.toNanos(Limits.TURN_PATIENCE_MILLIS)
                && inbox.isWell();
    }

    private Now now() {
        return new Now(clock.millis(), TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos));
    }

    private void handle(Event event) {
        core.handle(event, now());
    }

    private void finishPass() throws InterruptedException {
        boolean again = true;
        while (again) {
            @Nullable Written done = written.poll();
            if (done != null) {
                becameDurable(done);
            }
            carryOut(core.drainImmediate());
            again = !writing && sealAndWrite();
        }
        switchboard.flush();
        moreToSend |= switchboard.takeMore();
        refreshFigures();
    }

    /** True if a batch went through without the disk, so that there may be more to do. */
    private boolean sealAndWrite() throws InterruptedException {
        Optional<Batch> sealed = seal();
        if (sealed.isPresent() && !writing) {
            carryOut(core.durable(sealed.get(), now()));
            return true;
        }
        return false;
    }

    /** Closes the open batch, if there is anything in it, and gives it to the disk, if there is anything to write. */
    private Optional<Batch> seal() throws InterruptedException {
        Optional<Batch> sealed = core.seal(now());
        openInputs = 0;
        openFrameBytes = 0;
        if (sealed.isPresent() && !sealed.get().writes().isEmpty()) {
            writing = true;
            writingSinceNanos = System.nanoTime();
            toWrite.put(sealed.get());
        }
        return sealed;
    }

    /** A batch is on disk. The disk goes on with the next one while the effects of this one are carried out. */
    private void becameDurable(Written done) throws InterruptedException {
        writing = false;
        if (done.failure().isPresent()) {
            throw new DiskFailedException(done.failure().get());
        }
        core.landed(done.batch());
        Optional<Batch> next = seal();
        carryOut(core.durable(done.batch(), now()));
        if (next.isPresent() && !writing) {
            carryOut(core.durable(next.get(), now()));
        }
    }

    private void carryOut(List<Effect> effects) {
        long monotonicMillis = now().monotonicMillis();
        for (Effect effect : effects) {
            switchboard.carryOut(effect, monotonicMillis);
        }
    }

    private void refreshFigures() {
        long now = System.nanoTime();
        if (now - figuresAtNanos >= TimeUnit.MILLISECONDS.toNanos(Limits.FIGURES_AGE_MILLIS_MAX)) {
            figuresAtNanos = now;
            figures = core.figures();
            turnWaitedNanos = inbox.waitedNanos();
        }
    }

    private void writeBatches() {
        try {
            while (true) {
                Batch batch = toWrite.take();
                long start = System.nanoTime();
                Optional<Throwable> failure = write(batch);
                metrics.batchWritten(System.nanoTime() - start, batch.writes().sizeBytes());
                written.put(new Written(batch, failure));
                inbox.add(new Input.Wake());
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    private Optional<Throwable> write(Batch batch) {
        try {
            store.write(batch.writes());
            return Optional.empty();
        } catch (RuntimeException | Error failed) {
            return Optional.of(failed);
        }
    }
}
