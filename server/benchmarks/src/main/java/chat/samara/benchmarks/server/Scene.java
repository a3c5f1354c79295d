package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.bare.BareServer;
import chat.samara.benchmarks.load.LoadClient;
import chat.samara.benchmarks.load.Village;
import chat.samara.benchmarks.process.ServerUnderTest;
import chat.samara.benchmarks.process.Workshop;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;

/** A server with its members, and what is needed to measure it. Closing it leaves nothing behind. */
final class Scene implements AutoCloseable {
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

    private final RunOptions options;
    private final Workshop workshop;
    private final LoadClient client;
    private final ServerUnderTest server;
    private final Village village;

    private Scene(RunOptions options, Workshop workshop, LoadClient client, ServerUnderTest server, Village village) {
        this.options = options;
        this.workshop = workshop;
        this.client = client;
        this.server = server;
        this.village = village;
    }

    /** Starts a server and registers so many members. */
    static Scene open(RunOptions options, int members) throws BenchFailure, InterruptedException {
        options.check();
        LoadClient.requireFilesFor(members);
        warnOfMemoryDisk(options);
        LoadClient client = new LoadClient();
        Workshop workshop = Workshop.open(options.folder);
        boolean opened = false;
        try {
            ServerUnderTest server = ServerUnderTest.start(workshop);
            Village village = Village.settle(client, server, members);
            opened = true;
            return new Scene(options, workshop, client, server, village);
        } finally {
            if (!opened) {
                client.close();
                workshop.close();
            }
        }
    }

    /** Where syncing costs nothing, nothing durable can be measured. */
    private static void warnOfMemoryDisk(RunOptions options) throws BenchFailure {
        try {
            String kind = Files.getFileStore(options.folder).type();
            if (IN_MEMORY.contains(kind)) {
                System.err.println("The folder " + options.folder + " is in memory (" + kind
                        + "), where syncing costs nothing; name one on a disk with --folder.");
            }
        } catch (IOException e) {
            throw new BenchFailure("--folder is " + options.folder + ", which cannot be used (" + e + ")", e);
        }
    }

    Village village() {
        return village;
    }

    LoadClient client() {
        return client;
    }

    Workshop workshop() {
        return workshop;
    }

    /** Reads this server. */
    Meter meter() {
        return new Meter(client, server::cpu, options);
    }

    /** Reads a bare one. */
    Meter meter(BareServer bare) {
        return new Meter(client, bare.process()::cpu, options);
    }

    @Override
    public void close() {
        client.close();
        workshop.close();
    }
}
