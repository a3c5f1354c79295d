package chat.samara.server.node.ahead;

import chat.samara.mls.MlsException;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.frame.BroughtKeyPackages;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies the KeyPackages that frames bring before the core does, which then finds their signatures remembered ({@link
 * chat.samara.mls.crypto.Primitives#rememberSignatures}). One thread does it: a second one would take the core's processor on a small machine.
 *
 * <p>Senders have their turns, one frame each, however many connections they have. Of each only so many KeyPackages are verified at a time ({@link Limits}): what the
 * core would refuse without a look at a signature must not cost one here, again and again. The first signature that is not good ends a frame's turn, since
 * the core refuses the frame by it, in this very order: certificates first. What is not verified here, for whatever reason, the core verifies.
 *
 * <p>Nothing is refused and nothing lost here: whatever happens to the thread, each {@link Turn} ends.
 */
public final class Ahead implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ahead.class);

    private final LongSupplier nanos;
    private final BiPredicate<List<KeyPackageIn>, BooleanSupplier> verifying;
    private final Thread thread = new Thread(this::run, "samara-ahead");

    /** Of each sender, what came first is first; the senders in the order of their turns. Guarded by this. */
    private final Map<String, Deque<Turn>> waiting = new LinkedHashMap<>();

    /** Guarded by this. */
    private long waitingBytes;

    /** Guarded by this. */
    private boolean ended;

    // The thread's only.
    private final Rates<String> rates = new Rates<>(Limits.RATES_KEPT_MAX);

    /** Who has sent a frame. */
    public enum Kind {
        MEMBER,
        PEER
    }

    /** A frame that is not for the core yet. */
    public static final class Turn {
        private final String whose;
        private final Kind kind;
        private final byte[] frame;
        private final BooleanSupplier isGone;
        private final Runnable whenOver;
        private volatile boolean over;
        private volatile boolean dropped;
        private volatile boolean verified;

        private Turn(String whose, Kind kind, byte[] frame, BooleanSupplier isGone, Runnable whenOver) {
            this.whose = whose;
            this.kind = kind;
            this.frame = frame;
            this.isGone = isGone;
            this.whenOver = whenOver;
        }

        /** Whether it is for the core now. Any thread. */
        public boolean isOver() {
            return over;
        }

        /** Of what is over: whether its sender was gone by then, so that nobody needs it. Any thread. */
        public boolean isDropped() {
            return dropped;
        }

        /** Of what is over: whether all was verified that it brings, or something refused. Any thread. */
        public boolean isVerified() {
            return verified;
        }

        private void end() {
            over = true;
            whenOver.run();
        }
    }

    /** @param nanos time that passes */
    public Ahead(LongSupplier nanos) {
        this(nanos, Ahead::verify);
    }

    /** @param verifying what is done with KeyPackages whose sender may go meanwhile: returns whether it has not */
    Ahead(LongSupplier nanos, BiPredicate<List<KeyPackageIn>, BooleanSupplier> verifying) {
        this.nanos = nanos;
        this.verifying = verifying;
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /**
     * A frame that may bring enough KeyPackages has a turn, which is over at once where too much waits; empty of all others, which are for the core at once. Little is read of it. Any thread.
     *
     * @param whose the sender's name, of all its connections
     * @param frame is not changed any more
     * @param isGone whether nobody is there any more to be answered; any thread
     * @param whenOver told once, on any thread, also before this has returned; not of a turn that is over when this returns it
     */
    public Optional<Turn> turn(String whose, Kind kind, byte[] frame, BooleanSupplier isGone, Runnable whenOver) {
        if (frame.length < Limits.FRAME_BYTES_MIN || !mayBringAny(kind, frame)) {
            return Optional.empty();
        }
        Turn turn = new Turn(whose, kind, frame, isGone, whenOver);
        synchronized (this) {
            if (ended) {
                return Optional.empty();
            }
            if (waitingBytes + frame.length > Limits.WAITING_BYTES_MAX) {
                turn.over = true;
                return Optional.of(turn);
            }
            waitingBytes += frame.length;
            waiting.computeIfAbsent(whose, it -> new ArrayDeque<>()).add(turn);
            notifyAll();
        }
        return Optional.of(turn);
    }

    private static boolean mayBringAny(Kind kind, byte[] frame) {
        return kind == Kind.MEMBER
                ? BroughtKeyPackages.mayBeInClientFrame(frame)
                : BroughtKeyPackages.mayBeInPeerFrame(frame);
    }

    /** Frames that wait for their turn. Any thread. */
    public synchronized int waiting() {
        return waiting.values().stream().mapToInt(Deque::size).sum();
    }

    /** Ends the thread, and all turns with it. Any thread. */
    @Override
    public void close() {
        thread.interrupt();
        end();
    }

    private void run() {
        try {
            while (true) {
                Turn turn = next();
                try {
                    take(turn);
                } finally {
                    turn.end();
                }
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } finally {
            end();
        }
    }

    private synchronized Turn next() throws InterruptedException {
        while (waiting.isEmpty()) {
            wait();
        }
        Iterator<Map.Entry<String, Deque<Turn>>> senders = waiting.entrySet().iterator();
        Map.Entry<String, Deque<Turn>> sender = senders.next();
        senders.remove();
        Deque<Turn> turns = sender.getValue();
        Turn turn = turns.remove();
        waitingBytes -= turn.frame.length;
        if (!turns.isEmpty()) {
            waiting.put(turn.whose, turns);
        }
        return turn;
    }

    private void end() {
        List<Turn> left;
        synchronized (this) {
            ended = true;
            left = waiting.values().stream().flatMap(Deque::stream).toList();
            waiting.clear();
        }
        left.forEach(Turn::end);
    }

    private void take(Turn turn) {
        try {
            Rate rate = turn.kind == Kind.MEMBER ? Limits.OF_A_MEMBER : Limits.OF_A_PEER;
            long millis = TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong());
            if (turn.isGone.getAsBoolean()) {
                turn.dropped = true;
            } else if (rates.left(turn.whose, rate, millis) > 0) {
                List<KeyPackageIn> brought = brought(turn);
                int wanted = Math.min(brought.size(), rate.atOnceMax());
                if (rates.tryTake(turn.whose, wanted, rate, millis)) {
                    turn.verified = verifying.test(brought, turn.isGone);
                    turn.dropped = !turn.verified;
                }
            }
        } catch (RuntimeException | Error bug) {
            LOG.warn("the core verifies by itself what {} has sent: {}", turn.whose, bug.toString());
        }
    }

    private static List<KeyPackageIn> brought(Turn turn) {
        return turn.kind == Kind.MEMBER
                ? BroughtKeyPackages.inClientFrame(turn.frame)
                : BroughtKeyPackages.inPeerFrame(turn.frame);
    }

    /** Returns false where the sender has gone meanwhile. */
    static boolean verify(List<KeyPackageIn> brought, BooleanSupplier isGone) {
        try {
            for (KeyPackageIn keyPackage : brought) {
                if (isGone.getAsBoolean()) {
                    return false;
                }
                DeviceAuthentication.verify(
                        keyPackage.leafNode().credential(),
                        keyPackage.leafNode().signatureKey());
            }
            for (KeyPackageIn keyPackage : brought) {
                if (isGone.getAsBoolean()) {
                    return false;
                }
                keyPackage.requireSigned();
            }
        } catch (RefusedException | MlsException refused) {
            LOG.debug("a KeyPackage is not valid: {}", refused.toString());
        }
        return true;
    }
}
