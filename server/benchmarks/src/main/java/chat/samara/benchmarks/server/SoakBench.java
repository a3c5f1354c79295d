package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.WrongOption;
import chat.samara.benchmarks.load.LoadClient;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./samara bench soak}: whether anything of a server grows that should not. */
@Command(
        name = "soak",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "A mixed load for as long as you like: talk in rooms, members who join and found rooms, devices that go and"
                    + " return, idle connections. A line each so often, and a last one that says how fast memory, files,"
                    + " threads and the disk rose, so that a leak can be seen.",
            "The slopes leave out the first third, in which a server fills what it keeps."
        })
public final class SoakBench implements Callable<Integer> {
    private static final double MINUTES_MAX = 60 * 24 * 30;
    private static final double SECONDS_EACH_MAX = 3_600;
    private static final int ROOMS_MAX = 10_000;
    private static final int CONNECTIONS_MAX = 8_000;
    private static final double RATE_MAX = 100_000;
    private static final int HEAP_MIB_MIN = 64;
    private static final int HEAP_MIB_MAX = 65_536;
    private static final double MINUTE_SECONDS = 60;
    private static final double SECOND_NANOS = 1e9;
    private static final double MILLI_NANOS = 1e6;
    private static final double NEARLY_ALL = 99;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private PlaceOptions place = new PlaceOptions();

    @Option(names = "--minutes", paramLabel = "M", defaultValue = "10", description = "How long. Default: 10")
    private double minutes;

    @Option(
            names = "--each",
            paramLabel = "S",
            defaultValue = "10",
            description = "Seconds between two lines; somebody joins and somebody returns in each. Default: 10")
    private double each;

    @Option(
            names = "--rooms",
            paramLabel = "N",
            defaultValue = "20",
            description = "Rooms of four in which is talked all the time. Default: 20")
    private int rooms;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "100",
            description = "Messages a second, in all rooms together. Default: 100")
    private double rate;

    @Option(
            names = "--idle",
            paramLabel = "N",
            defaultValue = "200",
            description =
                    "Devices that are there and say nothing; a tenth of them goes and returns each time. Default: 200")
    private int idle;

    @Option(
            names = "--heap-mib",
            paramLabel = "N",
            defaultValue = "768",
            description = "Of the server. Default: 768, as ./samara server has it")
    private int heapMib;

    @Override
    public Integer call() throws BenchFailure, InterruptedException {
        check();
        place.warnOfMemoryDisk();
        int times = (int) Math.max(1, Math.round(minutes * MINUTE_SECONDS / each));
        SoakReport report = new SoakReport(spec.commandLine().getOut(), place.json);
        try (SoakLoad load = SoakLoad.begin(place.folder, new SoakLoad.Size(rooms, rate, idle, times), heapMib)) {
            long began = System.nanoTime();
            for (int i = 1; i <= times; i++) {
                load.change(i);
                long due = began + (long) (i * each * SECOND_NANOS);
                load.client().goOn(Math.max(0, due - System.nanoTime()));
                Histogram latencies = load.client().tally().takeLatencies();
                report.add(SoakSample.read(
                        load.server(),
                        (System.nanoTime() - began) / SECOND_NANOS,
                        load.client().tally().count().acknowledged(),
                        load.client().tally().count().delivered(),
                        latencies.getValueAtPercentile(NEARLY_ALL) / MILLI_NANOS));
                // What the reading itself has cost is nobody's latency.
                Histogram unused = load.client().tally().takeLatencies();
            }
            load.end();
        } finally {
            // Also of one that ends badly: it is what the time was for.
            report.end();
        }
        return 0;
    }

    private void check() throws BenchFailure {
        within("--minutes", minutes, MINUTES_MAX);
        within("--each", each, SECONDS_EACH_MAX);
        within("--rate", rate, RATE_MAX);
        PlaceOptions.between("--rooms", rooms, 1, ROOMS_MAX);
        PlaceOptions.between("--idle", idle, 1, CONNECTIONS_MAX);
        PlaceOptions.between("--heap-mib", heapMib, HEAP_MIB_MIN, HEAP_MIB_MAX);
        LoadClient.requireFilesFor(idle + rooms * SoakLoad.MEMBERS);
    }

    private static void within(String option, double value, double max) throws BenchFailure {
        if (!(value > 0 && value <= max)) {
            throw new WrongOption(option + " is " + value + ", expected more than 0, and at most " + max);
        }
    }
}
