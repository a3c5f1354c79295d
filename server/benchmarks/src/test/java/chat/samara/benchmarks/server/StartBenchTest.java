package chat.samara.benchmarks.server;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.benchmarks.BenchLine;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("samara bench start")
class StartBenchTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    @DisplayName(
            "starts a server with and without channels and lets a device in that has its account, beside a bare echo,"
                    + " and leaves no process and no file behind")
    void startsServersThatHaveSomething() {
        BenchLine ran = BenchLine.run(
                "start",
                "--channels",
                "0,3",
                "--accounts",
                "2",
                "--runs",
                "1",
                "--idle-seconds",
                "0.2",
                "--json",
                "--folder",
                folder.toString());

        assertThat(ran.err()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        List<JsonObject> figures = ran.figures();
        assertThat(figures)
                .extracting(it ->
                        it.get("channels").getAsInt() + " " + it.get("case").getAsString())
                .contains("0 first_login", "0 cpu_to_login", "0 idle_cpu", "3 first_login", "3 cpu_to_login");
        assertThat(figures)
                .filteredOn(it -> !it.get("case").getAsString().equals("idle_cpu"))
                .allSatisfy(it -> {
                    assertThat(it.get("median").getAsDouble()).isPositive();
                    assertThat(it.get("baseline").getAsDouble()).isPositive();
                    assertThat(it.get("runs").getAsInt()).isEqualTo(1);
                    assertThat(it.get("server_cpu").isJsonNull()).isTrue();
                });
        assertThat(folder).isEmptyDirectory();
        assertThat(ProcessHandle.current().descendants()).isEmpty();
    }

    @Test
    @DisplayName("names the option and what it may be where a value is none, and starts nothing")
    void refusesWhatCannotBeMeasured() {
        assertThat(BenchLine.run("start", "--channels", "0,-1").err()).contains("--channels is -1, expected 0 to ");
        assertThat(BenchLine.run("start", "--accounts", "0").err()).contains("--accounts is 0, expected 1 to ");
        assertThat(BenchLine.run("start", "--idle-seconds", "0").err())
                .contains("--idle-seconds is 0.0, expected more than 0");
        assertThat(BenchLine.run(
                                "start",
                                "--accounts",
                                "2",
                                "--folder",
                                folder.resolve("missing").toString())
                        .err())
                .contains("--folder is ")
                .contains("missing");
    }
}
