package chat.samara.mls;

/**
 * How many seeds a random test plays: a few fixed ones in a normal build, or new ones for so many seconds where the system
 * property {@code samara.fuzz.seconds} says so.
 */
public final class Effort {
    private static final String SECONDS_PROPERTY = "samara.fuzz.seconds";
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private Effort() {}

    /** Something that is played with a seed. */
    @FunctionalInterface
    public interface Play {
        void with(long seed) throws Exception;
    }

    /**
     * Plays seeds 1 to {@code fewest}, or for the time that is given; a failure says with which seed.
     *
     * @param fewest seeds of a normal build
     */
    public static void play(int fewest, Play play) {
        Long seconds = Long.getLong(SECONDS_PROPERTY);
        if (seconds == null) {
            for (long seed = 1; seed <= fewest; seed++) {
                playOne(seed, play);
            }
            return;
        }
        long start = System.nanoTime();
        for (long seed = System.currentTimeMillis(); System.nanoTime() - start < seconds * NANOS_PER_SECOND; seed++) {
            playOne(seed, play);
        }
    }

    private static void playOne(long seed, Play play) {
        try {
            play.with(seed);
        } catch (Exception | AssertionError e) {
            throw new AssertionError("with seed " + seed + ": " + e.getMessage(), e);
        }
    }
}
