package chat.samara.benchmarks.server;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.benchmarks.BenchLine;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("samara bench accept, rooms, latency and federation")
class WholeServerBenchTest {
    @TempDir
    private Path folder = Path.of("");

    private List<JsonObject> run(String bench, String... options) {
        String[] arguments = new String[options.length + 10];
        arguments[0] = bench;
        System.arraycopy(options, 0, arguments, 1, options.length);
        String[] brief = {"--runs", "1", "--seconds", "1", "--warm-up", "0.5", "--json", "--folder", folder.toString()};
        System.arraycopy(brief, 0, arguments, 1 + options.length, brief.length);
        BenchLine ran = BenchLine.run(arguments);
        assertThat(ran.err()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        return ran.figures();
    }

    private static double median(List<JsonObject> figures, int index) {
        return figures.get(index).get("median").getAsDouble();
    }

    @Test
    @DisplayName("accept: with one message in flight, what is acknowledged a second is what the latency of one allows")
    void acceptMeasuresOneInFlight() {
        List<JsonObject> figures = run("accept", "--case", "1x1", "--in-flight", "1");

        assertThat(figures)
                .extracting(it -> it.get("case").getAsString())
                .containsExactly("messages", "latency_p50", "latency_p99", "latency_max", "log_bytes", "table_bytes");
        assertThat(median(figures, 4))
                .as("bytes of the log for a payload of 452")
                .isBetween(600.0, 3_000.0);
        assertThat(figures.get(0).get("baseline").getAsDouble()).isPositive();
        // Half of the messages take at least the median: were more than one under way, or one counted twice, this would
        // not hold.
        assertThat(median(figures, 0) / 2 * median(figures, 1)).isPositive().isLessThanOrEqualTo(1_000 * 1.1);
    }

    @Test
    @DisplayName("accept: several channels with several senders, each message acknowledged")
    void acceptMeasuresManyChannels() {
        List<JsonObject> figures = run("accept", "--case", "1x3,4x2", "--in-flight", "12");

        assertThat(figures).hasSize(12);
        assertThat(median(figures, 0)).isPositive();
        assertThat(median(figures, 6)).isPositive();
        assertThat(figures.get(6).get("channels").getAsInt()).isEqualTo(4);
    }

    @Test
    @DisplayName("rooms: members in several rooms, beside the bare fan-out of the same rooms")
    void roomsMeasuresManyRooms() {
        List<JsonObject> figures = run("rooms", "--rooms", "6x3", "--devices", "6", "--acks", "sdk");

        assertThat(figures)
                .extracting(it -> it.get("case").getAsString())
                .containsExactly("deliveries", "messages", "bytes");
        assertThat(median(figures, 0)).isPositive();
        assertThat(median(figures, 1)).isCloseTo(median(figures, 0) / 3, org.assertj.core.api.Assertions.within(0.01));
        assertThat(figures.get(0).get("baseline").getAsDouble()).isPositive();
    }

    @Test
    @DisplayName("latency: at half of the most that was measured before")
    void latencyMeasuresAtHalf() {
        List<JsonObject> figures = run("latency", "--readers", "2");

        assertThat(figures)
                .extracting(it -> it.get("case").getAsString())
                .containsExactly("deliveries", "latency_p50", "latency_p99", "latency_max");
        assertThat(figures.get(0).get("rate").getAsDouble()).isPositive();
        assertThat(median(figures, 1)).isPositive();
    }

    @Test
    @DisplayName("federation: two servers that are peers, each message read at both and acknowledged, whoever speaks")
    void federationMeasuresBothWays() {
        List<JsonObject> figures = run("federation", "--channels", "2", "--senders", "2", "--rate", "40");

        assertThat(figures)
                .extracting(it ->
                        it.get("from").getAsString() + " " + it.get("case").getAsString())
                .containsExactly(
                        "follower messages",
                        "follower hub_cpu",
                        "follower follower_cpu",
                        "follower latency_p50",
                        "follower latency_p99",
                        "follower latency_max",
                        "hub messages",
                        "hub hub_cpu",
                        "hub follower_cpu",
                        "hub latency_p50",
                        "hub latency_p99",
                        "hub latency_max");
        assertThat(figures)
                .allSatisfy(
                        figure -> assertThat(figure.get("median").getAsDouble()).isPositive());
        // Each of the two works, and what stands beside all figures is of both.
        assertThat(median(figures, 1) + median(figures, 2))
                .isCloseTo(
                        figures.get(0).get("server_cpu").getAsDouble(), org.assertj.core.api.Assertions.within(0.01));
        assertThat(median(figures, 3)).isLessThanOrEqualTo(median(figures, 5));
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @DisplayName("catchup: each device gets what it lacks and no more, and two others are listened to meanwhile")
    void catchupMeasuresThoseWhoReturn() {
        List<JsonObject> figures =
                run("catchup", "--devices", "1,3", "--entries", "300", "--deliveries", "600", "--heap-mib", "128");

        assertThat(figures)
                .extracting(it -> it.get("case").getAsString())
                .contains("deliveries", "bytes", "latency_p99");
        List<JsonObject> deliveries = figures.stream()
                .filter(it -> it.get("case").getAsString().equals("deliveries"))
                .toList();
        assertThat(deliveries).extracting(it -> it.get("entries").getAsInt()).containsExactly(300, 200);
        assertThat(deliveries)
                .allSatisfy(it -> assertThat(it.get("median").getAsDouble()).isPositive());
        assertThat(figures.get(1).get("median").getAsDouble()).isBetween(452.0, 1_000.0);
        assertThat(figures.get(figures.size() - 1).get("baseline").getAsDouble())
                .isPositive();
        assertThat(BenchLine.run("catchup", "--devices", "0").err()).contains("--devices is 0, expected 1 to 4096");
    }

    @Test
    @DisplayName("what a server's quotas do not allow is refused before anything is started")
    void refusesWhatQuotasForbid() {
        assertThat(BenchLine.run("accept", "--case", "256x1").err()).contains("take at least 2 senders");
        assertThat(BenchLine.run("federation", "--senders", "1", "--in-flight", "1001")
                        .err())
                .contains("--in-flight is 1001, for 1 senders expected at most 1000");
        assertThat(BenchLine.run("accept", "--case", "ten").err()).contains("--case is ten, expected CHANNELSxSENDERS");
        assertThat(BenchLine.run("rooms", "--rooms", "1000x4", "--devices", "3").err())
                .contains("--rooms 1000x4 is 4, expected 1 to 3");
    }
}
