package chat.samara.server.node.run;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Items of many lanes, taken in turn by what they cost (deficit round robin): a lane has its turn until it has used up its share, and
 * one whose item cost more sits out as many turns, as long as others have something. So whoever sends what is dear delays its own next
 * item and, once, by that one item, everybody's; and where it can be told before that an item is dear ({@link Items#nanosExpected}), it sits out its turns before. Within
 * a lane the order is kept.
 *
 * <p>What a lane owes stands in the account of whoever sends, so that it is owed on the next lane as well: a new connection pays nothing off. The lanes of one
 * name pay off together what one lane does.
 *
 * <p>Any thread adds; one thread takes.
 */
final class FairQueue<I> {
    private static final long SHARE_NANOS = 1_000_000;

    /** The part of the time that passes by which a lane's debt shrinks, also while nobody else has anything. */
    private static final int FORGIVEN_PART = 8;

    private static final int NOT_COUNTED = -1;

    private final Queue<Lane<I>> ready = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final Clock clock;
    private final Items<I> ask;

    // The taker's thread only.
    private @Nullable Lane<I> current;
    private long usedNanos;

    /** Whether what was served last was expected to be dear, and how many lanes are to be looked at before another such one. */
    private boolean lastWasDear;

    private int toPassOver = NOT_COUNTED;

    /** Of senders who have a lane: as many as there are lanes at the most. */
    private final Map<String, Account> accounts = new HashMap<>();

    /** Of senders who have none now, and may come back: the one that has been away for longest is first. */
    private final Map<String, Account> away = new LinkedHashMap<>();

    /** Time that passes, for tests to move. */
    interface Clock {
        long nanos();
    }

    /** What is known of items before they are taken. */
    interface Items<I> {
        /** Whether it may be taken; until then all behind it waits, too. {@link #look} is to be called when it has become so. Any thread. */
        boolean isReady(I item);

        /** What it will cost, about; 0 where nobody knows. The taker's thread. */
        long nanosExpected(I item);
    }

    /** Where one sender's items wait. */
    static final class Lane<I> {
        private final Queue<I> items = new ConcurrentLinkedQueue<>();
        private final AtomicBoolean queued = new AtomicBoolean();
        private final BooleanSupplier blocked;

        /** Since when it waits to be looked at; of one that is in the queue of those that are ready. */
        private volatile long queuedAtNanos;

        // The taker's thread only.
        private Account account = new Account("");
        private boolean billed;
        private boolean together;

        /** What stands in the account already for the first item. */
        private long nanosExpected;

        private Lane(BooleanSupplier blocked) {
            this.blocked = blocked;
        }
    }

    /** What one sender owes. The taker's thread only. */
    private static final class Account {
        private final String whose;
        private int open;
        private long debtNanos;
        private long atNanos;

        /** Lanes that pay it off together; none where each pays by itself. */
        private int lanes;

        Account(String whose) {
            this.whose = whose;
        }

        void pay(long nowNanos) {
            long forgiven = Math.max(0, nowNanos - atNanos) / FORGIVEN_PART;
            atNanos = nowNanos;
            debtNanos = Math.max(0, debtNanos - SHARE_NANOS / Math.max(1, lanes) - forgiven);
        }

        void owe(long nanos, long nowNanos) {
            if (debtNanos == 0) {
                atNanos = nowNanos;
            }
            debtNanos += nanos;
        }

        /** So much of what is still owed was not needed. */
        void forgive(long nanos) {
            debtNanos = Math.max(0, debtNanos - nanos);
        }
    }

    FairQueue(Clock clock, Items<I> ask) {
        this.clock = clock;
        this.ask = ask;
    }

    /**
     * A new lane.
     *
     * @param blocked whether nothing of it is to be taken for the moment; call {@link #look} when that has changed
     */
    Lane<I> lane(BooleanSupplier blocked) {
        return new Lane<>(blocked);
    }

    /**
     * Whose account the lane is charged to from now on, together with all other lanes of theirs. The taker's thread.
     *
     * @param together whether all these lanes have one lane's turns between them; else each has its own, and only what is owed is one
     */
    void bill(Lane<I> lane, String whose, boolean together) {
        leaveAccount(lane);
        lane.account = accounts.computeIfAbsent(whose, it -> {
            Account known = away.remove(it);
            return known == null ? new Account(it) : known;
        });
        lane.account.open++;
        lane.billed = true;
        if (together) {
            lane.account.lanes++;
        }
        lane.together = together;
    }

    /** Of how many senders it is known what they owe. The taker's thread. */
    int accounts() {
        return accounts.size() + away.size();
    }

    /** The lane takes nothing more. The taker's thread. */
    void close(Lane<I> lane) {
        leaveAccount(lane);
    }

    /** What a sender owes is forgotten only where it has no lane, or another lane of it would begin a second account. */
    private void leaveAccount(Lane<?> lane) {
        if (lane.together) {
            lane.account.lanes--;
            lane.together = false;
        }
        if (lane.billed && --lane.account.open == 0) {
            accounts.remove(lane.account.whose);
            away.put(lane.account.whose, lane.account);
            if (away.size() > Limits.ACCOUNTS_MAX) {
                away.remove(away.keySet().iterator().next());
            }
        }
        lane.billed = false;
    }

    /** Adds an item at the end of a lane. Any thread. */
    void add(Lane<I> lane, I item) {
        lane.items.add(item);
        size.incrementAndGet();
        look(lane);
    }

    /** The lane may have something to take. Any thread. */
    void look(Lane<I> lane) {
        if (first(lane) != null && lane.queued.compareAndSet(false, true)) {
            lane.queuedAtNanos = clock.nanos();
            ready.add(lane);
        }
    }

    /** The lane's first item, if it may be taken. */
    private @Nullable I first(Lane<I> lane) {
        @Nullable I first = lane.items.peek();
        return first != null && !lane.blocked.getAsBoolean() && ask.isReady(first) ? first : null;
    }

    /** Items that wait, also in lanes that are blocked. Any thread. */
    int size() {
        return size.get();
    }

    /**
     * How long the lane that is next has waited for the others to have their turns. One that is in debt is looked at in each round all the same, and has not
     * waited since: that it is not served is its own doing. The taker's thread.
     */
    long waitedNanos() {
        @Nullable Lane<I> next = ready.peek();
        return next == null ? 0 : Math.max(0, clock.nanos() - next.queuedAtNanos);
    }

    /** The next item, or null if there is none that may be taken. */
    @Nullable
    I poll() {
        Lane<I> last = current;
        if (last != null) {
            @Nullable I next = usedNanos < SHARE_NANOS && isCheap(last) ? last.items.poll() : null;
            if (next != null) {
                return taken(next);
            }
            current = null;
            leave(last);
        }
        @Nullable Lane<I> lane = ready.poll();
        while (lane != null) {
            @Nullable I next = isDue(lane) && !isPassedOver(lane) ? lane.items.poll() : null;
            if (next != null) {
                current = lane;
                usedNanos = 0;
                lastWasDear = isDear(lane);
                toPassOver = NOT_COUNTED;
                return taken(next);
            }
            leave(lane);
            lane = ready.poll();
        }
        return null;
    }

    private I taken(I item) {
        size.decrementAndGet();
        return item;
    }

    /** Whether the turn goes on with the lane's first item: what is expected to cost more than a turn has one of its own. */
    private boolean isCheap(Lane<I> lane) {
        @Nullable I first = first(lane);
        return first != null && ask.nanosExpected(first) < SHARE_NANOS;
    }

    /**
     * Whether the lane has its turn; if it is in debt and others wait, it has paid a share of that instead. What its first item is expected to cost is
     * owed before: else as many senders as there are would have one dear item each, one behind the other, before somebody's cheap one.
     */
    private boolean isDue(Lane<I> lane) {
        @Nullable I first = first(lane);
        if (first == null) {
            return false;
        }
        if (lane.nanosExpected == 0) {
            lane.nanosExpected = ask.nanosExpected(first);
            lane.account.owe(lane.nanosExpected, clock.nanos());
        }
        lane.account.pay(clock.nanos());
        return lane.account.debtNanos == 0 || ready.isEmpty();
    }

    private boolean isDear(Lane<I> lane) {
        return lane.nanosExpected >= SHARE_NANOS;
    }

    /**
     * Whether the lane waits once more for all that are ready: behind something dear comes what is not, whoever's lanes they are, and however little these owe. Else dear items would come
     * one behind the other where they have been paid for while nobody else had anything.
     */
    private boolean isPassedOver(Lane<I> lane) {
        if (!lastWasDear || !isDear(lane)) {
            return false;
        }
        if (toPassOver == NOT_COUNTED) {
            toPassOver = ready.size();
        }
        return toPassOver-- > 0;
    }

    /** The lane's turn is over: it comes again if it has something. */
    private void leave(Lane<I> lane) {
        lane.queued.set(false);
        look(lane);
    }

    /** So long all have waited for something else, before the item that was taken last could be begun with: it counts for the turn like what the item costs. */
    void waitedFor(long nanos) {
        Lane<I> lane = current;
        if (lane != null) {
            usedNanos += nanos;
            lane.account.owe(nanos, clock.nanos());
        }
    }

    /** What the item that was taken last has cost. */
    void charge(long nanos) {
        Lane<I> lane = current;
        if (lane != null) {
            usedNanos += nanos;
            if (nanos >= lane.nanosExpected) {
                lane.account.owe(nanos - lane.nanosExpected, clock.nanos());
            } else {
                lane.account.forgive(lane.nanosExpected - nanos);
            }
            lane.nanosExpected = 0;
        }
    }
}
