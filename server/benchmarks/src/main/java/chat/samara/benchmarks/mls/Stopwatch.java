package chat.samara.benchmarks.mls;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Callable;

/** Times of one implementation's cases, in nanoseconds, or bytes. One thread. */
final class Stopwatch {
    private final Map<MlsCase, long[]> samples = new EnumMap<>(MlsCase.class);
    private final Map<MlsCase, Integer> counts = new EnumMap<>(MlsCase.class);

    <T> T time(MlsCase measured, Callable<T> work) throws Exception {
        long begun = System.nanoTime();
        T result = work.call();
        note(measured, System.nanoTime() - begun);
        return result;
    }

    void note(MlsCase measured, long sample) {
        int count = counts.getOrDefault(measured, 0);
        long[] sofar = samples.computeIfAbsent(measured, unused -> new long[64]);
        if (count == sofar.length) {
            sofar = Arrays.copyOf(sofar, 2 * count);
            samples.put(measured, sofar);
        }
        sofar[count] = sample;
        counts.put(measured, count + 1);
    }

    /** Forgets what was measured. */
    void reset() {
        counts.clear();
    }

    /** The results, in the unit of the case: microseconds or bytes. */
    Map<MlsCase, Result> results() {
        Map<MlsCase, Result> results = new EnumMap<>(MlsCase.class);
        counts.forEach((measured, count) -> {
            long[] sorted = Arrays.copyOf(samples.getOrDefault(measured, new long[0]), count);
            Arrays.sort(sorted);
            double unit = measured.inBytes() ? 1 : 1_000;
            double middle = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2.0;
            results.put(measured, new Result(middle / unit, sorted[0] / unit, sorted[count - 1] / unit, count));
        });
        return results;
    }

    /** In microseconds or bytes. */
    record Result(double median, double min, double max, int runs) {}
}
