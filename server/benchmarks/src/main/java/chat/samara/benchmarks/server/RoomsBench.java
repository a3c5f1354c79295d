package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.WrongOption;
import chat.samara.benchmarks.bare.BareServer;
import chat.samara.benchmarks.load.Acks;
import java.util.ArrayList;
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

/** {@code ./samara bench rooms}: many small rooms at once. */
@Command(
        name = "rooms",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "How fast what is said in many small rooms at once reaches their members, beside a bare Netty fan-out"
                        + " of the same bytes.")
public final class RoomsBench implements Callable<Integer> {
    private static final int IN_FLIGHT_MAX = 100;

    /** Of one session; above it a server refuses. */
    private static final int IN_FLIGHT_OF_ONE_MAX = 1_000;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private RunOptions options = new RunOptions();

    @Option(
            names = "--rooms",
            paramLabel = "RxN",
            split = ",",
            defaultValue = "500x10,1000x4",
            description = "Rooms and members of each, a list. Default: 500x10,1000x4")
    private List<String> rooms = List.of();

    @Option(
            names = "--devices",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Who is in them; all in as many. Default: 1000")
    private int devices;

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
            defaultValue = "2",
            description = "Messages under way in each room. Default: 2")
    private int inFlight;

    @Override
    public Integer call() throws BenchFailure, InterruptedException {
        List<RoomsCase> cases = check();
        try (Scene scene = Scene.open(options, devices)) {
            BareServer bare = BareServer.start(scene.workshop());
            for (RoomsCase each : cases) {
                RoomsCase.Founded founded = each.found(scene, options.payloadBytes);
                Map<Acks, List<Run>> measured = new LinkedHashMap<>();
                for (Acks acknowledge : acks) {
                    measured.put(acknowledge, each.measure(scene, founded, acknowledge, inFlight));
                }
                double frameBytes = Figure.median(measured.values().iterator().next(), Run::frameBytes);
                List<Run> baseline = each.measureBare(scene, bare, frameBytes, inFlight);
                measured.forEach((acknowledge, runs) -> print(each, acknowledge, runs, baseline));
            }
        }
        return 0;
    }

    private List<RoomsCase> check() throws BenchFailure {
        options.check();
        RunOptions.between("--devices", devices, 1, FanoutBench.READERS_MAX);
        RunOptions.between("--in-flight", inFlight, 1, IN_FLIGHT_MAX);
        List<RoomsCase> cases = new ArrayList<>();
        for (String each : rooms) {
            RoomsCase read = RoomsCase.parse(each, devices);
            int foundedByOne = (read.rooms() + devices - 1) / devices;
            if (foundedByOne * inFlight > IN_FLIGHT_OF_ONE_MAX) {
                throw new WrongOption(
                        "--in-flight is " + inFlight + ": in " + foundedByOne + " rooms a device these are more than "
                                + IN_FLIGHT_OF_ONE_MAX + " at once; take fewer, or more --devices");
            }
            cases.add(read);
        }
        return cases;
    }

    private void print(RoomsCase measured, Acks acknowledge, List<Run> runs, List<Run> baseline) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("rooms", measured.rooms());
        parameters.put("members", measured.members());
        parameters.put("devices", devices);
        parameters.put("acks", acknowledge.name().toLowerCase(Locale.ROOT));
        parameters.put("in_flight", inFlight);
        parameters.put("payload_bytes", options.payloadBytes);
        Figures figures = new Figures(
                "rooms", parameters, runs, baseline, spec.commandLine().getOut(), options.json);
        figures.print("deliveries", "1/s", Run::deliveries);
        figures.print("messages", "1/s", run -> run.deliveries() / measured.members());
        figures.print("bytes", "bytes", Run::wireBytes);
    }
}
