package chat.samara.server.node.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.TimerId;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.ScanVisitor;
import chat.samara.server.core.store.Snapshot;
import chat.samara.server.core.store.Store;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.node.ahead.Ahead;
import chat.samara.server.node.ahead.KeyPackages;
import chat.samara.server.node.transport.Connection;
import chat.samara.server.node.transport.Pressure;
import chat.samara.server.node.transport.Protocol;
import chat.samara.server.node.transport.TestConnections;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CoreLoopTest {
    private final FakeCore core = new FakeCore();
    private final SlowStore store = new SlowStore();
    private volatile boolean aheadDies;
    private final Ahead ahead = new Ahead(this::nanosAhead);
    private final Inbox inbox = new Inbox(ahead);
    private volatile Pressure pressure = Pressure.NONE;
    private final List<Throwable> fatal = new CopyOnWriteArrayList<>();
    private final CoreLoop loop = new CoreLoop(
            core,
            store,
            Clock.systemUTC(),
            inbox,
            (name, addresses, operatorsOwn) -> {},
            () -> pressure,
            new NoMetrics(),
            fatal::add);

    private long nanosAhead() {
        if (aheadDies) {
            throw new IllegalStateException("planted");
        }
        return System.nanoTime();
    }

    @AfterEach
    void stop() throws InterruptedException {
        store.mayWrite.release(1_000_000);
        boolean unused = loop.stop();
        ahead.close();
    }

    @Test
    void oneWriteCarriesEverythingThatCameWhileTheDiskWasBusy() {
        loop.start();
        inbox.add(new Input.DiskFree(1));
        await().until(() -> store.waiting == 1);
        for (int i = 2; i <= 100; i++) {
            inbox.add(new Input.DiskFree(i));
        }
        await().until(() -> core.events.size() == 100);
        assertThat(core.durable).isEmpty();
        store.mayWrite.release(2);
        await().until(() -> core.durable.size() == 2);
        assertThat(store.rows()).isEqualTo(100);
    }

    @Test
    void effectsOfABatchLeaveOnlyAfterItsWrite() {
        core.onDurable = Optional.of(new Effect.AdminReply(1, new AdminResult.Done()));
        loop.start();
        CompletableFuture<AdminResult> answer = loop.ask(new AdminCommand.ShowStatus());
        await().until(() -> store.waiting == 1);
        assertThat(answer).isNotDone();
        store.mayWrite.release();
        await().until(answer::isDone);
        assertThat(answer.join()).isEqualTo(new AdminResult.Done());
    }

    @Test
    void theDiskGoesOnWithTheNextBatchWhileEffectsOfTheLastAreMade() {
        List<String> order = new CopyOnWriteArrayList<>();
        core.onLanded = batch -> order.add("landed " + batch.number() + ", given to the disk " + store.waiting);
        core.beforeDurable = batch -> {
            if (batch.number() == 1) {
                await().until(() -> store.waiting == 2);
            }
            order.add("durable " + batch.number());
        };
        loop.start();
        inbox.add(new Input.DiskFree(1));
        await().until(() -> store.waiting == 1);
        inbox.add(new Input.DiskFree(2));
        await().until(() -> core.events.size() == 2);
        store.mayWrite.release(2);
        await().until(() -> core.durable.size() == 2);
        assertThat(order)
                .containsExactly(
                        "landed 1, given to the disk 1", "durable 1", "landed 2, given to the disk 2", "durable 2");
        assertThat(fatal).isEmpty();
    }

    @Test
    void whatWasDoneIsDurableAndLeavesBeforeALargeFrameIsTaken() {
        Connection member = TestConnections.of(1, Protocol.CLIENT);
        AtomicReference<List<Long>> durableBefore = new AtomicReference<>(List.of());
        AtomicBoolean taken = new AtomicBoolean();
        core.onDurable = Optional.of(new Effect.AdminReply(1, new AdminResult.Done()));
        core.beforeHandled = event -> {
            if (event instanceof Event.SessionFrame) {
                durableBefore.set(List.copyOf(core.durable));
                taken.set(true);
            }
        };
        loop.start();
        CompletableFuture<AdminResult> answer = loop.ask(new AdminCommand.ShowStatus());
        await().until(() -> store.waiting == 1);
        inbox.opened(member);
        await().until(() -> core.events.size() == 2);
        inbox.frame(member, new byte[Limits.DEAR_FRAME_BYTES_MIN]);
        await().until(() -> loop.inputsWaiting() == 0);
        store.mayWrite.release(2);
        await().untilTrue(taken);
        assertThat(durableBefore.get())
                .as("the answer, and what came while it was written")
                .containsExactly(1L, 2L);
        assertThat(answer).isDone();
    }

    @Test
    void aLargeFrameDoesNotWaitForADiskThatIsStuck() {
        Connection member = TestConnections.of(1, Protocol.CLIENT);
        loop.start();
        inbox.opened(member);
        await().until(() -> store.waiting == 1);
        inbox.frame(member, new byte[Limits.DEAR_FRAME_BYTES_MIN]);
        await().until(() -> core.events.size() == 2);
        assertThat(core.durable).isEmpty();
    }

    @Test
    void whoSendsALargeFrameOwesTheTimeInWhichAllWaitedForTheDiskBecauseOfIt() {
        Connection mallory = TestConnections.of(1, Protocol.CLIENT);
        Connection alice = TestConnections.of(2, Protocol.CLIENT);
        List<Long> order = new CopyOnWriteArrayList<>();
        core.beforeHandled = event -> {
            if (event instanceof Event.SessionFrame frame) {
                order.add(frame.session().number());
            }
        };
        loop.start();
        inbox.opened(mallory);
        await().until(() -> store.waiting == 1);
        core.writes = false;
        inbox.opened(alice);
        await().until(() -> core.events.size() == 2);
        inbox.frame(mallory, new byte[Limits.DEAR_FRAME_BYTES_MIN]);
        // The disk is stuck for as long as it is waited for.
        await().until(() -> order.size() == 1);
        CountDownLatch filled = new CountDownLatch(1);
        core.beforeHandled = event -> {
            awaitQuietly(filled);
            if (event instanceof Event.SessionFrame frame) {
                order.add(frame.session().number());
            }
        };
        inbox.add(new Input.DiskFree(1));
        for (int i = 0; i < 50; i++) {
            inbox.frame(mallory, new byte[1]);
            inbox.frame(alice, new byte[1]);
        }
        filled.countDown();
        await().until(() -> order.size() == 101);
        assertThat(order.subList(1, 51)).as("who had waited has its turn first").containsOnly(2L);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aFrameThatBringsKeyPackagesHoldsUpWhatIsBehindItAndNobodyElseUntilTheseAreVerified() {
        core.writes = false;
        Connection member = TestConnections.of(1, Protocol.CLIENT);
        Connection other = TestConnections.of(2, Protocol.CLIENT);
        byte[] dear = new KeyPackages().published(60);
        byte[] cheap = {1};
        loop.start();
        inbox.opened(member);
        inbox.opened(other);
        inbox.frame(member, cheap);
        inbox.frame(member, dear);
        inbox.frame(member, cheap);
        inbox.frame(other, cheap);
        await().until(() -> framesOf(other).size() == 1);
        await().until(() -> framesOf(member).size() == 1);
        assertThat(loop.inputsWaiting()).isEqualTo(2);
        ahead.start();
        await().until(() -> framesOf(member).size() == 3);
        assertThat(framesOf(member))
                .containsExactly(Bytes.wrapUnsafe(cheap), Bytes.wrapUnsafe(dear), Bytes.wrapUnsafe(cheap));
    }

    @Test
    void whatWaitsOfASenderThatHasGoneIsDroppedAndItsBytesAreGivenBack() {
        core.writes = false;
        Connection member = TestConnections.of(1, Protocol.CLIENT);
        byte[] dear = new KeyPackages().published(60);
        loop.start();
        inbox.opened(member);
        inbox.frame(member, dear);
        inbox.frame(member, dear);
        inbox.frame(member, new byte[] {1});
        TestConnections.goes(member);
        inbox.closed(member);
        ahead.start();
        await().until(() -> core.events.contains(new Event.SessionClosed(new SessionId(1))));
        assertThat(framesOf(member)).isEmpty();
        assertThat(TestConnections.givenBackBytes(member)).isGreaterThan(2L * dear.length);
        assertThat(loop.inputsWaiting()).isZero();
    }

    private List<Bytes> framesOf(Connection connection) {
        return core.events.stream()
                .filter(Event.SessionFrame.class::isInstance)
                .map(Event.SessionFrame.class::cast)
                .filter(it -> it.session().number() == connection.id())
                .map(Event.SessionFrame::frame)
                .toList();
    }

    @Test
    void stoppingDoesNotWaitForWhatIsVerifiedAhead() throws Exception {
        core.writes = false;
        Connection member = TestConnections.of(1, Protocol.CLIENT);
        loop.start();
        inbox.opened(member);
        inbox.frame(member, new KeyPackages().published(60));
        await().until(() -> core.events.size() == 1);
        assertThat(loop.stop()).isTrue();
        assertThat(core.events).endsWith(new Event.Stopping());
        assertThat(framesOf(member)).isEmpty();
    }

    @Test
    void aBatchWithoutWritesWaitsForTheOneBeforeIt() {
        loop.start();
        inbox.add(new Input.DiskFree(1));
        await().until(() -> store.waiting == 1);
        core.writes = false;
        inbox.add(new Input.DiskFree(2));
        await().until(() -> core.events.size() == 2);
        store.mayWrite.release();
        await().until(() -> core.durable.size() == 2);
        assertThat(core.durable).containsExactly(1L, 2L);
        assertThat(store.waiting).isEqualTo(1);
    }

    @Test
    void batchesWithoutWritesDoNotTouchTheDisk() {
        core.writes = false;
        loop.start();
        inbox.add(new Input.DiskFree(1));
        await().until(() -> core.durable.size() == 1);
        assertThat(store.waiting).isZero();
    }

    @Test
    void immediateEffectsDoNotWaitForTheDisk() {
        loop.start();
        inbox.add(new Input.DiskFree(1));
        await().until(() -> store.waiting == 1);
        core.immediate = Optional.of(new Effect.AdminReply(1, new AdminResult.Done()));
        assertThat(loop.ask(new AdminCommand.ShowStatus()).join()).isEqualTo(new AdminResult.Done());
        assertThat(core.durable).isEmpty();
    }

    private long rounds(boolean little) {
        return core.events.stream().filter(new Event.SendMore(little)::equals).count();
    }

    @Test
    void moreIsSentWhenEventLoopsHaveGotToWhatWasSentAndNotBefore() {
        core.writes = false;
        pressure = Pressure.EVENT_LOOPS;
        core.onDurable = Optional.of(new Effect.SendMore());
        loop.start();
        inbox.add(new Input.DiskFree(1));
        await().until(() -> core.durable.size() == 1);
        inbox.add(new Input.DiskFree(2));
        await().until(() -> core.durable.size() == 2);
        assertThat(core.events).containsExactly(new Event.DiskState(1), new Event.DiskState(2));
        pressure = Pressure.NONE;
        inbox.pressureEased();
        await().until(() -> rounds(false) > 1);
        assertThat(rounds(true)).isZero();
    }

    @Test
    void onlyALittleIsSentWhileNetworksHaveMuchToTake() {
        core.writes = false;
        pressure = Pressure.NETWORKS;
        core.onDurable = Optional.of(new Effect.SendMore());
        loop.start();
        inbox.add(new Input.DiskFree(1));
        await().until(() -> rounds(true) > 1);
        assertThat(rounds(false)).isZero();
        pressure = Pressure.NONE;
        inbox.pressureEased();
        await().until(() -> rounds(false) > 1);
    }

    @Test
    void aFailedWriteIsFatalAndNothingThatWaitedForItLeaves() throws Exception {
        store.failure = Optional.of(new StoreException(StoreException.Kind.IO, "no space left on device"));
        core.onDurable = Optional.of(new Effect.AdminReply(1, new AdminResult.Done()));
        loop.start();
        CompletableFuture<AdminResult> answer = loop.ask(new AdminCommand.ShowStatus());
        store.mayWrite.release();
        await().until(() -> fatal.size() == 1);
        assertThat(fatal.get(0)).hasRootCauseMessage("no space left on device");
        assertThat(answer).isNotDone();
        assertThat(store.waiting).as("writes tried").isEqualTo(1);
    }

    @Test
    void anExceptionInTheCoreIsFatal() {
        core.failure = Optional.of(new IllegalStateException("a bug"));
        loop.start();
        inbox.add(new Input.DiskFree(1));
        await().until(() -> fatal.size() == 1);
        assertThat(fatal.get(0)).hasMessage("a bug");
    }

    @Test
    void takesNothingMoreWhileTheDiskIsStuckAndTheOpenBatchIsFull() {
        loop.start();
        inbox.add(new Input.DiskFree(0));
        await().until(() -> store.waiting == 1);
        int over = Limits.OPEN_BATCH_INPUTS_MAX + 10_000;
        for (int i = 0; i < over; i++) {
            inbox.add(new Input.Wake());
        }
        await().until(() -> loop.inputsWaiting() <= 10_000);
        await().during(Duration.ofMillis(200)).until(() -> loop.inputsWaiting() >= 9_999);
        store.mayWrite.release(2);
        await().until(() -> loop.inputsWaiting() == 0);
    }

    @Test
    void takesNothingMoreWhileTheDiskIsStuckAndTheOpenBatchWritesMuch() {
        core.rowBytes = 1 << 20;
        int full = (int) (Limits.OPEN_BATCH_WRITE_BYTES_MAX / core.rowBytes);
        loop.start();
        inbox.add(new Input.DiskFree(0));
        await().until(() -> store.waiting == 1);
        for (int i = 0; i < 3 * full; i++) {
            inbox.add(new Input.DiskFree(i));
        }
        await().until(() -> core.events.size() == 1 + full);
        await().during(Duration.ofMillis(200)).until(() -> core.events.size() == 1 + full);
        store.mayWrite.release(10);
        await().until(() -> core.events.size() == 1 + 3 * full);
    }

    private static final int MEBIBYTE = 1 << 20;

    @Test
    void takesNothingMoreWhileTheDiskIsStuckAndAsManyBytesOfAnswersWait() {
        core.answerBytes = event -> MEBIBYTE;
        int full = (int) (Limits.WAITING_FRAME_BYTES_MAX / MEBIBYTE);
        loop.start();
        inbox.add(new Input.DiskFree(0));
        await().until(() -> store.waiting == 1);
        for (int i = 0; i < 5 * full; i++) {
            inbox.add(new Input.DiskFree(i));
        }
        await().until(() -> core.events.size() == full);
        await().during(Duration.ofMillis(200)).until(() -> core.events.size() == full);
        store.mayWrite.release(100);
        await().until(() -> core.events.size() == 1 + 5 * full);
    }

    @Test
    void letsAnswersLeaveWhenSoManyBytesOfThemWaitAlsoIfMoreHasCome() {
        core.writes = false;
        core.answerBytes = event -> MEBIBYTE;
        int full = (int) (Limits.WAITING_FRAME_BYTES_MAX / MEBIBYTE);
        List<Integer> handledBefore = new CopyOnWriteArrayList<>();
        core.beforeDurable = batch -> handledBefore.add(core.events.size());
        for (int i = 0; i < 5 * full; i++) {
            inbox.add(new Input.DiskFree(i));
        }
        loop.start();
        await().until(() -> core.events.size() == 5 * full && handledBefore.contains(5 * full));
        int last = 0;
        for (int handled : handledBefore) {
            assertThat(handled - last).as("answers that left together").isLessThanOrEqualTo(full);
            last = handled;
        }
    }

    @Test
    void whoIsAnsweredMuchOwesForTheBytes() {
        Connection mallory = TestConnections.of(1, Protocol.CLIENT);
        Connection alice = TestConnections.of(2, Protocol.CLIENT);
        core.writes = false;
        core.answerBytes = event ->
                event instanceof Event.SessionFrame frame && frame.session().number() == mallory.id() ? MEBIBYTE : 0;
        inbox.opened(mallory);
        inbox.opened(alice);
        for (int i = 0; i < 50; i++) {
            inbox.frame(mallory, new byte[1]);
            inbox.frame(alice, new byte[1]);
        }
        loop.start();
        await().until(() -> core.events.size() == 102);
        long alicesFirst = core.events.stream()
                .filter(Event.SessionFrame.class::isInstance)
                .limit(51)
                .filter(event -> ((Event.SessionFrame) event).session().number() == alice.id())
                .count();
        assertThat(alicesFirst).as("of the first 51 frames").isGreaterThanOrEqualTo(25);
    }

    @Test
    void isNotWellWhileABatchHasBeenOnItsWayToTheDiskForTooLong() {
        loop.start();
        assertThat(loop.probe(0).join()).isTrue();
        inbox.add(new Input.DiskFree(1));
        await().until(() -> store.waiting == 1);
        await().until(() -> !loop.probe(50).join());
        assertThat(loop.probe().join()).isTrue();
        store.mayWrite.release(2);
        await().until(() -> loop.probe(50).join());
    }

    @Test
    void isNotWellIfTheThreadThatVerifiesAheadHasDiedAndTakesAllTheSame() {
        core.writes = false;
        Connection member = TestConnections.of(1, Protocol.CLIENT);
        byte[] dear = new KeyPackages().published(60);
        loop.start();
        inbox.opened(member);
        assertThat(loop.probe().join()).isTrue();
        aheadDies = true;
        inbox.frame(member, dear);
        ahead.start();
        await().until(() -> framesOf(member).size() == 1);
        inbox.frame(member, dear);
        await().until(() -> framesOf(member).size() == 2);
        assertThat(loop.probe().join()).isFalse();
    }

    @Test
    void isNotWellWhileSomebodyHasWaitedForItsTurnForTooLong() throws InterruptedException {
        AtomicLong nanos = new AtomicLong();
        Inbox waiting = new Inbox(ahead, nanos::get);
        CoreLoop watched = new CoreLoop(
                core,
                store,
                Clock.systemUTC(),
                waiting,
                (name, addresses, operatorsOwn) -> {},
                () -> Pressure.NONE,
                new NoMetrics(),
                fatal::add);
        core.writes = false;
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        core.beforeHandled = event -> {
            if (event instanceof Event.DiskState) {
                busy.countDown();
                awaitQuietly(done);
            }
        };
        watched.start();
        watched.diskFree(1);
        busy.await();
        waiting.opened(TestConnections.of(1, Protocol.CLIENT));
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(Limits.TURN_PATIENCE_MILLIS) + 1);
        CompletableFuture<Boolean> meanwhile = watched.probe();
        done.countDown();
        assertThat(meanwhile.join()).isFalse();
        await().until(() -> core.events.size() == 2);
        assertThat(watched.probe().join()).isTrue();
        assertThat(watched.stop()).isTrue();
    }

    @Test
    void timersFireWhenTheyAreDue() {
        core.immediate = Optional.of(new Effect.SetTimer(TimerId.TICK, 50));
        loop.start();
        await().until(core::sawTimer);
    }

    @Test
    void aQuestionWithoutAnAnswerFailsInTime() {
        core.writes = false;
        loop.start();
        CompletableFuture<AdminResult> answer = loop.ask(new AdminCommand.ShowStatus(), 100);
        await().until(answer::isDone);
        assertThatThrownBy(answer::get).isInstanceOf(ExecutionException.class);
    }

    @Test
    void stoppingTellsTheCoreAndWritesWhatIsOpen() throws Exception {
        store.mayWrite.release(100);
        loop.start();
        inbox.add(new Input.DiskFree(7));
        assertThat(loop.stop()).isTrue();
        assertThat(core.events).endsWith(new Event.DiskState(7), new Event.Stopping());
        assertThat(core.durable).hasSize(core.sealed.get());
        assertThat(store.rows()).isEqualTo(2);
    }

    private static final class NoMetrics implements LoopMetrics {
        @Override
        public void batchWritten(long nanos, long bytes) {
            // Nobody asks.
        }

        @Override
        public void inputTaken(long nanos) {
            // Nobody asks.
        }
    }

    /** Writes only when it is let. */
    private static final class SlowStore implements Store {
        final Semaphore mayWrite = new Semaphore(0);
        volatile int waiting;
        volatile Optional<StoreException> failure = Optional.empty();
        private final MemoryStore memory = new MemoryStore();

        @Override
        public Optional<byte[]> get(Table table, byte[] key) {
            return memory.get(table, key);
        }

        @Override
        public void scan(Table table, byte[] fromInclusive, byte[] toExclusive, ScanVisitor visitor) {
            memory.scan(table, fromInclusive, toExclusive, visitor);
        }

        @Override
        public Snapshot snapshot() {
            return memory.snapshot();
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // Only the disk thread writes.
        public void write(WriteBatch batch) {
            waiting++;
            mayWrite.acquireUninterruptibly();
            failure.ifPresent(f -> {
                throw f;
            });
            memory.write(batch);
        }

        int rows() {
            int[] rows = {0};
            memory.scan(Table.META, new byte[0], new byte[0], (key, value) -> {
                rows[0]++;
                return true;
            });
            return rows[0];
        }
    }
}
