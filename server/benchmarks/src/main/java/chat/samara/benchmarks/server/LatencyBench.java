package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.bare.BareServer;
import chat.samara.benchmarks.load.Acks;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./samara bench latency}: how long messages take when a server has half as much to do as it can. */
@Command(
        name = "latency",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "How long messages take in one room at half of the rate that it can take at most: first the most is"
                    + " measured, then the latency.",
            "Beside it a bare Netty fan-out of the same bytes, at half of its own most."
        })
public final class LatencyBench implements Callable<Integer> {
    private static final double PART = 0.5;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private RunOptions options = new RunOptions();

    @Option(names = "--readers", paramLabel = "N", defaultValue = "1000", description = "Of the room. Default: 1000")
    private int readers;

    @Option(
            names = "--acks",
            paramLabel = "SDK|EACH|NO",
            defaultValue = "sdk",
            description = "When readers acknowledge: as the SDK does, each frame, or never. Default: sdk")
    private Acks acks = Acks.SDK;

    @Option(
            names = "--in-flight",
            paramLabel = "N",
            defaultValue = "128",
            description = "Messages under way while the most is measured. Default: 128")
    private int inFlight;

    @Override
    public Integer call() throws BenchFailure, InterruptedException {
        options.check();
        RunOptions.between("--readers", readers, 1, FanoutBench.READERS_MAX);
        RunOptions.between("--in-flight", inFlight, 1, FanoutBench.IN_FLIGHT_MAX);
        try (Scene scene = Scene.open(options, 1 + readers)) {
            BareServer bare = BareServer.start(scene.workshop());
            FanoutRoom room = FanoutRoom.found(scene, 1, readers, options.payloadBytes);

            List<Run> most = room.measure(acks, false, talk -> talk.pipelined(inFlight));
            double rate = PART * messagesPerSecond(most);
            List<Run> half = room.measure(acks, true, talk -> talk.atRate(rate));

            double frameBytes = Figure.median(most, Run::frameBytes);
            List<Run> bareMost = room.measureBare(bare, frameBytes, false, talk -> talk.pipelined(inFlight));
            double bareRate = PART * messagesPerSecond(bareMost);
            List<Run> bareHalf = room.measureBare(bare, frameBytes, true, talk -> talk.atRate(bareRate));
            print(rate, bareRate, half, bareHalf);
        }
        return 0;
    }

    private double messagesPerSecond(List<Run> runs) throws BenchFailure {
        double messages = Figure.median(runs, Run::deliveries) / readers;
        if (messages <= 0) {
            throw new BenchFailure(
                    "nothing was delivered in " + options.seconds + " s; give it more by --seconds and --warm-up");
        }
        return messages;
    }

    private void print(double rate, double bareRate, List<Run> half, List<Run> bareHalf) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("readers", readers);
        parameters.put("acks", acks.name().toLowerCase(Locale.ROOT));
        parameters.put("rate", Math.round(rate));
        parameters.put("baseline_rate", Math.round(bareRate));
        parameters.put("payload_bytes", options.payloadBytes);
        Figures figures = new Figures(
                "latency", parameters, half, bareHalf, spec.commandLine().getOut(), options.json);
        figures.print("deliveries", "1/s", Run::deliveries);
        figures.printLatencies();
    }
}
