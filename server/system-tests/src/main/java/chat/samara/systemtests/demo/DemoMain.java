package chat.samara.systemtests.demo;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./samara demo}. */
@Command(
        name = "samara demo",
        description = {
            "Two servers, three members, one encrypted channel: a conversation, a killed server, a removed member.",
            "Then checks that nothing was lost, doubled or reordered, and that nobody else could read it."
        },
        footer = {
            "",
            "Exit codes: 0 all checks hold, 1 one does not, 2 wrong arguments, 3 the story could not be played to its end."
        })
public final class DemoMain implements Callable<Integer> {
    private static final int CHECK_FAILED = 1;
    private static final int NOT_PLAYED = 3;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this, and end.")
    private boolean isHelpWanted;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Work in this folder, which must be new or empty, and keep it (default: a temporary one).")
    private @Nullable Path chosenFolder;

    @Option(
            names = "--keep",
            description = "Keep the folder: stores, profiles, logs and what was recorded on the wire.")
    private boolean isKept;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "300",
            description = "Give up after this time (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds = 300;

    private final PrintStream out;
    private final Children children = new Children();
    private final AtomicBoolean isCleanedUp = new AtomicBoolean();

    private DemoMain(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] arguments) {
        System.exit(run(
                new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8), arguments));
    }

    /** Plays the demo and returns the exit code. */
    static int run(PrintStream out, String... arguments) {
        return new CommandLine(new DemoMain(out))
                .setExecutionExceptionHandler((problem, line, parsed) -> {
                    out.println("The demo could not be played: " + problem.getMessage());
                    out.flush();
                    return NOT_PLAYED;
                })
                .execute(arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (isHelpWanted) {
            return 0; // picocli has printed it
        }
        Path folder = folder();
        // Ctrl-C comes here too; children get the terminal's signal besides, but a server takes a moment to stop.
        Thread hook = new Thread(() -> cleanUp(folder), "demo-clean-up");
        Runtime.getRuntime().addShutdownHook(hook);
        Narrator narrator = new Narrator(out);
        narrator.title("Samara's demo: two servers, three members, one encrypted channel. Everything is in " + folder);
        try {
            Deadline deadline = new Deadline(Duration.ofSeconds(timeoutSeconds));
            return new Demo(folder, deadline, children, narrator).play() ? 0 : CHECK_FAILED;
        } catch (DemoFailure | IllegalStateException failure) {
            isKept = true;
            out.println();
            out.println("The demo could not be played to its end: " + failure.getMessage());
            return NOT_PLAYED;
        } finally {
            out.flush();
            cleanUp(folder);
            boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
        }
    }

    private Path folder() throws IOException {
        if (chosenFolder == null) {
            return Files.createTempDirectory("samara-demo-");
        }
        Path folder = Files.createDirectories(chosenFolder.toAbsolutePath());
        try (Stream<Path> content = Files.list(folder)) {
            if (content.findAny().isPresent()) {
                throw new IOException("the folder " + folder + " is not empty; choose a new one with --dir");
            }
        }
        isKept = true;
        return folder;
    }

    private void cleanUp(Path folder) {
        if (isCleanedUp.getAndSet(true)) {
            return;
        }
        children.killAll();
        if (isKept) {
            out.println("Kept: " + folder);
            out.flush();
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            List<Path> deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | java.io.UncheckedIOException left) {
            out.println("Could not remove all of " + folder + ": " + left.getMessage());
        }
    }
}
