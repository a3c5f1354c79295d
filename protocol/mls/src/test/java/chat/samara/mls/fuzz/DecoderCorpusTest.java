package chat.samara.mls.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The corpus of the fuzz tests")
class DecoderCorpusTest {
    private static final long BYTES_MAX = 500_000;

    /** The corpus as it is committed. */
    static Path root() {
        URL folder = Objects.requireNonNull(DecoderFuzzTest.class.getResource("DecoderFuzzTestInputs"));
        try {
            return Path.of(folder.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(folder + " is no path", e);
        }
    }

    static List<Path> files(Decoder decoder) throws IOException {
        try (Stream<Path> files = Files.list(root().resolve(CorpusMaker.folder(decoder)))) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("has inputs that are taken, and inputs that are refused, and says which")
    void namesAreTrue(Decoder decoder) throws IOException {
        List<Path> files = files(decoder);
        for (Path file : files) {
            String name = file.getFileName().toString();
            boolean taken = DecoderProperties.accepts(decoder, Files.readAllBytes(file));
            if (name.startsWith("ok-") || name.startsWith("no-")) {
                assertThat(taken).as("%s %s is taken", decoder, name).isEqualTo(name.startsWith("ok-"));
            }
        }
        assertThat(files).anyMatch(file -> file.getFileName().toString().startsWith("no-"));
        if (decoder != Decoder.SEALED_CONTENT) {
            // Whose signature is never right.
            assertThat(files).anyMatch(file -> file.getFileName().toString().startsWith("ok-"));
        }
    }

    @Test
    @DisplayName("is small enough to be read by a normal build")
    void small() throws IOException {
        try (Stream<Path> files = Files.walk(root())) {
            long bytes = files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
            assertThat(bytes).isLessThan(BYTES_MAX);
        }
    }
}
