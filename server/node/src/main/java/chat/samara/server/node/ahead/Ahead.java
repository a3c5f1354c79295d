package chat.samara.server.node.ahead;

import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import chat.samara.server.node.ahead.Turn.Outcome;
import chat.samara.wire.frame.BroughtKeyPackages;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies the KeyPackages that frames bring before the core does, which then finds their signatures remembered ({@link
 * chat.samara.mls.crypto.Primitives#rememberSignatures}). One thread does it: a second one would take the core's processor on a small machine.
 *
 * <p>It does a part of a frame at a time, {@link Limits#SIGNATURES_OF_A_PART} signatures, and then of whichever is next: {@link Lanes} says which. Of each sender only so many KeyPackages
 * are verified at a time ({@link Limits}): what the core would refuse without a look at a signature must not cost one here, again and again. What is not verified here, for whatever
 * reason, the core verifies.
 *
 * <p>Nothing is refused and nothing lost here: whatever happens to the thread, each {@link Turn} ends.
 */
public final class Ahead implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ahead.class);

    private final LongSupplier nanos;
    private final Signatures.Checks checks;
    private final Thread thread = new Thread(this::run, "samara-ahead");

    /** Guarded by this. */
    private final Lanes lanes = new Lanes();

    /** Guarded by this. */
    private boolean ended;

    /** Guarded by this. */
    private long faults;

    /** Guarded by this. */
    private OptionalLong faultSaidAtNanos = OptionalLong.empty();

    private volatile boolean died;

    /** Since when the thread is at a part. */
    private volatile OptionalLong atPartSinceNanos = OptionalLong.empty();

    // The thread's only.
    private final Rates<String> rates = new Rates<>(Limits.RATES_KEPT_MAX);

    /** @param nanos time that passes */
    public Ahead(LongSupplier nanos) {
        this(nanos, Signatures.Checks.REAL);
    }

    /** @param checks what is done with each KeyPackage */
    Ahead(LongSupplier nanos, Signatures.Checks checks) {
        this.nanos = nanos;
        this.checks = checks;
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /**
     * A frame that may bring enough KeyPackages has a turn; empty of all others, which are for the core at once. Where too much waits, a turn is over at once: this one, or one of whoever has
     * most that waits; and where nothing is verified any more, each is. Little is read of it. Any thread.
     *
     * @param whose the sender's name, of all its connections
     * @param frame is not changed any more
     * @param isGone whether nobody is there any more to be answered; any thread
     * @param whenOver told once, on any thread, also before this has returned
     */
    public Optional<Turn> turn(String whose, Turn.Kind kind, byte[] frame, BooleanSupplier isGone, Runnable whenOver) {
        if (frame.length < Limits.FRAME_BYTES_MIN || !mayBringAny(kind, frame)) {
            return Optional.empty();
        }
        Turn turn = new Turn(whose, kind, frame, isGone, whenOver);
        List<Turn> without;
        synchronized (this) {
            without = ended ? List.of(turn) : lanes.add(turn);
            notifyAll();
        }
        without.forEach(it -> end(it, Outcome.LEFT_TO_THE_CORE));
        return Optional.of(turn);
    }

    private static boolean mayBringAny(Turn.Kind kind, byte[] frame) {
        return kind == Turn.Kind.MEMBER
                ? BroughtKeyPackages.mayBeInClientFrame(frame)
                : BroughtKeyPackages.mayBeInPeerFrame(frame);
    }

    /** Frames that wait for their turn. Any thread. */
    public synchronized int waiting() {
        return lanes.waiting();
    }

    /** How often something broke that must not, each time at the cost of one frame being left to the core. Any thread. */
    public synchronized long faults() {
        return faults;
    }

    /** Whether its thread is there, and not at one part for longer than any can take. Any thread. */
    public boolean isWell() {
        OptionalLong since = atPartSinceNanos;
        return !died && (since.isEmpty() || nanos.getAsLong() - since.getAsLong() <= Limits.PART_NANOS_PATIENCE);
    }

    /** Ends the thread, and all turns with it. Any thread. */
    @Override
    public void close() {
        drain().forEach(it -> end(it, Outcome.LEFT_TO_THE_CORE));
    }

    private synchronized List<Turn> drain() {
        ended = true;
        notifyAll();
        return lanes.drain();
    }

    private void run() {
        try {
            while (isThereMore()) {
                goOn();
            }
        } catch (InterruptedException | RuntimeException | Error fault) {
            died = true;
            LOG.error(
                    "the thread has died that verifies KeyPackages ahead of the core, which does it by itself from now on and takes longer for it; restart the server",
                    fault);
        } finally {
            List<Turn> left = drain();
            left.forEach(Turn::forget);
            left.forEach(it -> end(it, Outcome.LEFT_TO_THE_CORE));
        }
    }

    private synchronized boolean isThereMore() throws InterruptedException {
        while (!ended && lanes.isEmpty()) {
            wait();
        }
        return !ended;
    }

    /** Verifies a part of what is next; returns false if nothing waits. The verifying thread. */
    boolean goOn() {
        Lanes.Next next;
        synchronized (this) {
            if (lanes.isEmpty()) {
                return false;
            }
            next = lanes.next();
        }
        atPartSinceNanos = OptionalLong.of(nanos.getAsLong());
        Turn turn = next.turn();
        int costs = costs(turn);
        @Nullable Outcome outcome = part(turn);
        synchronized (this) {
            lanes.pay(next, costs);
            if (outcome != null) {
                lanes.done(next);
            }
        }
        if (outcome != null) {
            turn.forget();
            end(turn, outcome);
        }
        atPartSinceNanos = OptionalLong.empty();
        return true;
    }

    /** What the next part of it costs, in signatures: a frame is read first. */
    private static int costs(Turn turn) {
        return Limits.SIGNATURES_OF_A_PART
                + (turn.signatures() == null ? turn.frameBytes() / Limits.BYTES_READ_FOR_A_SIGNATURE : 0);
    }

    /** Returns how its turn ends, or null if there is more to do. */
    private @Nullable Outcome part(Turn turn) {
        try {
            if (turn.isGone()) {
                return Outcome.DROPPED;
            }
            @Nullable Signatures signatures = turn.signatures();
            if (signatures == null) {
                signatures = look(turn);
            }
            return signatures == null
                    ? Outcome.LEFT_TO_THE_CORE
                    : switch (signatures.verify(turn::isGone)) {
                        case MORE -> null;
                        case DONE -> Outcome.VERIFIED;
                        case GONE -> Outcome.DROPPED;
                    };
        } catch (RuntimeException | Error fault) {
            say("the core verifies by itself what " + turn.whose() + " has sent", fault);
            return Outcome.LEFT_TO_THE_CORE;
        }
    }

    /** Reads the frame, unless its sender has brought so many lately that the core verifies none; then null. */
    private @Nullable Signatures look(Turn turn) {
        Rate rate = turn.kind() == Turn.Kind.MEMBER ? Limits.OF_A_MEMBER : Limits.OF_A_PEER;
        long millis = TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong());
        if (rates.left(turn.whose(), rate, millis) <= 0) {
            return null;
        }
        Signatures signatures = turn.look(checks);
        int wanted = Math.min(signatures.keyPackages(), rate.atOnceMax());
        return rates.tryTake(turn.whose(), wanted, rate, millis) ? signatures : null;
    }

    private void end(Turn turn, Outcome outcome) {
        try {
            turn.end(outcome);
        } catch (RuntimeException | Error fault) {
            say("the core may come later to what " + turn.whose() + " has sent", fault);
        }
    }

    /** Not each: whoever finds out how to make one could fill the log. */
    private synchronized void say(String consequence, Throwable fault) {
        faults++;
        long now = nanos.getAsLong();
        if (faultSaidAtNanos.isEmpty() || now - faultSaidAtNanos.getAsLong() >= Limits.FAULT_SAID_EVERY_NANOS) {
            faultSaidAtNanos = OptionalLong.of(now);
            LOG.error(
                    "a fault where KeyPackages are verified ahead of the core, number {}: {}",
                    faults,
                    consequence,
                    fault);
        }
    }
}
