package chat.samara.server.core;

/**
 * What a server's two clocks say, read together. A wall clock is set by people and by the network, back and forth: it is for people, for
 * what is stored and for the lifetimes of keys. Whatever waits, waits by the monotonic one.
 *
 * @param wallMillis since 1970 UTC; may jump either way
 * @param monotonicMillis how much time has passed since any one moment before the core was started; not negative, and never goes back
 */
public record Now(long wallMillis, long monotonicMillis) {
    public Now {
        if (monotonicMillis < 0) {
            throw new IllegalArgumentException("monotonic time of " + monotonicMillis + " ms, expected 0 or more");
        }
    }

    /** This moment, seen from the one before: time that has passed stays passed. */
    public Now after(Now before) {
        return new Now(wallMillis, Math.max(monotonicMillis, before.monotonicMillis));
    }
}
