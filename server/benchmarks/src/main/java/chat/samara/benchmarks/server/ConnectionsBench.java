package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.bare.BareServer;
import chat.samara.benchmarks.load.Device;
import chat.samara.benchmarks.load.LoadClient;
import chat.samara.benchmarks.load.Sources;
import chat.samara.benchmarks.load.Village;
import chat.samara.benchmarks.process.ServerUnderTest;
import chat.samara.benchmarks.process.Workshop;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./samara bench connections}: what devices cost a server that are there and say nothing, and how fast they come. */
@Command(
        name = "connections",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "What devices cost that are logged in and say nothing, and how many can log in a second: with a whole TLS"
                    + " handshake, and when they return.",
            "Beside it a bare Netty echo with the same TLS that has as many connections."
        })
public final class ConnectionsBench implements Callable<Integer> {
    private static final String NAME = "connections.example";
    private static final int SOURCES_MAX = 250;
    private static final int HEAP_MIB_MIN = 64;
    private static final int HEAP_MIB_MAX = 65_536;
    private static final double KIB_BYTES = 1 << 10;

    /** Logins before anything is read: so that what a server loads and makes once is there. */
    private static final int WARM_UP_LOGINS_MAX = 300;

    private static final int WARM_UP_PART = 10;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private PlaceOptions place = new PlaceOptions();

    @Option(
            names = "--connections",
            paramLabel = "N|max",
            defaultValue = "2000",
            description =
                    "Devices at once; max: as many as this machine's file limit and the server take. Default: 2000")
    private String connections = "";

    @Option(
            names = "--step",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Connections after which memory is read, each time. Default: 1000")
    private int step;

    @Option(
            names = "--returning",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Devices that go and log in again in the end, at most. Default: 1000")
    private int returning;

    @Option(
            names = "--sources",
            paramLabel = "N",
            defaultValue = "8",
            description = "Addresses that they come from, 127.0.0.1 and following ones. Default: 8")
    private int sources;

    @Option(
            names = "--heap-mib",
            paramLabel = "N",
            defaultValue = "768",
            description = "Of the server. Default: 768, as ./samara server has it")
    private int heapMib;

    @Override
    public Integer call() throws BenchFailure, InterruptedException {
        check();
        int count = ConnectionCount.of(connections);
        LoadClient.requireFilesFor(count);
        place.warnOfMemoryDisk();
        try (Workshop workshop = Workshop.open(place.folder);
                LoadClient client = new LoadClient()) {
            List<Device> devices = register(workshop, client, count);
            List<String> options = List.of("-Xms" + heapMib + "m", "-XX:+AlwaysPreTouch");
            Sources from = new Sources(sources);

            ServerUnderTest server =
                    ServerUnderTest.start(workshop, NAME, new ServerUnderTest.Setup(heapMib, options, List.of()));
            Crowd own = new Crowd(client, Crowd.of(server), Crowd.sessions(client, server, devices, from));
            ConnectionsRun held = own.gather(count, step, warmUp(count), Math.min(returning, count));
            own.leave();
            server.end();

            BareServer bare = BareServer.startEcho(
                    workshop, server.data().resolve("tls.crt"), server.data().resolve("tls.key"), heapMib, options);
            Crowd beside = new Crowd(client, Crowd.of(bare), Crowd.echoes(client, bare, from));
            ConnectionsRun heldBare = beside.gather(count, step, warmUp(count), Math.min(returning, count));
            beside.leave();
            print(held, heldBare);
        }
        return 0;
    }

    private void check() throws BenchFailure {
        PlaceOptions.between("--step", step, 1, ConnectionCount.SERVER_MAX);
        PlaceOptions.between("--returning", returning, 1, ConnectionCount.SERVER_MAX);
        PlaceOptions.between("--sources", sources, 1, SOURCES_MAX);
        PlaceOptions.between("--heap-mib", heapMib, HEAP_MIB_MIN, HEAP_MIB_MAX);
    }

    /** Few beside those that are read: what they leave behind is used again. */
    private static int warmUp(int count) {
        return Math.max(1, Math.min(count / WARM_UP_PART, WARM_UP_LOGINS_MAX));
    }

    /** Lets all of them have their accounts, and ends the server: what that has left in its memory is none of theirs. */
    private static List<Device> register(Workshop workshop, LoadClient client, int count)
            throws BenchFailure, InterruptedException {
        ServerUnderTest server = ServerUnderTest.start(workshop, NAME);
        Village village = Village.settle(client, server, count);
        village.leave();
        server.end();
        return village.devices();
    }

    private void print(ConnectionsRun held, ConnectionsRun bare) {
        for (int i = 0; i < held.steps().size(); i++) {
            ConnectionsRun.Step own = held.steps().get(i);
            ConnectionsRun.Step beside = bare.steps().get(i);
            Figures figures = figures(own.connections());
            print(figures, "memory", ConnectionsRun.Step::bytes, own, beside);
            print(figures, "heap", ConnectionsRun.Step::heapBytes, own, beside);
            if (own.directBytes().isPresent()) {
                figures.print("direct", "KiB", List.of(own.directBytes().getAsDouble() / KIB_BYTES), List.of());
            }
        }
        Figures figures = figures(held.steps().get(held.steps().size() - 1).connections());
        figures.print("logins", "1/s", held.loginsPerSecond(), bare.loginsPerSecond());
        figures.print("returns", "1/s", List.of(held.returnsPerSecond()), List.of(bare.returnsPerSecond()));
        figures.print("resumed", "%", List.of(held.resumedPercent()), List.of(bare.resumedPercent()));
    }

    private static void print(
            Figures figures,
            String name,
            ToDoubleFunction<ConnectionsRun.Step> bytes,
            ConnectionsRun.Step own,
            ConnectionsRun.Step bare) {
        figures.print(
                name,
                "KiB",
                List.of(bytes.applyAsDouble(own) / KIB_BYTES),
                List.of(bytes.applyAsDouble(bare) / KIB_BYTES));
    }

    private Figures figures(int count) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("connections", count);
        parameters.put("sources", sources);
        parameters.put("heap_mib", heapMib);
        parameters.put("files_max", LoadClient.filesMax());
        return new Figures("connections", parameters, spec.commandLine().getOut(), place.json);
    }
}
