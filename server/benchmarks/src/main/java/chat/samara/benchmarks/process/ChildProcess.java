package chat.samara.benchmarks.process;

import chat.samara.benchmarks.BenchFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A Java program, as a process of its own. What it prints is read as it comes, and the end of it kept. */
public final class ChildProcess {
    private static final Pattern PEAK_MEMORY = Pattern.compile("^VmHWM:\\s+(\\d+) kB$");
    private static final Pattern MEMORY = Pattern.compile("^VmRSS:\\s+(\\d+) kB$");
    private static final int LINES_KEPT_MAX = 200;
    private static final int LINES_SHOWN_MAX = 5;
    private static final int KILL_SECONDS_MAX = 10;

    private final String name;
    private final Process process;
    private final long startedNanos;

    // Guarded by this.
    private final Deque<String> lines = new ArrayDeque<>();
    private boolean ended;

    private ChildProcess(String name, Process process, long startedNanos) {
        this.name = name;
        this.process = process;
        this.startedNanos = startedNanos;
    }

    /**
     * Starts a program. Its standard input stays open as long as this process lives, so that it can notice the end of it.
     *
     * @param name what it is called in errors
     * @param classPath as Java's option takes it
     */
    static ChildProcess start(
            String name, String classPath, String mainClass, List<String> javaOptions, List<String> arguments)
            throws BenchFailure {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xshare:auto", "-XX:+UseSerialGC", "-Dfile.encoding=UTF-8"));
        command.addAll(javaOptions);
        command.addAll(List.of("-cp", classPath, mainClass));
        command.addAll(arguments);
        long startedNanos = System.nanoTime();
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            ChildProcess child = new ChildProcess(name, process, startedNanos);
            Thread reader = new Thread(child::read, "reads-" + name);
            reader.setDaemon(true);
            reader.start();
            return child;
        } catch (IOException failed) {
            throw new BenchFailure(name + " could not be started (" + failed.getMessage() + ")", failed);
        }
    }

    private void read() {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                printed(line);
            }
        } catch (IOException killed) {
            // What it had printed before is kept.
        }
        end();
    }

    private synchronized void printed(String line) {
        lines.addLast(line);
        if (lines.size() > LINES_KEPT_MAX) {
            lines.removeFirst();
        }
        notifyAll();
    }

    private synchronized void end() {
        ended = true;
        notifyAll();
    }

    /** Waits for a line with a match, and returns its first group. */
    public synchronized String await(Pattern pattern, Duration atMost) throws BenchFailure, InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (true) {
            for (String line : lines) {
                Matcher matcher = pattern.matcher(line);
                if (matcher.find()) {
                    return matcher.group(1);
                }
            }
            long left = deadline - System.nanoTime();
            if (ended || left <= 0) {
                throw new BenchFailure(
                        name + (ended ? " ended" : " did not get ready within " + atMost.toSeconds() + " s")
                                + "; the last it said was: " + lastLines());
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /** Waits until it has ended by itself, as it should. */
    public void awaitEnd(Duration atMost) throws BenchFailure, InterruptedException {
        if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS) || process.exitValue() != 0) {
            throw new BenchFailure(name + (process.isAlive() ? " did not end" : " ended with " + process.exitValue())
                    + "; the last it said was: " + lastLines());
        }
    }

    private synchronized String lastLines() {
        List<String> all = List.copyOf(lines);
        return String.join(" / ", all.subList(Math.max(0, all.size() - LINES_SHOWN_MAX), all.size()));
    }

    /** The processor time that it has used so far. */
    public Duration cpu() throws BenchFailure {
        return CpuClock.of(process.toHandle());
    }

    /** When it was started, just before there was a process; as {@link System#nanoTime}. */
    public long startedNanos() {
        return startedNanos;
    }

    /** Lets it collect its garbage, and returns the bytes of its heap that are in use then. */
    public long liveHeapBytes() throws BenchFailure, InterruptedException {
        return JavaHeap.liveBytes(process.pid());
    }

    long pid() {
        return process.pid();
    }

    /** The memory that it has now, in bytes; empty where the system does not tell. */
    public OptionalLong memoryBytes() {
        return status(MEMORY);
    }

    /** The most memory that it has had so far, in bytes; empty where the system does not tell. */
    OptionalLong peakMemoryBytes() {
        return status(PEAK_MEMORY);
    }

    private OptionalLong status(Pattern kibibytes) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", String.valueOf(process.pid()), "status"))) {
            return lines.map(kibibytes::matcher)
                    .filter(Matcher::find)
                    .mapToLong(found -> Long.parseLong(found.group(1)) << 10)
                    .findFirst();
        } catch (IOException notLinux) {
            return OptionalLong.empty();
        }
    }

    /** SIGTERM; returns when it has ended. */
    public void terminate(Duration atMost) throws BenchFailure, InterruptedException {
        process.destroy();
        if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new BenchFailure(name + " did not end within " + atMost.toSeconds() + " s of SIGTERM; the last it"
                    + " said was: " + lastLines());
        }
    }

    /** SIGKILL; returns when it is gone. */
    void kill() {
        process.destroyForcibly();
        try {
            boolean unused = process.waitFor(KILL_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
