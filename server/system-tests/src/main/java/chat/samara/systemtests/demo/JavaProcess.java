package chat.samara.systemtests.demo;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of Samara's programs as a process of its own, on this process's class path. What it prints goes to a log file and can be searched.
 */
final class JavaProcess {
    private static final int LINES_KEPT_MAX = 10_000;

    private final Process process;
    private final List<String> lines = new ArrayList<>();
    private final Thread reader;

    private JavaProcess(Process process, Path log) {
        this.process = process;
        this.reader = new Thread(() -> read(log), "reader-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts a program.
     *
     * @param mainClass its main class
     * @param jvmOptions of its Java
     * @param environment added to this process's
     * @param separateErrors whether standard error goes to {@code <log>.err} instead of among the lines
     */
    static JavaProcess start(
            String mainClass,
            List<String> jvmOptions,
            Map<String, String> environment,
            Path log,
            boolean separateErrors,
            List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xshare:auto", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().putAll(environment);
        if (separateErrors) {
            Path errors = log.resolveSibling(log.getFileName() + ".err");
            builder.redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()));
        } else {
            builder.redirectErrorStream(true);
        }
        Process process = builder.start();
        process.getOutputStream().close();
        return new JavaProcess(process, log);
    }

    private void read(Path log) {
        try (BufferedReader in =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                BufferedWriter out =
                        Files.newBufferedWriter(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            String line;
            while ((line = in.readLine()) != null) {
                out.write(line);
                out.newLine();
                out.flush();
                synchronized (lines) {
                    if (lines.size() < LINES_KEPT_MAX) {
                        lines.add(line);
                    }
                }
            }
        } catch (IOException gone) {
            // A killed process breaks its pipe; what it had printed before is kept.
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** What it has printed so far. */
    List<String> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    /** The first match of a pattern's first group in what it has printed so far. */
    Optional<String> find(Pattern pattern) {
        return lines().stream()
                .map(pattern::matcher)
                .filter(Matcher::find)
                .map(matcher -> matcher.group(1))
                .findFirst();
    }

    /** Its exit code, once it has ended and everything it printed is here. */
    int awaitExit(Deadline deadline, String what, java.time.Duration step) throws DemoFailure, InterruptedException {
        if (!process.waitFor(deadline.remaining(step).toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
            throw new DemoFailure(what + " did not end within " + step.toSeconds() + " s; it was killed");
        }
        reader.join(TimeUnit.SECONDS.toMillis(5));
        return process.exitValue();
    }

    /** SIGKILL: no hook runs, nothing is flushed. Returns when the process is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** SIGKILL without waiting, for the end of the demo. */
    void abandon() {
        process.destroyForcibly();
    }
}
