package chat.samara.systemtests.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The repository's own files, without what a build makes. */
final class SourceTree {
    private final Path root;

    SourceTree(Path root) {
        this.root = root;
    }

    /** The checkout that this test belongs to. */
    static SourceTree ofThisCheckout() {
        Path folder = Path.of(System.getProperty("samara.root", "")).toAbsolutePath();
        while (folder != null && !Files.exists(folder.resolve("protocol/wire/pom.xml"))) {
            folder = folder.getParent();
        }
        if (folder == null) {
            throw new IllegalStateException("not inside a checkout of Samara; set the system property samara.root");
        }
        return new SourceTree(folder);
    }

    Path root() {
        return root;
    }

    /** All Java sources below folders of this name ({@code main} or {@code test}). */
    List<Path> java(String kind) {
        return files().filter(path -> path.toString().endsWith(".java"))
                .filter(path -> relative(path).contains("/src/" + kind + "/java/"))
                .toList();
    }

    /** Everything that is text and written by people. */
    List<Path> texts() {
        return files().filter(
                        path -> path.toString()
                                .matches(
                                        ".*\\.(java|xml|md|proto|sh|txt|properties|yml|yaml|config|json)|.*/(samara|Dockerfile|\\.ci/run)"))
                .toList();
    }

    String relative(Path path) {
        return root.relativize(path).toString().replace('\\', '/');
    }

    static String read(Path path) {
        try {
            return Files.readString(path, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Stream<Path> files() {
        try (Stream<Path> walk = Files.walk(root)) {
            return walk
                    .filter(Files::isRegularFile)
                    .filter(path -> {
                        String name = relative(path);
                        return !name.startsWith(".git/") && !name.contains("target/") && !name.startsWith(".idea/");
                    })
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
