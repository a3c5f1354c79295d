package chat.samara.server.node.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A path in a command to be copied")
class ShellWordTest {
    @ParameterizedTest
    @DisplayName("reaches the program as it was")
    @ValueSource(
            strings = {
                "sp ace ü'q/da ta",
                "/srv/samara",
                "it's",
                "'",
                "''",
                "a\"b",
                "a$HOME`id`\\n",
                "a\nb",
                "~",
                "*",
                "#x",
                "!!",
                "a;b&c|d"
            })
    void isOneWord(String path) throws Exception {
        Process shell = new ProcessBuilder("sh", "-c", "printf %s " + ShellWord.of(path)).start();

        assertThat(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo(path);
    }

    @Test
    @DisplayName("stands as it is where nothing needs a quote")
    void isPlain() {
        assertThat(ShellWord.of("/srv/samara-data")).isEqualTo("/srv/samara-data");
        assertThat(ShellWord.of("it's")).isEqualTo("'it'\\''s'");
    }
}
