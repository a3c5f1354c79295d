package chat.samara.benchmarks.process;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.server.node.Main;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.InviteLink;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * The product's server as its operator runs it, in a process of its own: its own main, the launcher's Java options, a new data
 * folder, RocksDB that syncs before each acknowledgement, TLS 1.3.
 */
public final class ServerUnderTest {
    /** As {@code ./samara server} starts it. */
    public static final int HEAP_MIB = 768;

    private static final Pattern READY = Pattern.compile("listening on\\s+127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern LINK = Pattern.compile("^(samara://\\S+)$");
    /** How long it may take to start, to end, or to carry out a command. */
    public static final Duration PATIENCE = Duration.ofMinutes(3);

    private final String name;
    private final Workshop workshop;
    private final Path data;
    private final ChildProcess process;
    private final InetSocketAddress address;

    private ServerUnderTest(
            Workshop workshop, String name, Path data, ChildProcess process, InetSocketAddress address) {
        this.name = name;
        this.workshop = workshop;
        this.data = data;
        this.process = process;
        this.address = address;
    }

    /**
     * Starts it on a free port, and waits until it serves.
     *
     * @param name its own, and of its data folder
     */
    public static ServerUnderTest start(Workshop workshop, String name) throws BenchFailure, InterruptedException {
        return start(workshop, name, HEAP_MIB);
    }

    /** Starts it with so large a heap. */
    public static ServerUnderTest start(Workshop workshop, String name, int heapMib)
            throws BenchFailure, InterruptedException {
        return start(workshop, name, new Setup(heapMib, List.of(), List.of()));
    }

    /**
     * How it is started.
     *
     * @param javaOptions beside the heap
     * @param options of its own, beside its name, its folder, where it listens and wide quotas
     */
    public record Setup(int heapMib, List<String> javaOptions, List<String> options) {
        public Setup {
            javaOptions = List.copyOf(javaOptions);
            options = List.copyOf(options);
        }
    }

    /** Starts it like this. */
    public static ServerUnderTest start(Workshop workshop, String name, Setup setup)
            throws BenchFailure, InterruptedException {
        Path data = workshop.folder().resolve(name);
        List<String> arguments = new ArrayList<>(List.of(
                "--name",
                name,
                "--data",
                data.toString(),
                "--listen",
                "127.0.0.1:0",
                // Some senders make more load than any member is to make in a day.
                "--member-records",
                "80000000",
                "--member-mib",
                "1000000",
                "--member-channels",
                "1000000"));
        arguments.addAll(setup.options);
        List<String> javaOptions =
                new ArrayList<>(List.of("-Xmx" + setup.heapMib + "m", "-XX:+ExitOnOutOfMemoryError"));
        javaOptions.addAll(setup.javaOptions);
        javaOptions.addAll(SharedClasses.options());
        ChildProcess process = workshop.start(
                "the server " + name, SharedClasses.classPath(), Main.class.getName(), javaOptions, arguments);
        int port = Integer.parseInt(process.await(READY, PATIENCE));
        return new ServerUnderTest(
                workshop, name, data, process, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** Ends it as its operator does. Started again under its name, it goes on with what it has. */
    public void end() throws BenchFailure, InterruptedException {
        process.terminate(PATIENCE);
    }

    /** What it says of itself to its operator. */
    public ServerMetrics metrics() throws BenchFailure, InterruptedException {
        return ServerMetrics.read(data);
    }

    /** Where its keys and messages lie. */
    public Path data() {
        return data;
    }

    public ChildProcess process() {
        return process;
    }

    public InetSocketAddress address() {
        return address;
    }

    /** An invite for so many accounts, by the operator's command. */
    public InviteLink invite(int uses) throws BenchFailure, InterruptedException {
        String link = operator("invite", "--uses", String.valueOf(uses)).await(LINK, PATIENCE);
        try {
            return InviteLink.parse(link);
        } catch (RefusedException e) {
            throw new BenchFailure("the server gave an invite that is none: " + e.refusal(), e);
        }
    }

    /** Lets this server and another accept each other, as their operators do. */
    public void peerWith(ServerUnderTest other) throws BenchFailure, InterruptedException {
        accept(other.operator("peer", "link").await(LINK, PATIENCE));
        other.accept(operator("peer", "link").await(LINK, PATIENCE));
    }

    private void accept(String link) throws BenchFailure, InterruptedException {
        operator("peer", "add", link).awaitEnd(PATIENCE);
    }

    /** Begins a command of this server's operator. */
    private ChildProcess operator(String... command) throws BenchFailure {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--data", data.toString()));
        return workshop.start(
                "samara server " + command[0] + " of " + name,
                Main.class.getName(),
                List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"),
                arguments);
    }

    /** The processor time that it has used so far. */
    public Duration cpu() throws BenchFailure {
        return process.cpu();
    }

    /** The most memory that it has had so far, in bytes; empty where the system does not tell. */
    public OptionalLong peakMemoryBytes() {
        return process.peakMemoryBytes();
    }
}
