package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.WrongOption;
import chat.samara.benchmarks.bare.BareServer;
import chat.samara.benchmarks.load.Acks;
import chat.samara.benchmarks.load.Talk;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./samara bench fanout}: one room, many readers. */
@Command(
        name = "fanout",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "How fast what is said in one room reaches all its readers, beside a bare Netty fan-out of the same bytes.",
            "Without --rate: as fast as it goes. With --rate: what a steady talk costs, and how long a message takes."
        })
public final class FanoutBench implements Callable<Integer> {
    static final int READERS_MAX = 9_000;
    private static final int SENDERS_MAX = 100;
    static final int IN_FLIGHT_MAX = 1_000;
    static final double RATE_MAX = 100_000;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private RunOptions options = new RunOptions();

    @Option(
            names = "--readers",
            paramLabel = "N",
            split = ",",
            defaultValue = "10,100,1000",
            description = "Readers of the room, a list. Default: 10,100,1000")
    private List<Integer> readers = List.of();

    @Option(names = "--senders", paramLabel = "N", defaultValue = "1", description = "Members who speak. Default: 1")
    private int senders;

    @Option(
            names = "--acks",
            paramLabel = "SDK|EACH|NO",
            split = ",",
            defaultValue = "no,sdk",
            description = "When readers acknowledge: as the SDK does, each frame, or never; a list. Default: no,sdk")
    private List<Acks> acks = List.of();

    @Option(
            names = "--in-flight",
            paramLabel = "N",
            defaultValue = "128",
            description = "Messages that are under way at any time. Default: 128")
    private int inFlight;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "0",
            description = "Messages a second instead of as many as go")
    private double rate;

    @Override
    public Integer call() throws BenchFailure, InterruptedException {
        check();
        int most = readers.stream().mapToInt(Integer::intValue).max().orElse(0);
        try (Scene scene = Scene.open(options, senders + most)) {
            BareServer bare = BareServer.start(scene.workshop());
            for (int count : readers) {
                measure(FanoutRoom.found(scene, senders, count, options.payloadBytes), bare, count);
            }
        }
        return 0;
    }

    private void check() throws BenchFailure {
        options.check();
        for (int count : readers) {
            RunOptions.between("--readers", count, 1, READERS_MAX);
        }
        RunOptions.between("--senders", senders, 1, SENDERS_MAX);
        RunOptions.between("--in-flight", inFlight, 1, IN_FLIGHT_MAX);
        if (!(rate >= 0 && rate <= RATE_MAX)) {
            throw new WrongOption("--rate is " + rate + ", expected 0 (as fast as it goes) to " + RATE_MAX);
        }
    }

    private void measure(FanoutRoom room, BareServer bare, int count) throws BenchFailure, InterruptedException {
        boolean steady = rate > 0;
        Consumer<Talk> begin = talk -> {
            if (steady) {
                talk.atRate(rate);
            } else {
                talk.pipelined(inFlight);
            }
        };
        Map<Acks, List<Run>> measured = new LinkedHashMap<>();
        for (Acks each : acks) {
            measured.put(each, room.measure(each, steady, begin));
        }
        double frameBytes = Figure.median(measured.values().iterator().next(), Run::frameBytes);
        List<Run> baseline = room.measureBare(bare, frameBytes, steady, begin);
        for (Map.Entry<Acks, List<Run>> each : measured.entrySet()) {
            Figures figures = new Figures(
                    "fanout",
                    parameters(count, each.getKey()),
                    each.getValue(),
                    baseline,
                    spec.commandLine().getOut(),
                    options.json);
            if (steady) {
                figures.print("server_cpu", "cores", Run::serverCpu);
                figures.printLatencies();
            } else {
                figures.print("deliveries", "1/s", Run::deliveries);
                figures.print("bytes", "bytes", Run::wireBytes);
            }
        }
    }

    private Map<String, Object> parameters(int count, Acks acknowledge) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("readers", count);
        parameters.put("senders", senders);
        parameters.put("acks", acknowledge.name().toLowerCase(Locale.ROOT));
        if (rate > 0) {
            parameters.put("rate", rate);
        } else {
            parameters.put("in_flight", inFlight);
        }
        parameters.put("payload_bytes", options.payloadBytes);
        return parameters;
    }
}
