package chat.samara.server.core.channel;

import java.util.HashMap;
import java.util.Map;

/**
 * How many bytes may be sent in one round, to all receivers and to each, of what no credit covers.
 *
 * @param <R> who receives
 */
final class Allowance<R> {
    private final long bytesMax;
    private final long bytesOfOneMax;
    private final Map<R, Long> takenByOne = new HashMap<>();
    private long taken;

    Allowance(long bytesMax, long bytesOfOneMax) {
        this.bytesMax = bytesMax;
        this.bytesOfOneMax = bytesOfOneMax;
    }

    /** What was sent is carried out: a round begins. */
    void beginRound() {
        taken = 0;
        takenByOne.clear();
    }

    /** Whether nobody may be sent anything more in this round. */
    boolean isUsedUp() {
        return taken >= bytesMax;
    }

    /** Whether a frame may be sent to this receiver; then it counts, of each receiver's and of all that is sent. */
    boolean take(R receiver, long bytes) {
        if (isUsedUp() || !takeShared(receiver, bytes)) {
            return false;
        }
        taken += bytes;
        return true;
    }

    /** The same of one frame that several receivers share in memory: of all that is sent it is counted by {@link #shared}. */
    boolean takeShared(R receiver, long bytes) {
        long after = takenByOne.getOrDefault(receiver, 0L) + bytes;
        if (after > bytesOfOneMax) {
            return false;
        }
        takenByOne.put(receiver, after);
        return true;
    }

    /** A frame is sent that several receivers share. */
    void shared(long bytes) {
        taken += bytes;
    }
}
