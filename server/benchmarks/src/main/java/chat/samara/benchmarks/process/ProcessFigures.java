package chat.samara.benchmarks.process;

import chat.samara.benchmarks.BenchFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the system has given to a process.
 *
 * @param memoryBytes resident
 * @param sockets that it has open: a connection is one
 * @param files that it has open beside these
 */
public record ProcessFigures(long memoryBytes, long sockets, long files, long threads) {
    private static final Pattern THREADS = Pattern.compile("(?m)^Threads:\\s+(\\d+)$");

    /** Of a child; empty where the system does not tell. */
    public static Optional<ProcessFigures> of(ChildProcess process) {
        OptionalLong memory = process.memoryBytes();
        Path proc = Path.of("/proc", String.valueOf(process.pid()));
        if (memory.isEmpty()) {
            return Optional.empty();
        }
        try (Stream<Path> open = Files.list(proc.resolve("fd"))) {
            Matcher threads = THREADS.matcher(Files.readString(proc.resolve("status")));
            Map<Boolean, Long> bySocket =
                    open.collect(Collectors.partitioningBy(ProcessFigures::isSocket, Collectors.counting()));
            return threads.find()
                    ? Optional.of(new ProcessFigures(
                            memory.getAsLong(),
                            bySocket.getOrDefault(true, 0L),
                            bySocket.getOrDefault(false, 0L),
                            Long.parseLong(threads.group(1))))
                    : Optional.empty();
        } catch (IOException notLinux) {
            return Optional.empty();
        }
    }

    /** Of a descriptor that may be closed meanwhile. */
    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException closed) {
            return false;
        }
    }

    /** Bytes of all files in a folder, of which some may be removed meanwhile. */
    public static long bytesIn(Path folder) throws BenchFailure {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.mapToLong(ProcessFigures::bytesOf).sum();
        } catch (IOException | UncheckedIOException failed) {
            throw new BenchFailure("the files in " + folder + " cannot be counted (" + failed + ")", failed);
        }
    }

    private static long bytesOf(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (NoSuchFileException removed) {
            return 0;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
