package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.load.LoadClient;
import chat.samara.benchmarks.load.Tally;
import chat.samara.benchmarks.process.CpuClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/** Reads a load that is going on: after a warm-up, some runs of equal length one after the other. */
final class Meter {
    private static final double SECOND_NANOS = 1e9;

    private final LoadClient client;
    private final List<Cpu> servers;
    private final RunOptions options;

    /** Where a process's processor time is read. */
    interface Cpu {
        Duration used() throws BenchFailure;
    }

    Meter(LoadClient client, List<Cpu> servers, RunOptions options) {
        this.client = client;
        this.servers = List.copyOf(servers);
        this.options = options;
    }

    private record Moment(Tally.Count count, List<Duration> servers, Duration own) {}

    /** One reading a run. */
    List<Run> read() throws BenchFailure, InterruptedException {
        client.goOn((long) (options.warmUp * SECOND_NANOS));
        List<Run> runs = new ArrayList<>();
        Histogram unused = client.tally().takeLatencies();
        Moment before = now();
        for (int i = 0; i < options.runs; i++) {
            client.goOn((long) (options.seconds * SECOND_NANOS));
            Moment after = now();
            runs.add(between(before, after, client.tally().takeLatencies()));
            before = after;
        }
        return runs;
    }

    private Moment now() throws BenchFailure {
        Tally.Count count = client.tally().count();
        List<Duration> used = new ArrayList<>();
        for (Cpu server : servers) {
            used.add(server.used());
        }
        return new Moment(count, used, CpuClock.own());
    }

    private static Run between(Moment before, Moment after, Histogram latencies) {
        double seconds = (after.count.nanos() - before.count.nanos()) / SECOND_NANOS;
        long delivered = after.count.delivered() - before.count.delivered();
        return new Run(
                (after.count.acknowledged() - before.count.acknowledged()) / seconds,
                delivered / seconds,
                (double) (after.count.frameBytes() - before.count.frameBytes()) / Math.max(1, delivered),
                (double) (after.count.wireBytes() - before.count.wireBytes()) / Math.max(1, delivered),
                IntStream.range(0, after.servers.size())
                        .mapToObj(i -> processors(before.servers.get(i), after.servers.get(i), seconds))
                        .toList(),
                processors(before.own, after.own, seconds),
                latencies);
    }

    private static double processors(Duration before, Duration after, double seconds) {
        return after.minus(before).toNanos() / SECOND_NANOS / seconds;
    }
}
