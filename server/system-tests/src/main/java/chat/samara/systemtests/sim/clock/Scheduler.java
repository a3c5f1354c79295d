package chat.samara.systemtests.sim.clock;

import java.util.PriorityQueue;

/**
 * Runs steps in the order of their virtual time; steps of the same instant run in the order in which they were scheduled,
 * so a run is a pure function of its seed.
 */
public final class Scheduler {
    /** 2026-11-21 00:00 UTC: where virtual time begins, milliseconds since 1970. */
    public static final long START_MILLIS = 1_795_219_200_000L;

    /** A run that needs more steps than this has a livelock: nothing real needs so many. */
    static final long STEPS_MAX = 20_000_000;

    private record Step(long atMillis, long order, Runnable action) {}

    private final PriorityQueue<Step> steps = new PriorityQueue<>(
            (a, b) -> a.atMillis != b.atMillis ? Long.compare(a.atMillis, b.atMillis) : Long.compare(a.order, b.order));
    private long nowMillis = START_MILLIS;
    private long scheduled;
    private long executed;

    /** Virtual time, milliseconds since 1970 UTC. */
    public long nowMillis() {
        return nowMillis;
    }

    /** Virtual time since the run began. */
    public long elapsedMillis() {
        return nowMillis - START_MILLIS;
    }

    /** Steps executed so far. */
    public long executed() {
        return executed;
    }

    /** Runs the action so many milliseconds from now (at once, but after all that is already due, if not positive). */
    public void after(long delayMillis, Runnable action) {
        at(nowMillis + Math.max(0, delayMillis), action);
    }

    /** Runs the action at that virtual time, or as soon as possible if it has passed. */
    public void at(long atMillis, Runnable action) {
        steps.add(new Step(Math.max(nowMillis, atMillis), scheduled++, action));
    }

    /**
     * Virtual time leaps, as if every machine had slept: what was due meanwhile runs late, with the next {@link #runUntil}. For runs over
     * months, in which next to nothing happens.
     */
    public void skipTo(long millis) {
        nowMillis = Math.max(nowMillis, millis);
    }

    /** Runs everything that is due up to and including that virtual time, which is then the present. */
    public void runUntil(long endMillis) {
        while (true) {
            Step next = steps.peek();
            if (next == null || next.atMillis > endMillis) {
                break;
            }
            steps.remove();
            nowMillis = Math.max(nowMillis, next.atMillis);
            if (++executed > STEPS_MAX) {
                throw new IllegalStateException("livelock: more than " + STEPS_MAX + " steps in one run");
            }
            next.action.run();
        }
        nowMillis = Math.max(nowMillis, endMillis);
    }
}
