package chat.samara.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A benchmark ends")
class BenchExitCodeTest {
    @ParameterizedTest
    @DisplayName("with 2, as every command of Samara, for a command line that is wrong, whatever is wrong with it")
    @ValueSource(
            strings = {
                "",
                "nothing",
                "fanout --nope",
                "fanout --readers many",
                "fanout --readers 0",
                "accept --case here",
                "rooms --rooms 5",
                "mls --case nothing",
                "soak --rate 0"
            })
    void wrong(String line) {
        BenchLine ran = BenchLine.run(line.isEmpty() ? new String[0] : line.split(" "));
        assertThat(ran.exitCode()).as(ran.err()).isEqualTo(2);
    }

    @Test
    @DisplayName("with 1 where it could not be measured, and with one sentence about that")
    void notMeasured(@TempDir Path temp) {
        BenchLine ran =
                BenchLine.run("fanout", "--folder", temp.resolve("missing").toString());
        assertThat(ran.exitCode()).as(ran.err()).isEqualTo(1);
        assertThat(ran.err())
                .hasLineCount(1)
                .startsWith("samara bench fanout: ")
                .doesNotContain("\tat ");
    }
}
