package chat.samara.systemtests.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A Samara server as its operator runs it: a process, a data folder, a port, and commands. Its clients and peers see only the proxy. */
final class ServerProcess {
    private static final String MAIN = "chat.samara.server.node.Main";
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration COMMAND = Duration.ofSeconds(30);
    private static final Pattern FIRST_INVITE = Pattern.compile("'(samara://[^']*/join#[^']*)'");
    private static final Pattern READY = Pattern.compile("(listening on)");
    private static final Pattern LINK = Pattern.compile("^(samara://\\S+)$");

    private final String name;
    private final Path data;
    private final Path log;
    private final int port;
    private final RecordingProxy proxy;
    private final Deadline deadline;
    private final Children children;
    private Optional<JavaProcess> process = Optional.empty();

    ServerProcess(String name, Path folder, Deadline deadline, Children children) throws IOException {
        this.name = name;
        this.data = folder.resolve("data");
        this.log = folder.resolve("server.log");
        this.port = freePort();
        this.proxy = new RecordingProxy(name, port, folder.resolve("wire"));
        this.deadline = deadline;
        this.children = children;
        Files.createDirectories(folder);
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    String name() {
        return name;
    }

    /** Keys and store. */
    Path data() {
        return data;
    }

    /** What the server printed. */
    Path log() {
        return log;
    }

    RecordingProxy proxy() {
        return proxy;
    }

    long pid() {
        return running().pid();
    }

    /** Starts it, or starts it again, and waits until it serves. Returns how long that took. */
    Duration start() throws DemoFailure, InterruptedException, IOException {
        long began = System.nanoTime();
        List<String> arguments = List.of(
                "--name",
                name,
                "--data",
                data.toString(),
                "--listen",
                "127.0.0.1:" + port,
                "--advertise",
                "127.0.0.1:" + proxy.port());
        JavaProcess started =
                children.add(JavaProcess.start(MAIN, List.of("-Xmx256m"), Map.of(), log, false, arguments));
        process = Optional.of(started);
        deadline.await(name + " to start (see " + log + ")", START, () -> {
            Optional<String> ready = started.find(READY);
            return ready.isEmpty() && !started.isAlive() ? Optional.of("ended") : ready;
        });
        if (!started.isAlive()) {
            throw new DemoFailure(name + " ended instead of starting; its log is " + log);
        }
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** The invite that a new server prints. */
    String firstInvite() throws DemoFailure, InterruptedException {
        return deadline.await(
                "the first invite of " + name, START, () -> running().find(FIRST_INVITE));
    }

    /** Another invite, by the operator's command. */
    String invite() throws DemoFailure, InterruptedException, IOException {
        return link(List.of("invite", "--data", data.toString()));
    }

    String peerLink() throws DemoFailure, InterruptedException, IOException {
        return link(List.of("peer", "link", "--data", data.toString()));
    }

    void addPeer(String link) throws DemoFailure, InterruptedException, IOException {
        List<String> unused = command(List.of("peer", "add", link, "--data", data.toString()));
    }

    private String link(List<String> arguments) throws DemoFailure, InterruptedException, IOException {
        List<String> lines = command(arguments);
        return lines.stream()
                .filter(line -> LINK.matcher(line).matches())
                .findFirst()
                .orElseThrow(() -> new DemoFailure("samara server " + String.join(" ", arguments)
                        + " printed no link but: " + String.join(" / ", lines)));
    }

    private List<String> command(List<String> arguments) throws DemoFailure, InterruptedException, IOException {
        String shown = "samara server " + String.join(" ", arguments);
        Path commandLog = log.resolveSibling("commands.log");
        JavaProcess command =
                children.add(JavaProcess.start(MAIN, List.of("-Xmx128m"), Map.of(), commandLog, true, arguments));
        int exitCode = command.awaitExit(deadline, shown, COMMAND);
        if (exitCode != 0) {
            throw new DemoFailure(shown + " ended with exit code " + exitCode + "; see " + commandLog + ".err");
        }
        return new ArrayList<>(command.lines());
    }

    /** What the operator is told by `status`, as JSON. */
    String status() throws DemoFailure, InterruptedException, IOException {
        return String.join("\n", command(List.of("status", "--json", "--data", data.toString())));
    }

    /** Copies the data folder, as the operator's manual says: while the server is stopped. */
    void copyData(Path copy) throws IOException {
        copyTree(data, copy);
    }

    /** The disk is lost, and the copy takes its place. */
    void restoreData(Path copy) throws IOException {
        try (Stream<Path> all = Files.walk(data)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
        copyTree(copy, data);
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    /** SIGKILL, as if the power had failed; the store keeps what was synced. */
    void kill() throws InterruptedException {
        running().kill();
    }

    /** SIGTERM; returns the exit code. */
    int stop() throws DemoFailure, InterruptedException {
        running().terminate();
        return running().awaitExit(deadline, "stopping " + name, COMMAND);
    }

    private JavaProcess running() {
        return process.orElseThrow(() -> new IllegalStateException(name + " was not started, expected start() before"));
    }
}
