package chat.samara.client.device;

import java.util.OptionalLong;

/**
 * Which stretch of a log a timeline shows.
 *
 * @param firstSeq from this place on
 * @param lastSeq up to that one; empty: to the end, with all that is not ordered yet
 */
public record TimelineWindow(long firstSeq, OptionalLong lastSeq) {
    /** At the end of a log, whatever comes. */
    public static final TimelineWindow END = new TimelineWindow(Long.MAX_VALUE, OptionalLong.empty());

    boolean isLive() {
        return lastSeq.isEmpty();
    }

    long lastPlace() {
        return lastSeq.orElse(Long.MAX_VALUE);
    }
}
