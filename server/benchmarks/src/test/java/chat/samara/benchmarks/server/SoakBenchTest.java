package chat.samara.benchmarks.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import chat.samara.benchmarks.BenchLine;
import chat.samara.benchmarks.server.SoakSample.Quantity;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("samara bench soak")
class SoakBenchTest {
    private static final double MINUTE_SECONDS = 60;

    @TempDir
    private Path folder = Path.of("");

    @Test
    @DisplayName(
            "says each time how the server stands, and in the end how fast all of it rises; nothing is left behind")
    void samplesAServer() {
        BenchLine ran = BenchLine.run(
                "soak",
                "--minutes",
                "0.1",
                "--each",
                "2",
                "--rooms",
                "2",
                "--rate",
                "20",
                "--idle",
                "5",
                "--heap-mib",
                "128",
                "--json",
                "--folder",
                folder.toString());

        assertThat(ran.err()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        List<JsonObject> lines = ran.figures();
        assertThat(lines)
                .extracting(it -> it.get("case").getAsString())
                .containsExactly("sample", "sample", "sample", "slopes");
        assertThat(lines.subList(0, 3)).allSatisfy(line -> {
            assertThat(line.get("heap_mib").getAsDouble()).isBetween(1.0, 128.0);
            assertThat(line.get("disk_mib").getAsDouble()).isPositive();
            // Eight who talk, five who are idle, and the server's own; on a system that does not tell, none.
            assertThat(line.has("sockets") ? line.get("sockets").getAsInt() : 13)
                    .isBetween(13, 30);
            assertThat(line.has("latency_p99_ms")).isTrue();
        });
        assertThat(lines.get(2).get("messages").getAsLong())
                .isGreaterThan(lines.get(0).get("messages").getAsLong());
        assertThat(lines.get(3).get("samples").getAsInt()).isEqualTo(2);
        assertThat(folder).isEmptyDirectory();
        assertThat(ProcessHandle.current().descendants()).isEmpty();
    }

    private static SoakSample sample(int minute, double heap, double files) {
        return new SoakSample(
                minute * MINUTE_SECONDS,
                minute * 1_000L,
                minute * 3_000L,
                1,
                Map.of(Quantity.HEAP_MIB, heap, Quantity.FILES, files, Quantity.DISK_MIB, minute * 0.5));
    }

    @Test
    @DisplayName("shows a leak as a slope, and what is filled once in the first third as none")
    void showsALeak() {
        StringWriter out = new StringWriter();
        SoakReport report = new SoakReport(new PrintWriter(out, true), true);
        for (int minute = 0; minute < 30; minute++) {
            // The heap fills in ten minutes and stays; a file more is open each minute.
            report.add(sample(minute, Math.min(minute, 10) * 4.0, 100 + minute));
        }
        report.end();

        List<String> lines = out.toString().lines().toList();
        JsonObject slopes = JsonParser.parseString(lines.get(lines.size() - 1)).getAsJsonObject();
        assertThat(slopes.get("case").getAsString()).isEqualTo("slopes");
        assertThat(slopes.get("heap_mib_per_hour").getAsDouble()).isCloseTo(0, within(0.001));
        assertThat(slopes.get("files_per_hour").getAsDouble()).isCloseTo(60, within(0.001));
        assertThat(slopes.get("disk_bytes_per_message").getAsDouble()).isCloseTo(524.288, within(0.001));
        assertThat(slopes.get("threads_per_hour").getAsDouble()).isZero();
    }

    @Test
    @DisplayName("a slope is that of the line nearest to all points, and none where there is no line")
    void slopesAreOfTheNearestLine() {
        List<Slope.Point> points = new ArrayList<>(List.of(new Slope.Point(0, 1), new Slope.Point(1, 1)));
        assertThat(Slope.of(points)).isZero();
        points.add(new Slope.Point(2, 4));
        assertThat(Slope.of(points)).isCloseTo(1.5, within(1e-9));
        assertThat(Slope.of(List.of())).isZero();
        assertThat(Slope.of(List.of(new Slope.Point(3, 7)))).isZero();
    }

    @Test
    @DisplayName("names the option and what it may be where a value is none, and starts nothing")
    void refusesWhatCannotBeMeasured() {
        assertThat(BenchLine.run("soak", "--minutes", "0").err()).contains("--minutes is 0.0, expected more than 0");
        assertThat(BenchLine.run("soak", "--rooms", "0").err()).contains("--rooms is 0, expected 1 to ");
        assertThat(BenchLine.run("soak", "--idle", "-1").err()).contains("--idle is -1, expected 1 to ");
    }
}
