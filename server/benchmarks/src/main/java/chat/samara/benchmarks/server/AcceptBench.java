package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.bare.BareRun;
import chat.samara.benchmarks.bare.BareStore;
import chat.samara.benchmarks.load.Talk;
import chat.samara.benchmarks.process.ServerMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./samara bench accept}: how fast messages become durable while nobody reads them. */
@Command(
        name = "accept",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "How fast messages are acknowledged as durable while nobody reads, beside a bare RocksDB that syncs each"
                    + " write.",
            "With one message in flight, how long an acknowledgement takes."
        })
public final class AcceptBench implements Callable<Integer> {
    private static final int IN_FLIGHT_MAX = 10_000;

    /** Of one session; above it a server refuses. */
    private static final int IN_FLIGHT_OF_ONE_MAX = 1_000;

    /** What lets RocksDB sync many writes at once. */
    private static final int BARE_THREADS_MAX = 256;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private RunOptions options = new RunOptions();

    @Option(
            names = "--case",
            paramLabel = "CxS",
            split = ",",
            defaultValue = "1x1,1x10,1x256,256x10,256x256",
            description = "Channels and senders, a list. Default: 1x1,1x10,1x256,256x10,256x256")
    private List<String> cases = List.of();

    @Option(
            names = "--in-flight",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,512",
            description =
                    "Messages under way, of all senders together, a list; fewer than channels or senders are left out."
                            + " Default: 1,512")
    private List<Integer> inFlight = List.of();

    @Override
    public Integer call() throws BenchFailure, InterruptedException {
        options.check();
        List<AcceptCase> parsed = new ArrayList<>();
        for (String each : cases) {
            parsed.add(AcceptCase.parse(each));
        }
        for (int each : inFlight) {
            RunOptions.between("--in-flight", each, 1, IN_FLIGHT_MAX);
        }
        int members = parsed.stream().mapToInt(AcceptCase::senders).max().orElse(1);
        try (Scene scene = Scene.open(options, members)) {
            Map<Integer, List<Run>> baselines = new LinkedHashMap<>();
            for (AcceptCase each : parsed) {
                List<Talk> talks = each.found(scene, options.payloadBytes);
                for (int underWay : inFlight) {
                    boolean fits = underWay >= talks.size()
                            && underWay >= each.senders()
                            && underWay / each.senders() <= IN_FLIGHT_OF_ONE_MAX;
                    if (fits) {
                        Measured measured = measure(scene, talks, underWay);
                        int threads = Math.min(underWay, BARE_THREADS_MAX);
                        if (!baselines.containsKey(threads)) {
                            baselines.put(threads, bare(scene, threads));
                        }
                        print(each, underWay, measured, baselines.getOrDefault(threads, List.of()));
                    }
                }
            }
        }
        return 0;
    }

    /**
     * Runs, and what the server's store wrote meanwhile and in the warm-up.
     *
     * @param logBytes a message, in RocksDB's write-ahead log
     * @param tableBytes a message, in its tables' files, as often as compactions wrote them
     */
    private record Measured(List<Run> runs, double logBytes, double tableBytes) {}

    private static Measured measure(Scene scene, List<Talk> talks, int underWay)
            throws BenchFailure, InterruptedException {
        scene.client().tally().timed(true);
        ServerMetrics before = scene.server().metrics();
        talks.forEach(talk -> talk.pipelined(underWay / talks.size()));
        List<Run> runs = scene.meter().read();
        talks.forEach(Talk::end);
        scene.village().awaitAll(talks, List.of());
        ServerMetrics after = scene.server().metrics();
        double messages = rise("samara_entries_appended_total", before, after);
        return new Measured(
                runs,
                rise("samara_store_log_written_bytes_total", before, after) / messages,
                rise("samara_store_tables_written_bytes_total", before, after) / messages);
    }

    private static double rise(String name, ServerMetrics before, ServerMetrics after) throws BenchFailure {
        return after.sum(name) - before.sum(name);
    }

    /** RocksDB alone, with rows as large as the messages. */
    private List<Run> bare(Scene scene, int threads) throws BenchFailure, InterruptedException {
        List<BareRun> runs = BareStore.measure(
                scene.workshop(), threads, options.payloadBytes, options.warmUp, options.runs, options.seconds);
        return runs.stream()
                .map(run -> new Run(run.writes(), 0, 0, 0, List.of(), 0, run.latencies()))
                .toList();
    }

    private void print(AcceptCase which, int underWay, Measured measured, List<Run> baseline) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("channels", which.channels());
        parameters.put("senders", which.senders());
        parameters.put("in_flight", underWay);
        parameters.put("payload_bytes", options.payloadBytes);
        Figures figures = new Figures(
                "accept",
                parameters,
                measured.runs,
                baseline,
                spec.commandLine().getOut(),
                options.json);
        figures.print("messages", "1/s", Run::messages);
        figures.printLatencies();
        figures.print("log_bytes", "bytes", List.of(measured.logBytes), List.of());
        figures.print("table_bytes", "bytes", List.of(measured.tableBytes), List.of());
    }
}
