package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.bare.BareServer;
import chat.samara.benchmarks.load.LoadClient;
import chat.samara.benchmarks.load.Village;
import chat.samara.benchmarks.process.ServerUnderTest;
import chat.samara.benchmarks.process.Workshop;
import java.util.ArrayList;
import java.util.List;

/** A server with its members, or several that are each other's peers, and what is needed to measure them. Closing it leaves nothing behind. */
final class Scene implements AutoCloseable {
    private final RunOptions options;
    private final Workshop workshop;
    private final LoadClient client;
    private final List<ServerUnderTest> servers = new ArrayList<>();
    private final List<Village> villages = new ArrayList<>();

    private Scene(RunOptions options, Workshop workshop, LoadClient client) {
        this.options = options;
        this.workshop = workshop;
        this.client = client;
    }

    /** Starts a server and registers so many members. */
    static Scene open(RunOptions options, int members) throws BenchFailure, InterruptedException {
        return open(options, List.of(members));
    }

    /** Starts a server with so large a heap. */
    static Scene open(RunOptions options, int members, int heapMib) throws BenchFailure, InterruptedException {
        return open(options, List.of(members), heapMib);
    }

    /** Starts so many servers that are peers, and registers as many members at each as this says. */
    static Scene open(RunOptions options, List<Integer> membersOfEach) throws BenchFailure, InterruptedException {
        return open(options, membersOfEach, ServerUnderTest.HEAP_MIB);
    }

    private static Scene open(RunOptions options, List<Integer> membersOfEach, int heapMib)
            throws BenchFailure, InterruptedException {
        options.check();
        LoadClient.requireFilesFor(
                membersOfEach.stream().mapToInt(Integer::intValue).sum());
        options.warnOfMemoryDisk();
        LoadClient client = new LoadClient();
        Workshop workshop = Workshop.open(options.folder);
        Scene scene = new Scene(options, workshop, client);
        boolean opened = false;
        try {
            for (int i = 0; i < membersOfEach.size(); i++) {
                scene.start("bench" + (i + 1) + ".example", membersOfEach.get(i), heapMib);
            }
            opened = true;
            return scene;
        } finally {
            if (!opened) {
                scene.close();
            }
        }
    }

    private void start(String name, int members, int heapMib) throws BenchFailure, InterruptedException {
        ServerUnderTest server = ServerUnderTest.start(workshop, name, heapMib);
        for (ServerUnderTest peer : servers) {
            server.peerWith(peer);
        }
        servers.add(server);
        villages.add(Village.settle(client, server, members));
    }

    Village village() {
        return village(0);
    }

    /** The members of one of the servers. */
    Village village(int server) {
        return villages.get(server);
    }

    LoadClient client() {
        return client;
    }

    ServerUnderTest server() {
        return servers.get(0);
    }

    Workshop workshop() {
        return workshop;
    }

    /** Reads the servers. */
    Meter meter() {
        List<Meter.Cpu> cpus = new ArrayList<>();
        servers.forEach(server -> cpus.add(server::cpu));
        return new Meter(client, cpus, options);
    }

    /** Reads a bare one. */
    Meter meter(BareServer bare) {
        return new Meter(client, List.of(bare.process()::cpu), options);
    }

    @Override
    public void close() {
        client.close();
        workshop.close();
    }
}
