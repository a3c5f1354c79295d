package chat.samara.systemtests.sim.adversary;

import chat.samara.systemtests.sim.clock.Seed;
import com.google.protobuf.ByteString;

/** Bytes with one bit that is another. */
final class Bits {
    private static final int BITS = 8;

    private Bits() {}

    static ByteString flipped(ByteString bytes, Seed seed) {
        if (bytes.isEmpty()) {
            return bytes;
        }
        return flippedAt(bytes, seed.below(bytes.size()), seed);
    }

    /** In the last bytes, where MLS has its tags. */
    static ByteString flippedNearEnd(ByteString bytes, int lastBytes, Seed seed) {
        int from = Math.max(0, bytes.size() - lastBytes);
        return bytes.isEmpty() ? bytes : flippedAt(bytes, from + seed.below(bytes.size() - from), seed);
    }

    private static ByteString flippedAt(ByteString bytes, int index, Seed seed) {
        byte[] changed = bytes.toByteArray();
        changed[index] ^= (byte) (1 << seed.below(BITS));
        return ByteString.copyFrom(changed);
    }
}
