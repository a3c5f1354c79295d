package chat.samara.benchmarks.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** The archive of its classes with which the launcher starts a server, and the class path that it is for. */
public final class SharedClasses {
    /** The archive's file; the launcher sets it. */
    private static final String ARCHIVE_PROPERTY = "samara.server.archive";

    private SharedClasses() {}

    /** Whether a server has one here. */
    public static boolean areThere() {
        return archive().isPresent();
    }

    /** Java's options for a process whose archive is this file. */
    public static List<String> options(Path archive) {
        return List.of(
                "-XX:SharedArchiveFile=" + archive,
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:+VerifySharedSpaces",
                "-Xlog:cds*=off");
    }

    /** Java's options for a server. */
    static List<String> options() {
        return archive().map(SharedClasses::options).orElse(List.of());
    }

    /** A server's own, where the launcher has laid it out, in the launcher's words: Java takes no archive otherwise. */
    static String classPath() {
        return archive()
                .map(it -> it.toAbsolutePath().resolveSibling(""))
                .flatMap(SharedClasses::classPath)
                .orElseGet(() -> System.getProperty("java.class.path"));
    }

    private static Optional<String> classPath(Path target) {
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(target, "samara-*.jar")) {
            Iterator<Path> found = jars.iterator();
            if (found.hasNext()) {
                return Optional.of(found.next() + ":" + target.resolve("lib") + "/*");
            }
        } catch (IOException notLaidOut) {
            // Then it is started on this process's class path.
        }
        return Optional.empty();
    }

    private static Optional<Path> archive() {
        return Optional.ofNullable(System.getProperty(ARCHIVE_PROPERTY))
                .map(Path::of)
                .filter(file -> file.toFile().length() > 0);
    }
}
