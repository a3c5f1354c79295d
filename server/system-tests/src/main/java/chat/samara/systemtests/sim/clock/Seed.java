package chat.samara.systemtests.sim.clock;

import chat.samara.mls.crypto.RandomSource;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A named stream of randomness, derived from the run's seed. Each actor draws from a stream of its own, so that one more
 * draw in one place does not change what happens everywhere else.
 */
public final class Seed implements RandomSource {
    private final long root;
    private final SplittableRandom random;

    /** The stream from which a run's other streams are derived. */
    public Seed(long seed) {
        this(seed, mix(seed));
    }

    private Seed(long root, long state) {
        this.root = root;
        this.random = new SplittableRandom(state);
    }

    /** A stream of its own for whoever bears this name; the same name gives the same stream. */
    public Seed stream(String name) {
        long state = mix(root);
        for (int i = 0; i < name.length(); i++) {
            state = mix(state ^ name.charAt(i));
        }
        return new Seed(root, state);
    }

    private static long mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    @Override
    public void nextBytes(byte[] out) {
        random.nextBytes(out);
    }

    /** Uniform, both ends included. */
    public long between(long least, long most) {
        return random.nextLong(least, most + 1);
    }

    /** Uniform from 0 to below the bound. */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    /** True with this probability. */
    public boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    /** One of them, each as likely. */
    public <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
