package chat.samara.mls.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import chat.samara.mls.MlsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The example of the README")
class TenLinesTest {
    private static final byte[] HELLO = "سلام".getBytes(StandardCharsets.UTF_8);

    @Test
    @DisplayName("lets Bob read what Alice wrote")
    void works() throws MlsException {
        assertThat(TenLines.say((credential, key) -> true, HELLO).toByteArray()).isEqualTo(HELLO);
    }

    @Test
    @DisplayName("is the code that this test runs")
    void shown() throws IOException {
        Path root = Path.of(System.getProperty("samara.root", "../.."));
        Path readme = root.resolve("protocol/mls/README.md");
        assumeTrue(Files.exists(readme), readme + " is not there");
        String source =
                Files.readString(root.resolve("protocol/mls/src/test/java/chat/samara/mls/example/TenLines.java"));
        String example = source.substring(
                        source.indexOf("        KeyPackageBundle bobs"), source.indexOf("        return opened"))
                .indent(-8);
        assertThat(Files.readString(readme)).contains("<!-- TenLines.java -->\n```java\n" + example + "```");
    }
}
