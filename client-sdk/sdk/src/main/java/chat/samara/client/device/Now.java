package chat.samara.client.device;

/**
 * What the two clocks of a device say, read together. Timers go by the monotonic one alone: a wall clock is set by people and by the network,
 * back and forth, and nothing may wait for it.
 *
 * @param wallMillis the device's clock, milliseconds since 1970 UTC; may jump either way. For people, and for the lifetimes of keys
 * @param monotonicMillis milliseconds that have passed since any one moment before the engine began, positive
 */
public record Now(long wallMillis, long monotonicMillis) {
    /** Before the first event. */
    static final Now NONE = new Now(0, 1);

    /** A wall clock that has gained so much on the monotonic one, which stands still while a machine sleeps, tells of a sleep. */
    private static final long SLEEP_MILLIS_MIN = 10_000;

    public Now {
        if (monotonicMillis <= 0) {
            throw new IllegalArgumentException("monotonic time of " + monotonicMillis + " ms, expected more than 0");
        }
    }

    /** This moment, seen from the one before: time that has passed stays passed. */
    Now after(Now before) {
        return new Now(wallMillis, Math.max(monotonicMillis, before.monotonicMillis));
    }

    /** Whether the machine seems to have slept since: a guess, to be used only for looking earlier than one otherwise would. */
    boolean hasSleptUntil(Now later) {
        long wallPassed = later.wallMillis - wallMillis;
        return !equals(NONE) && wallPassed - (later.monotonicMillis - monotonicMillis) >= SLEEP_MILLIS_MIN;
    }
}
