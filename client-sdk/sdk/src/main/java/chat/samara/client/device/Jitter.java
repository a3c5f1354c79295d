package chat.samara.client.device;

import chat.samara.mls.crypto.RandomSource;
import java.nio.ByteBuffer;

/** Spreads retries in time, so that devices that lost the same race or server don't come back together. */
final class Jitter {
    static final int DOUBLINGS_MAX = 30;

    private final RandomSource random;

    Jitter(RandomSource random) {
        this.random = random;
    }

    /** A wait of any length up to this: of many who wait so, one comes long before the others. */
    long withinMillis(long maxMillis) {
        return Math.floorMod(ByteBuffer.wrap(random.bytes(Long.BYTES)).getLong(), Math.max(0, maxMillis) + 1);
    }

    /** A wait between half of and all of {@code minMillis * 2^attempt}, which is capped at the maximum. */
    long backOffMillis(int attempt, long minMillis, long maxMillis) {
        int doublings = Math.min(Math.max(attempt, 0), DOUBLINGS_MAX);
        long full = Math.max(1, Math.min(maxMillis, minMillis << doublings));
        long half = full / 2;
        return half + Math.floorMod(ByteBuffer.wrap(random.bytes(Long.BYTES)).getLong(), full - half + 1);
    }
}
