package chat.samara.server.node.run;

import chat.samara.server.core.TimerId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The core's timers. They are set and run by monotonic time: a clock that is set back by an hour must not make the server wait for an
 * hour. The core's thread only.
 */
final class Timers {
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Map<TimerId, Long> dueNanos = new EnumMap<>(TimerId.class);

    void set(TimerId timer, long atMillis, long nowMillis, long nowNanos) {
        long inMillis = Math.max(0, atMillis - nowMillis);
        dueNanos.put(timer, nowNanos + TimeUnit.MILLISECONDS.toNanos(inMillis));
    }

    /** The timers that are due, which are then no longer set. */
    List<TimerId> takeDue(long nowNanos) {
        List<TimerId> due = new ArrayList<>();
        dueNanos.forEach((timer, at) -> {
            if (at - nowNanos <= 0) {
                due.add(timer);
            }
        });
        due.forEach(dueNanos::remove);
        return due;
    }

    /** How long there is nothing to do; at most a second. */
    long nanosToNext(long nowNanos) {
        long least = IDLE_NANOS;
        for (long at : dueNanos.values()) {
            least = Math.min(least, at - nowNanos);
        }
        return Math.max(0, least);
    }
}
