package chat.samara.benchmarks.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import chat.samara.benchmarks.BenchLine;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("samara bench wire")
class WireBenchTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    @DisplayName("counts what devices of the SDK and a real server say, and what each byte is for, with none left over")
    void countsEveryByte() {
        BenchLine ran = BenchLine.run("wire", "--texts", "1", "--burst", "4", "--json", "--folder", folder.toString());

        assertThat(ran.err()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        for (String mode : List.of("one", "burst")) {
            for (String way : List.of("receiver_gets", "sender_sends", "sender_gets_back")) {
                List<JsonObject> figures = ran.figures().stream()
                        .filter(it -> it.get("mode").getAsString().equals(mode)
                                && it.get("case").getAsString().equals(way)
                                && it.get("text").getAsString().equals("letters"))
                        .toList();
                double parts = figures.stream()
                        .filter(it -> it.has("part"))
                        .mapToDouble(it -> it.get("median").getAsDouble())
                        .sum();
                assertThat(figures)
                        .filteredOn(it -> !it.has("part"))
                        .hasSize(1)
                        .allSatisfy(all -> assertThat(all.get("median").getAsDouble())
                                .as(mode + " " + way)
                                .isPositive()
                                .isCloseTo(parts, within(mode.equals("one") ? 0.01 : 60)));
            }
        }
        assertThat(folder).isEmptyDirectory();
        assertThat(ProcessHandle.current().descendants()).isEmpty();
    }

    @Test
    @DisplayName("names the option and what it may be where a value is none, and starts nothing")
    void refusesWhatCannotBeMeasured() {
        assertThat(BenchLine.run("wire", "--texts", "0").err()).contains("--texts is 0, expected 1 to ");
        assertThat(BenchLine.run("wire", "--burst", "-3").err()).contains("--burst is -3, expected 1 to ");
        assertThat(BenchLine.run("wire", "--characters", "5000").err())
                .contains("--characters is 5000, expected 1 to 4000");
    }
}
