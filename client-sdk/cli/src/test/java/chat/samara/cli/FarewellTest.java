package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What is said when the process is ended from outside")
class FarewellTest {
    private static final String SENTENCE =
            "1 message of yours is not at the server yet. It is kept in the profile and goes out when samara runs next;"
                    + " to see it, or to drop it: samara unsent abababababab";

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private List<String> said(OptionalInt columns) {
        Farewell.last(
                        () -> Optional.of(SENTENCE),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        stream -> columns)
                .run();
        return err.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    @DisplayName("breaks between words on a terminal, and what is to be typed next stays whole")
    void wraps() {
        List<String> rows = said(OptionalInt.of(79));

        assertThat(rows).hasSizeGreaterThan(3).allMatch(row -> row.length() <= 79);
        assertThat(String.join(" ", rows).replaceAll(" +", " ").strip()).isEqualTo("samara: " + SENTENCE);
        assertThat(rows).last().asString().endsWith("samara unsent abababababab");
    }

    @Test
    @DisplayName("is one line where there is no terminal")
    void oneLine() {
        assertThat(said(OptionalInt.empty())).containsExactly("", "samara: " + SENTENCE);
    }
}
