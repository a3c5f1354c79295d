package chat.samara.server.node.command;

import static org.awaitility.Awaitility.await;

import chat.samara.server.node.Main;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code ./samara server} as an operator runs it, in a process of its own, with what it printed. */
final class ServerProcess implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    private final Process process;
    private final Path output;

    private ServerProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** What a finished command left. */
    record Finished(int exitCode, String output) {}

    static ServerProcess start(Path folder, String... args) throws IOException {
        return start(folder, List.of(), args);
    }

    /** With a standard output that takes nothing; what it says on standard error is its output here. */
    static ServerProcess startOnFullDevice(Path folder, String... args) throws IOException {
        return start(folder, List.of("sh", "-c", "exec \"$@\" >/dev/full", "sh"), args);
    }

    /** With an option for Java before all others, and with the log that an operator has: the tests' own says errors only. */
    static ServerProcess startWithJavaOption(String option, Path folder, String... args) throws IOException {
        return start(folder, List.of("env", "JDK_JAVA_OPTIONS=" + option, "SAMARA_LOG=INFO"), args);
    }

    /** As the image runs it, in a container of this name. */
    static ServerProcess startInContainer(String name, Path folder, String... args) throws IOException {
        return start(folder, List.of("env", "SAMARA_CONTAINER=" + name), args);
    }

    private static ServerProcess start(Path folder, List<String> shell, String... args) throws IOException {
        Path output = Files.createTempFile(folder, "server", ".out");
        List<String> command = new ArrayList<>(shell);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        return new ServerProcess(process, output);
    }

    /** Waits until it has printed this. */
    String awaitOutput(String part) {
        await().atMost(START_TIMEOUT).until(() -> output().contains(part) || !process.isAlive());
        if (!output().contains(part)) {
            throw new AssertionError("the server ended with " + process.exitValue() + " before it printed \"" + part
                    + "\"; it printed:\n" + output());
        }
        return output();
    }

    String output() {
        try {
            return Files.readString(output, StandardCharsets.UTF_8);
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** SIGKILL. */
    void kill() {
        Process unused = process.destroyForcibly();
    }

    Finished finish() throws InterruptedException {
        if (!process.waitFor(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the process did not end; it printed:\n" + output());
        }
        return new Finished(process.exitValue(), output());
    }

    @Override
    public void close() {
        kill();
        Process unused = process.onExit().join();
    }
}
