package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.WrongOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import picocli.CommandLine.Option;

/** What every benchmark of a whole server can be told: where its data lie, and how it says what it has found. */
class PlaceOptions {
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

    @Option(names = "--json", description = "A JSON line for each figure instead of a table")
    boolean json;

    @Option(
            names = "--folder",
            paramLabel = "DIR",
            description =
                    "Where the server's data lie meanwhile: on the disk that is to be measured. Default: the system's"
                            + " temporary folder")
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));

    /** Where syncing costs nothing, nothing durable can be measured. */
    void warnOfMemoryDisk() throws BenchFailure {
        try {
            String kind = Files.getFileStore(folder).type();
            if (IN_MEMORY.contains(kind)) {
                System.err.println("The folder " + folder + " is in memory (" + kind
                        + "), where syncing costs nothing; name one on a disk with --folder.");
            }
        } catch (IOException e) {
            throw new BenchFailure("--folder is " + folder + ", which cannot be used (" + e + ")", e);
        }
    }

    static void between(String option, long value, long min, long max) throws BenchFailure {
        if (value < min || value > max) {
            throw new WrongOption(option + " is " + value + ", expected " + min + " to " + max);
        }
    }
}
