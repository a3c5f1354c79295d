package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.WrongOption;
import chat.samara.benchmarks.bare.BareClient;
import chat.samara.benchmarks.bare.BareServer;
import chat.samara.benchmarks.load.Device;
import chat.samara.benchmarks.load.LoadClient;
import chat.samara.benchmarks.load.Session;
import chat.samara.benchmarks.load.Sources;
import chat.samara.benchmarks.load.Village;
import chat.samara.benchmarks.process.ChildProcess;
import chat.samara.benchmarks.process.ServerUnderTest;
import chat.samara.benchmarks.process.SharedClasses;
import chat.samara.benchmarks.process.Workshop;
import java.nio.file.Path;
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

/** {@code ./samara bench start}: how long a server takes until it serves, and what it costs while nobody wants anything. */
@Command(
        name = "start",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "How long a server takes from the start of its process until a device that has its account is logged in, and"
                    + " what it costs while nobody wants anything.",
            "Beside it a bare Netty echo over TLS in a process of its own, until its first frame has come back."
        })
public final class StartBench implements Callable<Integer> {
    private static final int RUNS_MAX = 100;
    private static final int CHANNELS_MAX = 100_000;
    private static final int ACCOUNTS_MAX = 10_000;
    private static final double IDLE_SECONDS_MAX = 3_600;

    /** Of each channel, if there are as many accounts. */
    private static final int MEMBERS = 4;

    private static final int PAYLOAD_BYTES = 452;
    private static final double SECOND_NANOS = 1e9;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private PlaceOptions place = new PlaceOptions();

    @Option(
            names = "--channels",
            paramLabel = "N",
            split = ",",
            defaultValue = "0,1000",
            description =
                    "That the server orders before it is started, a list; each with four members. Default: 0,1000")
    private List<Integer> channels = List.of();

    @Option(
            names = "--accounts",
            paramLabel = "N",
            defaultValue = "10",
            description = "That the server has, each with a device. Default: 10")
    private int accounts;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "5",
            description = "Starts of each, of which the median counts. Default: 5")
    private int runs;

    @Option(
            names = "--idle-seconds",
            paramLabel = "S",
            defaultValue = "5",
            description = "How long it is left alone before its memory is read. Default: 5")
    private double idleSeconds;

    @Override
    public Integer call() throws BenchFailure, InterruptedException {
        check();
        place.warnOfMemoryDisk();
        try (Workshop workshop = Workshop.open(place.folder);
                LoadClient client = new LoadClient()) {
            List<StartRun> bare = new ArrayList<>();
            List<String> sharing = List.of();
            for (int count : channels) {
                String name = "start-" + count + ".example";
                Device device = prepare(workshop, client, name, count);
                Path data = workshop.folder().resolve(name);
                if (SharedClasses.areThere() && sharing.isEmpty()) {
                    sharing = archiveBare(workshop, client, data);
                }
                List<StartRun> own = new ArrayList<>();
                for (int i = 0; i < runs; i++) {
                    own.add(run(workshop, client, name, device));
                    if (bare.size() < runs) {
                        bare.add(runBare(workshop, client, data, sharing));
                    }
                }
                print(count, own, bare);
            }
        }
        return 0;
    }

    private void check() throws BenchFailure {
        for (int count : channels) {
            PlaceOptions.between("--channels", count, 0, CHANNELS_MAX);
        }
        PlaceOptions.between("--accounts", accounts, 1, ACCOUNTS_MAX);
        PlaceOptions.between("--runs", runs, 1, RUNS_MAX);
        if (!(idleSeconds > 0 && idleSeconds <= IDLE_SECONDS_MAX)) {
            throw new WrongOption(
                    "--idle-seconds is " + idleSeconds + ", expected more than 0, and at most " + IDLE_SECONDS_MAX);
        }
        LoadClient.requireFilesFor(accounts);
    }

    /** Lets a server come to have what it is started with, and ends it. Returns a device that has its account there. */
    private Device prepare(Workshop workshop, LoadClient client, String name, int channelCount)
            throws BenchFailure, InterruptedException {
        ServerUnderTest server = ServerUnderTest.start(workshop, name);
        Village village = Village.settle(client, server, accounts);
        List<Device> devices = village.devices();
        List<Device> founders = devices.subList(0, Math.min(MEMBERS, devices.size()));
        for (int i = 0; i < channelCount; i++) {
            Device founder = founders.get(i % founders.size());
            List<Device> others =
                    founders.stream().filter(each -> each != founder).toList();
            village.found(founder, others, PAYLOAD_BYTES);
        }
        village.leave();
        server.end();
        return devices.get(0);
    }

    private StartRun run(Workshop workshop, LoadClient client, String name, Device device)
            throws BenchFailure, InterruptedException {
        ServerUnderTest server = ServerUnderTest.start(workshop, name);
        Session session = Session.begin(client, device, server.address());
        long loggedIn = client.await(session.ready(), "logging in");
        StartRun run = StartRun.read(server.process(), loggedIn, () -> client.goOn(idleNanos()));
        client.await(session.close(), "closing");
        server.end();
        return run;
    }

    /** Where the server has an archive of its classes, the baseline gets one, too. Returns Java's options for it. */
    private List<String> archiveBare(Workshop workshop, LoadClient client, Path data)
            throws BenchFailure, InterruptedException {
        Path archive = workshop.folder().resolve("bare.jsa");
        StartRun unused = runBare(workshop, client, data, List.of("-XX:ArchiveClassesAtExit=" + archive));
        return SharedClasses.options(archive);
    }

    private StartRun runBare(Workshop workshop, LoadClient client, Path data, List<String> javaOptions)
            throws BenchFailure, InterruptedException {
        BareServer bare = BareServer.startEcho(
                workshop, data.resolve("tls.crt"), data.resolve("tls.key"), ServerUnderTest.HEAP_MIB, javaOptions);
        BareClient echoed = BareClient.begin(client, bare.address(), new Sources(1).of(0), LoadClient.UNNAMED);
        long answered = client.await(echoed.ready(), "waiting for the bare echo");
        ChildProcess process = bare.process();
        StartRun run = StartRun.read(process, answered, () -> client.goOn(idleNanos()));
        client.await(echoed.close(), "closing");
        process.terminate(ServerUnderTest.PATIENCE);
        return run;
    }

    private long idleNanos() {
        return (long) (idleSeconds * SECOND_NANOS);
    }

    private void print(int channelCount, List<StartRun> own, List<StartRun> bare) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("channels", channelCount);
        parameters.put("accounts", accounts);
        Figures figures = new Figures("start", parameters, spec.commandLine().getOut(), place.json);
        figures.print(
                "first_login",
                "ms",
                StartRun.each(own, StartRun::loginMillis),
                StartRun.each(bare, StartRun::loginMillis));
        figures.print(
                "cpu_to_login",
                "s",
                StartRun.each(own, StartRun::cpuSeconds),
                StartRun.each(bare, StartRun::cpuSeconds));
        figures.print(
                "idle_cpu", "cores", StartRun.each(own, StartRun::idleCpu), StartRun.each(bare, StartRun::idleCpu));
        figures.print("idle_memory", "MiB", StartRun.memory(own), StartRun.memory(bare));
    }
}
