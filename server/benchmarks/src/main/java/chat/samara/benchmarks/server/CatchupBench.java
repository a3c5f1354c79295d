package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.load.Device;
import chat.samara.benchmarks.load.Room;
import chat.samara.benchmarks.load.Talk;
import chat.samara.benchmarks.load.Tally;
import chat.samara.benchmarks.process.CpuClock;
import chat.samara.benchmarks.process.ServerUnderTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./samara bench catchup}: everybody returns at once, after an outage. */
@Command(
        name = "catchup",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "How fast devices that were away get what they lack, all at once, and what two members notice of it who talk"
                    + " in another room meanwhile.",
            "A run is over when each has all; --seconds is how long the two are listened to before."
        })
public final class CatchupBench implements Callable<Integer> {
    private static final int DEVICES_MAX = 4_096;
    private static final int ENTRIES_MAX = 10_000_000;
    private static final int HEAP_MIB_MIN = 64;
    private static final int HEAP_MIB_MAX = 65_536;
    private static final int SAID_AT_ONCE = 512;
    private static final long LOOK_AGAIN_NANOS = 5_000_000;
    private static final double SECOND_NANOS = 1e9;
    private static final double MIB_BYTES = 1 << 20;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private RunOptions options = new RunOptions();

    @Option(
            names = "--devices",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,10,1000",
            description = "Devices that return at once, a list. Default: 1,10,1000")
    private List<Integer> devices = List.of();

    @Option(
            names = "--entries",
            paramLabel = "N",
            defaultValue = "100000",
            description = "Of the log; each device lacks all of it, if they are few. Default: 100000")
    private int entries;

    @Option(
            names = "--deliveries",
            paramLabel = "N",
            defaultValue = "1000000",
            description =
                    "What all of them together lack at most: of many, each lacks the newest only. Default: 1000000")
    private int deliveries;

    @Option(
            names = "--heap-mib",
            paramLabel = "N",
            defaultValue = "768",
            description = "Of the server. Default: 768, as ./samara server has it")
    private int heapMib;

    @Override
    public Integer call() throws BenchFailure, InterruptedException {
        check();
        int most = devices.stream().mapToInt(Integer::intValue).max().orElse(1);
        try (Scene scene = Scene.open(options, 1 + most, heapMib);
                Bystanders bystanders = Bystanders.settle(scene.server(), options.payloadBytes)) {
            List<Device> all = scene.village().devices();
            Room room = scene.village().found(all.get(0), all.subList(1, all.size()), options.payloadBytes);
            fill(scene, all.get(0), room);
            bystanders.goOn((long) (options.warmUp * SECOND_NANOS));
            List<Run> quiet = quiet(bystanders);
            for (int count : devices) {
                long lacking = Math.max(1, Math.min(entries, deliveries / count));
                List<Run> runs = new ArrayList<>();
                for (int i = 0; i < options.runs; i++) {
                    runs.add(run(scene, bystanders, all.subList(1, 1 + count), room, lacking));
                }
                print(count, lacking, runs, quiet, scene.server());
            }
            bystanders.end();
        }
        return 0;
    }

    private void check() throws BenchFailure {
        options.check();
        for (int count : devices) {
            RunOptions.between("--devices", count, 1, DEVICES_MAX);
        }
        RunOptions.between("--entries", entries, 1, ENTRIES_MAX);
        RunOptions.between("--deliveries", deliveries, 1, Integer.MAX_VALUE);
        RunOptions.between("--heap-mib", heapMib, HEAP_MIB_MIN, HEAP_MIB_MAX);
    }

    /** Says as much as is to be read later. */
    private void fill(Scene scene, Device speaker, Room room) throws BenchFailure, InterruptedException {
        Talk talk = room.talkWithoutListeners(List.of(speaker.seat(room)));
        talk.pipelined(SAID_AT_ONCE);
        while (talk.said() < entries) {
            scene.client().goOn(LOOK_AGAIN_NANOS);
        }
        talk.end();
        scene.village().awaitAll(List.of(talk), List.of());
    }

    /** What the two notice while nothing else goes on. */
    private List<Run> quiet(Bystanders bystanders) throws BenchFailure, InterruptedException {
        List<Run> runs = new ArrayList<>();
        Histogram unused = bystanders.takeLatencies();
        for (int i = 0; i < options.runs; i++) {
            bystanders.goOn((long) (options.seconds * SECOND_NANOS));
            runs.add(new Run(0, 0, 0, 0, List.of(), 0, bystanders.takeLatencies()));
        }
        return runs;
    }

    private static Run run(Scene scene, Bystanders bystanders, List<Device> readers, Room room, long lacking)
            throws BenchFailure, InterruptedException {
        Histogram unused = bystanders.takeLatencies();
        Tally.Count before = scene.client().tally().count();
        Duration server = scene.server().cpu();
        Duration own = CpuClock.own();
        scene.village().catchUp(readers, room, lacking);
        Tally.Count after = scene.client().tally().count();
        double seconds = (after.nanos() - before.nanos()) / SECOND_NANOS;
        long delivered = after.delivered() - before.delivered();
        return new Run(
                0,
                delivered / seconds,
                (double) (after.frameBytes() - before.frameBytes()) / Math.max(1, delivered),
                (double) (after.wireBytes() - before.wireBytes()) / Math.max(1, delivered),
                List.of(scene.server().cpu().minus(server).toNanos() / SECOND_NANOS / seconds),
                CpuClock.own().minus(own).toNanos() / SECOND_NANOS / seconds,
                bystanders.takeLatencies());
    }

    private void print(int count, long lacking, List<Run> runs, List<Run> quiet, ServerUnderTest server) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("devices", count);
        parameters.put("entries", lacking);
        parameters.put("heap_mib", heapMib);
        parameters.put("payload_bytes", options.payloadBytes);
        Figures own = new Figures(
                "catchup", parameters, runs, List.of(), spec.commandLine().getOut(), options.json);
        own.print("deliveries", "1/s", Run::deliveries);
        own.print("bytes", "bytes", Run::wireBytes);
        OptionalLong peak = server.peakMemoryBytes();
        if (peak.isPresent()) {
            own.print("memory_peak", "MiB", run -> peak.getAsLong() / MIB_BYTES);
        }
        new Figures("catchup", parameters, runs, quiet, spec.commandLine().getOut(), options.json).printLatencies();
    }
}
