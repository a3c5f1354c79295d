package chat.samara.benchmarks.mls;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * How rounds are repeated: each implementation is warmed up until the just-in-time compiler has gone quiet, then they take turns,
 * so that what disturbs this machine disturbs all of them.
 */
final class Measurement {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int WARM_UP_SECONDS_MIN = 2;
    private static final int WARM_UP_SECONDS_MAX = 20;
    private static final int WARM_UP_ROUNDS_MIN = 2;

    /** Quiet: in half a second of rounds, the compiler has worked for less than this. */
    private static final long QUIET_COMPILER_MILLIS = 25;

    private static final int TURNS = 10;
    private static final int ROUNDS_MIN = 5;

    private final int rounds;
    private final double seconds;

    /**
     * @param rounds to measure; 0 for as many as fit the seconds, but a few at least
     * @param seconds for each implementation
     */
    Measurement(int rounds, double seconds) {
        this.rounds = rounds;
        this.seconds = seconds;
    }

    /** One implementation's rounds and times. */
    record Runner(String implementation, Scenario.Round round, Stopwatch watch) {
        Runner(String implementation, Scenario.Round round) {
            this(implementation, round, new Stopwatch());
        }
    }

    void once(List<Runner> runners) throws Exception {
        for (Runner runner : runners) {
            runner.round.play(runner.watch);
        }
    }

    void repeated(List<Runner> runners) throws Exception {
        List<Runner> unfinished = new ArrayList<>(runners);
        for (Runner runner : runners) {
            warmUp(runner);
            runner.watch.reset();
        }
        System.gc();
        IdentityHashMap<Runner, long[]> done = new IdentityHashMap<>();
        runners.forEach(runner -> done.put(runner, new long[2]));
        while (!unfinished.isEmpty()) {
            unfinished.removeIf(runner -> isFinished(done.getOrDefault(runner, new long[2])));
            for (Runner runner : unfinished) {
                turn(runner, done.getOrDefault(runner, new long[2]));
            }
        }
    }

    /**
     * @param done rounds, and nanoseconds
     */
    private boolean isFinished(long[] done) {
        return rounds > 0 ? done[0] >= rounds : done[0] >= ROUNDS_MIN && done[1] >= seconds * SECOND_NANOS;
    }

    private void turn(Runner runner, long[] done) throws Exception {
        long begun = System.nanoTime();
        long turnNanos = (long) (seconds * SECOND_NANOS / TURNS);
        do {
            runner.round.play(runner.watch);
            done[0]++;
        } while (System.nanoTime() - begun < turnNanos && !(rounds > 0 && done[0] >= rounds));
        done[1] += System.nanoTime() - begun;
    }

    private static void warmUp(Runner runner) throws Exception {
        CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        long begun = System.nanoTime();
        int played = 0;
        boolean quiet = false;
        while (!quiet) {
            long compiledBefore = compiler.getTotalCompilationTime();
            long sliceBegun = System.nanoTime();
            do {
                runner.round.play(runner.watch);
                played++;
            } while (System.nanoTime() - sliceBegun < SECOND_NANOS / 2);
            long elapsed = System.nanoTime() - begun;
            boolean compilerIsQuiet = compiler.getTotalCompilationTime() - compiledBefore < QUIET_COMPILER_MILLIS;
            quiet = elapsed > WARM_UP_SECONDS_MAX * SECOND_NANOS
                    || (compilerIsQuiet
                            && elapsed > WARM_UP_SECONDS_MIN * SECOND_NANOS
                            && played >= WARM_UP_ROUNDS_MIN);
        }
    }
}
