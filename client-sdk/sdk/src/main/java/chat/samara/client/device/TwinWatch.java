package chat.samara.client.device;

import chat.samara.wire.Refusal;
import chat.samara.wire.proto.ErrorCode;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Whether another copy of this profile is running: a server keeps the newest connection of a device, so two copies with one device key push each other out again
 * and again. Once may be a connection of one's own that came late.
 */
final class TwinWatch {
    /** The detail of the refusal by which a server ends the older connection. */
    private static final String PUSHED_OUT = "sessions-per-device<=1";

    /** Monotonic times. */
    private final Deque<Long> pushedOutAtMillis = new ArrayDeque<>();

    static boolean isPushedOut(Refusal refusal) {
        return refusal.code() == ErrorCode.LIMIT_REACHED && refusal.detail().equals(PUSHED_OUT);
    }

    /** The present connection was pushed out. Whether that was too often to be anything but a copy. */
    boolean pushedOut(long monotonicMillis) {
        pushedOutAtMillis.addLast(monotonicMillis);
        while (monotonicMillis - pushedOutAtMillis.getFirst() > Limits.PUSHED_OUT_WITHIN_MILLIS) {
            pushedOutAtMillis.removeFirst();
        }
        if (pushedOutAtMillis.size() < Limits.PUSHED_OUT_MAX) {
            return false;
        }
        pushedOutAtMillis.clear();
        return true;
    }
}
