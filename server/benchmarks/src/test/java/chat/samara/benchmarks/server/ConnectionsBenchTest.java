package chat.samara.benchmarks.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.BenchLine;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("samara bench connections")
class ConnectionsBenchTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    @DisplayName("reads memory at each step and how many log in, beside a bare echo, and leaves no process and no file"
            + " behind")
    void readsMemoryAtEachStep() {
        BenchLine ran = BenchLine.run(
                "connections",
                "--connections",
                "40",
                "--step",
                "25",
                "--returning",
                "10",
                "--sources",
                "1",
                "--heap-mib",
                "128",
                "--json",
                "--folder",
                folder.toString());

        assertThat(ran.err()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        List<JsonObject> figures = ran.figures();
        assertThat(figures)
                .extracting(it ->
                        it.get("connections").getAsInt() + " " + it.get("case").getAsString())
                .containsExactly(
                        "25 memory",
                        "25 heap",
                        "25 direct",
                        "40 memory",
                        "40 heap",
                        "40 direct",
                        "40 logins",
                        "40 returns",
                        "40 resumed");
        assertThat(figures.get(6).get("median").getAsDouble()).isPositive();
        assertThat(figures.get(6).get("baseline").getAsDouble()).isPositive();
        assertThat(figures.get(6).get("runs").getAsInt()).isEqualTo(2);
        assertThat(figures.get(8).get("median").getAsDouble()).isBetween(0.0, 100.0);
        assertThat(folder).isEmptyDirectory();
        assertThat(ProcessHandle.current().descendants()).isEmpty();
    }

    @Test
    @DisplayName("the most is what the file limit takes, and no more than a server has places for")
    void theMostIsBounded() throws BenchFailure {
        assertThat(ConnectionCount.of("max", 300)).isEqualTo(300);
        assertThat(ConnectionCount.of("max", 1_000_000)).isEqualTo(ConnectionCount.SERVER_MAX);
        assertThat(ConnectionCount.of("17", 300)).isEqualTo(17);
        assertThatThrownBy(() -> ConnectionCount.of("many", 300))
                .isInstanceOf(BenchFailure.class)
                .hasMessageContaining("--connections is many, expected 1 to ")
                .hasMessageContaining("max (300 on this machine)");
    }

    @Test
    @DisplayName("names the option and what it may be where a value is none, and starts nothing")
    void refusesWhatCannotBeMeasured() {
        assertThat(BenchLine.run("connections", "--connections", "0").err())
                .contains("--connections is 0, expected 1 to ");
        assertThat(BenchLine.run("connections", "--sources", "0").err()).contains("--sources is 0, expected 1 to ");
        assertThat(BenchLine.run("connections", "--step", "0").err()).contains("--step is 0, expected 1 to ");
    }
}
