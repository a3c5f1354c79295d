package chat.samara.mls;

import chat.samara.mls.crypto.RandomSource;
import java.util.Random;

/** Reproducible randomness for tests. The seed belongs into every failure message, which {@link #toString} is for. */
public final class SeededRandom implements RandomSource {
    private final long seed;
    private final Random random;

    public SeededRandom(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    @Override
    public void nextBytes(byte[] out) {
        random.nextBytes(out);
    }

    /** A number from 0 to {@code bound - 1}. */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    @Override
    public String toString() {
        return "seed " + seed;
    }
}
