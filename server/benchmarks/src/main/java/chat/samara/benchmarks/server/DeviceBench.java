package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.device.Pair;
import chat.samara.benchmarks.device.Taken;
import chat.samara.benchmarks.load.LoadClient;
import chat.samara.benchmarks.load.Village;
import chat.samara.benchmarks.process.ServerUnderTest;
import chat.samara.benchmarks.process.Workshop;
import chat.samara.wire.identity.UserId;
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

/** {@code ./samara bench device}: how fast a device of the SDK is, with its profile on the disk, beside a real server. */
@Command(
        name = "device",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "How fast a device of the SDK sends and catches up, how long its profile takes to open and how large it is, and"
                    + " how long it takes to add many members in one go.",
            "One device is open at a time, in the benchmark's own process, whose processor time stands beside each figure."
        })
public final class DeviceBench implements Callable<Integer> {
    private static final int TEXTS_MAX = 1_000_000;
    private static final int THREADS_MAX = 1_000;
    private static final int MEMBERS_MAX = 1_500;
    private static final double SECOND_NANOS = 1e9;
    private static final double MILLI_NANOS = 1e6;
    private static final double MICRO_NANOS = 1e3;
    private static final double KIB = 1024;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private PlaceOptions place = new PlaceOptions();

    @Option(
            names = "--texts",
            paramLabel = "N",
            defaultValue = "5000",
            description = "That are said in a run, and caught up with. Default: 5000")
    private int texts;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "3", description = "Default: 3")
    private int runs;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "64",
            description = "That speak at once, each waiting until its text is durable on the device. Default: 64")
    private int threads;

    @Option(
            names = "--members",
            paramLabel = "N",
            defaultValue = "0",
            description = "That are added in one go, at the end. Default: none")
    private int members;

    @Override
    public Integer call() throws BenchFailure, InterruptedException {
        PlaceOptions.between("--texts", texts, 1, TEXTS_MAX);
        PlaceOptions.between("--runs", runs, 1, THREADS_MAX);
        PlaceOptions.between("--threads", threads, 1, THREADS_MAX);
        PlaceOptions.between("--members", members, 0, MEMBERS_MAX);
        place.warnOfMemoryDisk();
        try (Workshop workshop = Workshop.open(place.folder)) {
            ServerUnderTest server = ServerUnderTest.start(workshop, "device.example");
            Pair pair = Pair.meet(workshop, server);
            measure(pair);
            if (members > 0) {
                add(pair, server);
            }
        }
        return 0;
    }

    private void measure(Pair pair) throws BenchFailure, InterruptedException {
        List<Taken> sending = new ArrayList<>();
        List<Taken> reading = new ArrayList<>();
        List<Double> sentBytes = new ArrayList<>();
        List<Double> readBytes = new ArrayList<>();
        long emptyHeapBytes = Pair.liveHeapBytes();
        for (int run = 0; run < runs; run++) {
            long speakerBytes = pair.speakerBytes();
            sending.add(pair.speak(texts, threads));
            sentBytes.add((double) (pair.speakerBytes() - speakerBytes) / texts);
            long readerBytes = pair.readerBytes();
            reading.add(pair.catchUp());
            readBytes.add((double) (pair.readerBytes() - readerBytes) / texts);
        }
        print("sending", sending, sentBytes);
        print("catchup", reading, readBytes);
        List<Double> open = new ArrayList<>();
        List<Double> openCpu = new ArrayList<>();
        List<Double> heap = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
            Pair.Opened opened = pair.open();
            open.add((opened.whole().wallNanos() - opened.key().wallNanos()) / MILLI_NANOS);
            openCpu.add((opened.whole().processNanos() - opened.key().processNanos()) / MILLI_NANOS);
            heap.add((opened.heapBytes() - emptyHeapBytes) / KIB);
        }
        Figures figures = figures("open", (long) texts * runs);
        figures.print("after_key", "ms", open, List.of());
        figures.print("after_key_cpu", "ms", openCpu, List.of());
        figures.print("heap", "KiB", heap, List.of());
    }

    private void print(String step, List<Taken> taken, List<Double> profileBytes) {
        Figures figures = figures(step, texts);
        figures.print(
                "messages",
                "1/s",
                taken.stream().map(it -> texts * SECOND_NANOS / it.wallNanos()).toList(),
                List.of());
        figures.print(
                "cpu",
                "us",
                taken.stream()
                        .map(it -> it.processNanos() / MICRO_NANOS / texts)
                        .toList(),
                List.of());
        figures.print(
                "engine_cpu",
                "us",
                taken.stream().map(it -> it.engineNanos() / MICRO_NANOS / texts).toList(),
                List.of());
        figures.print("profile_bytes", "bytes", profileBytes, List.of());
    }

    private void add(Pair pair, ServerUnderTest server) throws BenchFailure, InterruptedException {
        List<UserId> users;
        try (LoadClient client = new LoadClient()) {
            Village village = Village.settle(client, server, members);
            users = village.publishAll();
            village.leave();
        }
        Taken taken = pair.add(users);
        Figures figures = figures("add", members);
        figures.print("seconds", "s", List.of(taken.wallNanos() / SECOND_NANOS), List.of());
        figures.print("cpu", "ms", List.of(taken.processNanos() / MILLI_NANOS), List.of());
    }

    private Figures figures(String step, long count) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("step", step);
        parameters.put("count", count);
        parameters.put("threads", threads);
        return new Figures("device", parameters, spec.commandLine().getOut(), place.json);
    }
}
