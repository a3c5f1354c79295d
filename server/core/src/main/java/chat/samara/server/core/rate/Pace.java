package chat.samara.server.core.rate;

import chat.samara.server.core.Limits;

/**
 * How many bytes may be under way on a line that nobody has told the speed of: about as many as are answered within some seconds. It
 * grows by what was answered in a moment while about as much was under way as may be, and not by a word now and then, which says
 * nothing of the line; it is halved by what took long, once for all that was under way together. So whatever is sent next, of
 * whichever channel, stands behind a few seconds of it at most. In memory only, by monotonic time.
 */
public final class Pace {
    private final long bytesMax;
    private long bytes = Limits.LINE_BYTES_FIRST;
    private long halvedAtMillis = Long.MIN_VALUE;

    public Pace(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** How many bytes may be under way. */
    public long bytes() {
        return bytes;
    }

    /** Whether that many under way tell how quick the line is. */
    public boolean isTried(long underWay) {
        return underWay >= bytes / 2;
    }

    /**
     * Something was answered.
     *
     * @param size its bytes
     * @param tried whether enough was under way when it was sent
     */
    public void answered(long size, boolean tried, long sentAtMillis, long nowMillis) {
        long tookMillis = nowMillis - sentAtMillis;
        if (tookMillis > Limits.LINE_SLOW_MILLIS) {
            if (sentAtMillis >= halvedAtMillis) {
                bytes = Math.max(Limits.LINE_BYTES_MIN, bytes / 2);
                halvedAtMillis = nowMillis;
            }
        } else if (tried && tookMillis < Limits.LINE_QUICK_MILLIS) {
            bytes = Math.min(bytesMax, bytes + size);
        }
    }
}
