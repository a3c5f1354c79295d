package chat.samara.server.core.channel.provisional;

import java.util.HashMap;
import java.util.Map;

/**
 * How many bytes may be sent in one round, to all receivers and to each, of what no credit covers; one frame may be larger.
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
        long before = takenByOne.getOrDefault(receiver, 0L);
        if (isUsedUp() || (before > 0 && before + bytes > bytesOfOneMax)) {
            return false;
        }
        takenByOne.put(receiver, before + bytes);
        taken += bytes;
        return true;
    }
}
