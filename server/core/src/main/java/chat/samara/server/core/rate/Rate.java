package chat.samara.server.core.rate;

/**
 * So many at once, and then one in a while.
 *
 * @param atOnceMax how many may come at once, if none came for long; at least 1
 * @param everyMillis how long it takes until one more may come; at least 1
 */
public record Rate(int atOnceMax, long everyMillis) {
    private static final long HOUR_MILLIS = 3_600_000;

    public Rate {
        if (atOnceMax < 1 || everyMillis < 1) {
            throw new IllegalArgumentException(
                    atOnceMax + " at once and one every " + everyMillis + " ms, expected at least 1 of each");
        }
    }

    /** So many an hour on average, and as many at once as a quarter of an hour gives. */
    public static Rate perHour(int count) {
        return new Rate(Math.max(1, count / 4), Math.max(1, HOUR_MILLIS / count));
    }
}
