package chat.samara.client.device;

import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Lives in which somebody lies at random, one a seed; a failing one says how it is played again. */
final class LifeOfLies {
    /** A few in a normal build; so many by {@code -Dsamara.lies.seeds=N}, one of them again by {@code -Dsamara.lies.seed=N}. */
    private static final int SEEDS_IN_A_BUILD = 6;

    private static final int SEEDS = Integer.getInteger("samara.lies.seeds", SEEDS_IN_A_BUILD);
    private static final long SEED = Long.getLong("samara.lies.seed", 0);

    private LifeOfLies() {}

    /** A test a seed. */
    static Stream<DynamicTest> seeds(LongConsumer live) {
        LongStream seeds = SEED > 0 ? LongStream.of(SEED) : LongStream.rangeClosed(1, SEEDS);
        return seeds.mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> {
            try {
                live.accept(seed);
            } catch (Throwable e) {
                throw new AssertionError("again with -Dsamara.lies.seed=" + seed + ": " + e.getMessage(), e);
            }
        }));
    }

    /** Whether so many were played that every kind of lie must have been told. */
    static boolean areMany() {
        return SEED == 0 && SEEDS >= SEEDS_IN_A_BUILD;
    }
}
