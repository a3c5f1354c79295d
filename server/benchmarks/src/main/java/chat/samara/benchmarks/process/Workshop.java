package chat.samara.benchmarks.process;

import chat.samara.benchmarks.BenchFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * A temporary folder and the processes that work in it. However the benchmark ends, also by Ctrl-C or SIGTERM, the processes are
 * ended first and the folder is removed then.
 */
public final class Workshop implements AutoCloseable {
    private static final AtomicBoolean PROCESS_STOPPING = new AtomicBoolean();

    private final Path folder;
    private final Thread hook = new Thread(this::stop, "bench-clear");

    // Guarded by this.
    private final List<ChildProcess> children = new ArrayList<>();
    private boolean cleared;

    private Workshop(Path folder) {
        this.folder = folder;
    }

    /**
     * Makes the folder.
     *
     * @param parent where; on the disk that is to be measured
     */
    public static Workshop open(Path parent) throws BenchFailure {
        try {
            Workshop workshop = new Workshop(Files.createTempDirectory(parent, "samara-bench-"));
            Runtime.getRuntime().addShutdownHook(workshop.hook);
            return workshop;
        } catch (IOException failed) {
            throw new BenchFailure(
                    "no folder can be made in " + parent + " (" + failed + "); name another with --folder", failed);
        }
    }

    public Path folder() {
        return folder;
    }

    /** Starts a program of this process's class path that lives no longer than this. */
    public ChildProcess start(String name, String mainClass, List<String> javaOptions, List<String> arguments)
            throws BenchFailure {
        return start(name, System.getProperty("java.class.path"), mainClass, javaOptions, arguments);
    }

    /** Starts one of another class path. */
    synchronized ChildProcess start(
            String name, String classPath, String mainClass, List<String> javaOptions, List<String> arguments)
            throws BenchFailure {
        if (cleared) {
            throw new BenchFailure("stopped");
        }
        List<String> options = new ArrayList<>(javaOptions);
        options.addAll(Machine.forced());
        ChildProcess child = ChildProcess.start(name, classPath, mainClass, options, arguments);
        children.add(child);
        return child;
    }

    /** Whether this process has been told to end, by Ctrl-C for example: then what fails has been ended on purpose. */
    public static boolean isProcessStopping() {
        return PROCESS_STOPPING.get();
    }

    private void stop() {
        PROCESS_STOPPING.set(true);
        clear();
    }

    private synchronized void clear() {
        if (cleared) {
            return;
        }
        cleared = true;
        children.forEach(ChildProcess::kill);
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException failed) {
            System.err.println("The folder " + folder + " could not be removed (" + failed + "); remove it.");
        }
    }

    @Override
    public void close() {
        clear();
        try {
            boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException stopping) {
            // Then the hook has nothing left to do.
        }
    }
}
