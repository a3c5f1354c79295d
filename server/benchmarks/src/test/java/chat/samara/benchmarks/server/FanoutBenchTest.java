package chat.samara.benchmarks.server;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.benchmarks.BenchLine;
import chat.samara.benchmarks.BenchMain;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("samara bench fanout")
class FanoutBenchTest {
    private static final int SERVER_AND_BASELINE = 2;

    @TempDir
    private Path folder = Path.of("");

    @Test
    @DisplayName("measures a real server with three readers beside the bare fan-out, and leaves no process and no file"
            + " behind")
    void measuresAServer() {
        BenchLine ran = BenchLine.run(
                "fanout",
                "--readers",
                "3",
                "--runs",
                "2",
                "--seconds",
                "1",
                "--warm-up",
                "1",
                "--json",
                "--folder",
                folder.toString());

        assertThat(ran.err()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        List<JsonObject> figures = ran.figures();
        assertThat(figures)
                .extracting(it -> it.get("case").getAsString())
                .containsExactly("deliveries", "bytes", "deliveries", "bytes");
        assertThat(figures).extracting(it -> it.get("acks").getAsString()).containsExactly("no", "no", "sdk", "sdk");
        assertThat(figures).allSatisfy(figure -> {
            assertThat(figure.get("bench").getAsString()).isEqualTo("fanout");
            assertThat(figure.get("readers").getAsInt()).isEqualTo(3);
            assertThat(figure.get("runs").getAsInt()).isEqualTo(2);
            assertThat(figure.get("median").getAsDouble())
                    .isBetween(
                            figure.get("min").getAsDouble(), figure.get("max").getAsDouble());
            assertThat(figure.get("median").getAsDouble()).isPositive();
            assertThat(figure.get("server_cpu").getAsDouble()).isPositive();
            assertThat(figure.get("client_cpu").getAsDouble()).isPositive();
            assertThat(figure.get("baseline").getAsDouble()).isPositive();
        });
        // What is delivered is the message and what proves it; a figure below that would count too much.
        assertThat(figures.get(1).get("median").getAsDouble()).isBetween(452.0, 4_000.0);
        assertThat(folder).isEmptyDirectory();
        assertThat(ProcessHandle.current().descendants()).isEmpty();
    }

    @Test
    @DisplayName("at a rate, says what a steady talk costs and how long messages take")
    void measuresAtARate() {
        BenchLine ran = BenchLine.run(
                "fanout",
                "--readers",
                "2",
                "--acks",
                "each",
                "--rate",
                "50",
                "--runs",
                "1",
                "--seconds",
                "2",
                "--warm-up",
                "1",
                "--json",
                "--folder",
                folder.toString());

        assertThat(ran.err()).isEmpty();
        assertThat(ran.figures())
                .extracting(it -> it.get("case").getAsString())
                .containsExactly("server_cpu", "latency_p50", "latency_p99", "latency_max");
        double p50 = ran.figures().get(1).get("median").getAsDouble();
        double max = ran.figures().get(3).get("median").getAsDouble();
        assertThat(p50).isPositive().isLessThanOrEqualTo(max);
    }

    @Test
    @DisplayName("names the option and what it may be where a value is none, and starts nothing")
    void refusesWhatCannotBeMeasured() {
        BenchLine ran = BenchLine.run("fanout", "--readers", "0");

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err()).contains("--readers is 0, expected 1 to ");
    }

    @Test
    @DisplayName("refuses a folder that is not there")
    void refusesAMissingFolder() {
        BenchLine ran = BenchLine.run(
                "fanout",
                "--readers",
                "3",
                "--folder",
                folder.resolve("missing").toString());

        assertThat(ran.exitCode()).isEqualTo(1);
        assertThat(ran.err()).contains("--folder is ").contains("missing");
    }

    @Test
    @DisplayName("told to end in the middle, says nothing and leaves no process and no file behind")
    void endsInTheMiddle() throws IOException, InterruptedException {
        Process bench = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        BenchMain.class.getName(),
                        "fanout",
                        "--readers",
                        "2",
                        "--seconds",
                        "600",
                        "--folder",
                        folder.toString())
                .redirectErrorStream(true)
                .start();
        try {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> bench.descendants().count() == SERVER_AND_BASELINE);
            List<ProcessHandle> children = bench.descendants().toList();

            bench.toHandle().destroy();

            assertThat(bench.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(children).noneMatch(ProcessHandle::isAlive);
            assertThat(folder).isEmptyDirectory();
            assertThat(new String(bench.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEmpty();
        } finally {
            bench.destroyForcibly();
        }
    }
}
