package chat.samara.client.device;

import java.util.concurrent.TimeUnit;

/** How long something takes, for a person, who need not know it more exactly than that. */
final class WaitingTime {
    /** Two of a unit are said in the smaller one: 90 minutes, not 2 hours. */
    private static final long SAID_IN_SMALLER_UNIT = 2;

    private WaitingTime() {}

    /** Such as "36 minutes": never less than it is. */
    static String words(long millis) {
        long seconds = Math.max(1, up(millis, TimeUnit.SECONDS.toMillis(1)));
        long minutes = up(millis, TimeUnit.MINUTES.toMillis(1));
        long hours = up(millis, TimeUnit.HOURS.toMillis(1));
        if (millis <= TimeUnit.MINUTES.toMillis(SAID_IN_SMALLER_UNIT)) {
            return seconds == 1 ? "1 second" : seconds + " seconds";
        }
        return millis <= TimeUnit.HOURS.toMillis(SAID_IN_SMALLER_UNIT) ? minutes + " minutes" : hours + " hours";
    }

    private static long up(long millis, long unitMillis) {
        return millis / unitMillis + (millis % unitMillis > 0 ? 1 : 0);
    }
}
