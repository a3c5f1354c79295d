package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.WrongOption;
import chat.samara.benchmarks.load.Talk;
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

/** {@code ./samara bench federation}: two servers with members in the same channels. */
@Command(
        name = "federation",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "How fast messages travel between two servers that are peers: one is the hub of channels in which both have"
                    + " members, the other follows. As fast as it goes, read by members of both; then at a steady"
                    + " rate, how long a message takes to the members of the other server.",
            "Nothing may be lost: each message is read, and acknowledged as ordered."
        })
public final class FederationBench implements Callable<Integer> {
    private static final int CHANNELS_MAX = 200;
    private static final int SENDERS_MAX = 100;
    private static final int IN_FLIGHT_MAX = 10_000;

    /** Of one session; above it a server refuses. */
    private static final int IN_FLIGHT_OF_ONE_MAX = 1_000;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private RunOptions options = new RunOptions();

    @Option(
            names = "--from",
            paramLabel = "FOLLOWER|HUB",
            split = ",",
            defaultValue = "follower,hub",
            description = "Whose members speak, a list. Default: follower,hub")
    private List<Side> from = List.of();

    @Option(
            names = "--channels",
            paramLabel = "N",
            defaultValue = "1",
            description = "In which they speak at once. Default: 1")
    private int channels;

    @Option(
            names = "--senders",
            paramLabel = "N",
            defaultValue = "4",
            description = "Members of each server who speak in turn, in all channels. Default: 4")
    private int senders;

    @Option(
            names = "--in-flight",
            paramLabel = "N",
            defaultValue = "1024",
            description = "Messages under way, in all channels together. Default: 1024")
    private int inFlight;

    @Option(
            names = "--rate",
            paramLabel = "R",
            defaultValue = "20",
            description =
                    "Messages a second, in all channels together, while their latency is measured; 0 leaves that out."
                            + " Default: 20")
    private double rate;

    @Override
    public Integer call() throws BenchFailure, InterruptedException {
        check();
        try (FederatedChannels founded = FederatedChannels.found(options, channels, senders)) {
            for (Side speaking : from) {
                List<Run> most =
                        founded.measureMost(speaking, talk -> talk.pipelined(Math.max(1, inFlight / channels)));
                print(figures(speaking, "in_flight", inFlight, most));
                if (rate > 0) {
                    List<Run> steady = founded.measureLatency(speaking, (Talk talk) -> talk.atRate(rate / channels));
                    figures(speaking, "rate", rate, steady).printLatencies();
                }
            }
        }
        return 0;
    }

    private void check() throws BenchFailure {
        options.check();
        RunOptions.between("--channels", channels, 1, CHANNELS_MAX);
        RunOptions.between("--senders", senders, 1, SENDERS_MAX);
        RunOptions.between("--in-flight", inFlight, channels, IN_FLIGHT_MAX);
        if (inFlight / senders > IN_FLIGHT_OF_ONE_MAX) {
            throw new WrongOption("--in-flight is " + inFlight + ", for " + senders + " senders expected at most "
                    + senders * IN_FLIGHT_OF_ONE_MAX);
        }
        if (!(rate >= 0 && rate <= FanoutBench.RATE_MAX)) {
            throw new WrongOption("--rate is " + rate + ", expected 0 to " + FanoutBench.RATE_MAX);
        }
    }

    private Figures figures(Side speaking, String load, Number amount, List<Run> runs) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("from", speaking.name().toLowerCase(Locale.ROOT));
        parameters.put("channels", channels);
        parameters.put("senders", senders);
        parameters.put(load, amount);
        parameters.put("payload_bytes", options.payloadBytes);
        return new Figures(
                "federation", parameters, runs, List.of(), spec.commandLine().getOut(), options.json);
    }

    private static void print(Figures most) {
        // One reader at each server: half of what is delivered.
        most.print("messages", "1/s", run -> run.deliveries() / Side.values().length);
        for (Side side : Side.values()) {
            most.print(
                    side.name().toLowerCase(Locale.ROOT) + "_cpu",
                    "processors",
                    run -> run.serverCpus().get(side.server()));
        }
    }
}
