package chat.samara.benchmarks.bare;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.process.ChildProcess;
import chat.samara.benchmarks.process.Workshop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The process of the {@link BareWriter}. */
public final class BareStore {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final double MILLIS = 1_000;

    private BareStore() {}

    /** Lets so many threads write rows of so many bytes, for so long a run. */
    public static List<BareRun> measure(
            Workshop workshop, int threads, int rowBytes, double warmUpSeconds, int runs, double seconds)
            throws BenchFailure, InterruptedException {
        ChildProcess process = workshop.start(
                "the bare store",
                BareWriter.class.getName(),
                List.of("-Xmx256m"),
                List.of(
                        workshop.folder().resolve("bare-" + threads).toString(),
                        String.valueOf(threads),
                        String.valueOf(rowBytes),
                        String.valueOf(warmUpSeconds),
                        String.valueOf(runs),
                        String.valueOf(seconds)));
        Duration patience = PATIENCE.plusMillis((long) ((warmUpSeconds + seconds) * MILLIS));
        List<BareRun> done = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            done.add(BareRun.parse(process.await(Pattern.compile("^run " + i + " (\\S+ \\S+)$"), patience)));
        }
        process.awaitEnd(PATIENCE);
        return done;
    }
}
