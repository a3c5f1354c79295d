package chat.samara.systemtests.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The scanner for leaked plain text")
class PlainTextScannerTest {
    private static final long SEED = 1968;
    private static final String SECRET = "العنوان السرّي للمأدبة: شارع الياسمين رقم ٧";

    @TempDir
    private Path folder;

    private final PlainTextScanner scanner = new PlainTextScanner(List.of(SECRET, "Sunday kitchen at seven"));

    private Path file(byte[]... parts) throws IOException {
        Path file = Files.createTempFile(folder, "scanned", ".bin");
        for (byte[] part : parts) {
            Files.write(file, part, java.nio.file.StandardOpenOption.APPEND);
        }
        return file;
    }

    private static byte[] noise(int bytes) {
        byte[] noise = new byte[bytes];
        new Random(SEED).nextBytes(noise);
        return noise;
    }

    @Test
    @DisplayName("finds nothing in noise, nor less than a window of a text")
    void findsNothingInNoise() throws IOException {
        byte[] tooShort = Arrays.copyOf(SECRET.getBytes(StandardCharsets.UTF_8), PlainTextScanner.WINDOW_BYTES - 1);

        assertThat(scanner.scan(file(noise(3_000_000), tooShort, noise(1_000))).finds())
                .isEmpty();
        assertThat(scanner.scan(file()).finds()).isEmpty();
    }

    @Test
    @DisplayName("finds a piece of a text, wherever it stands, also across the borders of its buffer")
    void findsPieces() throws IOException {
        byte[] text = SECRET.getBytes(StandardCharsets.UTF_8);
        byte[] piece = Arrays.copyOfRange(text, 5, 5 + PlainTextScanner.WINDOW_BYTES);

        for (int before :
                new int[] {0, 1, 1_000, (1 << 20) - 17, (1 << 20) - 16, (1 << 20) - 7, 1 << 20, (2 << 20) - 3}) {
            PlainTextScanner.Result result = scanner.scan(file(noise(before), piece, noise(50)));
            assertThat(result.finds()).as("after %d bytes", before).hasSize(1);
            assertThat(result.finds().get(0).offset()).isEqualTo(before);
        }
    }

    @Test
    @DisplayName("finds texts in UTF-16 and in Base64 at every alignment")
    void findsOtherForms() throws IOException {
        assertThat(scanner.scan(file(noise(9), SECRET.getBytes(StandardCharsets.UTF_16LE)))
                        .finds())
                .hasSize(1);
        assertThat(scanner.scan(file(noise(9), SECRET.getBytes(StandardCharsets.UTF_16BE)))
                        .finds())
                .hasSize(1);
        for (int before = 0; before < 6; before++) {
            String longer = "x".repeat(before) + SECRET + "yz";
            byte[] encoded = Base64.getEncoder().encode(longer.getBytes(StandardCharsets.UTF_8));
            assertThat(scanner.scan(file(encoded)).finds())
                    .as("behind %d bytes", before)
                    .hasSize(1);
        }
    }

    @Test
    @DisplayName("looks through all files of all folders, and counts them")
    void looksThroughFolders() throws IOException {
        Path deep = Files.createDirectories(folder.resolve("a/b"));
        Files.writeString(deep.resolve("leak"), "... Sunday kitchen at seven ...");
        Files.writeString(folder.resolve("clean"), "nothing to see");

        PlainTextScanner.Result result = scanner.scan(folder);

        assertThat(result.files()).isEqualTo(2);
        assertThat(result.bytes()).isEqualTo(31 + 14);
        assertThat(result.finds()).singleElement().satisfies(find -> {
            assertThat(find.file()).isEqualTo(deep.resolve("leak"));
            assertThat(find.offset()).isEqualTo(4);
        });
    }

    @Test
    @DisplayName("refuses a text that is too short to tell from chance")
    void refusesShortTexts() {
        assertThatThrownBy(() -> new PlainTextScanner(List.of("short")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("5 bytes");
    }
}
