package chat.samara.client.channel;

/**
 * When a message is over, as its sender wants it. This version shows that to the application and erases nothing by itself; and nobody can make a reader forget.
 *
 * @param afterReading whether the time is counted from when the reader has read it, and else from 1970 UTC
 * @param seconds 1 to 2^32 - 1
 */
public record Expiry(boolean afterReading, long seconds) {
    private static final long SECONDS_MAX = 0xffff_ffffL;

    public Expiry {
        if (seconds < 1 || seconds > SECONDS_MAX) {
            throw new IllegalArgumentException("expiry of " + seconds + " seconds, expected 1 to " + SECONDS_MAX);
        }
    }
}
