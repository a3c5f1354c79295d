package chat.samara.mls.fuzz;

import chat.samara.mls.SeededRandom;
import java.util.Arrays;

/** Small changes to valid bytes, as a seed says. */
final class Mutation {
    private static final int[] EDGES = {0, 1, 2, 3, 4, 0x3f, 0x40, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xff};

    private Mutation() {}

    /** The bytes with one to three changes. */
    static byte[] of(byte[] valid, SeededRandom random) {
        byte[] changed = valid.clone();
        for (int i = 1 + random.below(3); i > 0 && changed.length > 0; i--) {
            changed = one(changed, random);
        }
        return changed;
    }

    private static byte[] one(byte[] bytes, SeededRandom random) {
        int at = random.below(bytes.length);
        switch (random.below(6)) {
            case 0 -> {
                bytes[at] ^= (byte) (1 << random.below(8));
                return bytes;
            }
            case 1 -> {
                bytes[at] = (byte) EDGES[random.below(EDGES.length)];
                return bytes;
            }
            case 2 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 3 -> {
                // Taken out, so that what follows slips forward.
                byte[] less = new byte[bytes.length - 1];
                System.arraycopy(bytes, 0, less, 0, at);
                System.arraycopy(bytes, at + 1, less, at, less.length - at);
                return less;
            }
            case 4 -> {
                return inserted(bytes, at, new byte[] {(byte) EDGES[random.below(EDGES.length)]});
            }
            default -> {
                int end = Math.min(bytes.length, at + 1 + random.below(8));
                return inserted(bytes, at, Arrays.copyOfRange(bytes, at, end));
            }
        }
    }

    private static byte[] inserted(byte[] bytes, int at, byte[] more) {
        byte[] longer = new byte[bytes.length + more.length];
        System.arraycopy(bytes, 0, longer, 0, at);
        System.arraycopy(more, 0, longer, at, more.length);
        System.arraycopy(bytes, at, longer, at + more.length, bytes.length - at);
        return longer;
    }
}
