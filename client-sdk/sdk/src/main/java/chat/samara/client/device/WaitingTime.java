package chat.samara.client.device;

/** How long something takes, for a person, who need not know it more exactly than that. */
final class WaitingTime {
    /** Two of a unit are said in the smaller one: 90 minutes, not 2 hours. */
    private static final long SAID_IN_SMALLER_UNIT = 2;

    private static final long SECOND_MILLIS = 1_000;
    private static final long MINUTE_MILLIS = 60 * SECOND_MILLIS;
    private static final long HOUR_MILLIS = 60 * MINUTE_MILLIS;

    private WaitingTime() {}

    /** Such as "36 minutes": never less than it is. */
    static String words(long millis) {
        long seconds = Math.max(1, up(millis, SECOND_MILLIS));
        long minutes = up(millis, MINUTE_MILLIS);
        long hours = up(millis, HOUR_MILLIS);
        if (millis <= SAID_IN_SMALLER_UNIT * MINUTE_MILLIS) {
            return seconds == 1 ? "1 second" : seconds + " seconds";
        }
        return millis <= SAID_IN_SMALLER_UNIT * HOUR_MILLIS ? minutes + " minutes" : hours + " hours";
    }

    private static long up(long millis, long unitMillis) {
        return millis / unitMillis + (millis % unitMillis > 0 ? 1 : 0);
    }
}
