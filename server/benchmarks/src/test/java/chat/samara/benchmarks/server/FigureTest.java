package chat.samara.benchmarks.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A figure")
class FigureTest {
    private static String printed(boolean json, List<Double> values, List<Double> bare) {
        StringWriter out = new StringWriter();
        new Figures("start", Map.of("channels", 3), new PrintWriter(out, true), json)
                .print("first_login", "ms", values, bare);
        return out.toString();
    }

    @Test
    @DisplayName("has the median, the least and the most of its runs, and its ratio to the baseline's median")
    void hasTheMedian() {
        JsonObject line = JsonParser.parseString(printed(true, List.of(9.0, 1.0, 5.0, 3.0), List.of(8.0, 2.0, 1.0)))
                .getAsJsonObject();

        assertThat(line.get("median").getAsDouble()).isEqualTo(4.0);
        assertThat(line.get("min").getAsDouble()).isEqualTo(1.0);
        assertThat(line.get("max").getAsDouble()).isEqualTo(9.0);
        assertThat(line.get("runs").getAsInt()).isEqualTo(4);
        assertThat(line.get("baseline").getAsDouble()).isEqualTo(2.0);
        assertThat(line.get("ratio").getAsDouble()).isEqualTo(2.0);
    }

    @Test
    @DisplayName("that is of no load says nothing of processors, in either form")
    void saysNothingOfProcessors() {
        String line = printed(true, List.of(1.0), List.of());

        assertThat(line)
                .contains("\"server_cpu\":null")
                .contains("\"client_cpu\":null")
                .contains("\"baseline\":null");
        assertThat(printed(false, List.of(1.0), List.of()))
                .contains("first_login")
                .doesNotContain("processors");
    }

    @Test
    @DisplayName("has no ratio to a baseline of nothing")
    void hasNoRatioToNothing() {
        assertThat(printed(true, List.of(1.0), List.of(0.0)))
                .contains("\"baseline\":0.0")
                .contains("\"ratio\":null");
        assertThat(printed(false, List.of(1.0), List.of(0.0))).contains("bare 0.00)");
    }

    @Test
    @DisplayName("that the system does not tell is not printed")
    void isNotPrintedWithoutValues() {
        assertThat(printed(true, List.of(), List.of(1.0))).isEmpty();
    }
}
