package chat.samara.benchmarks.server;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** Prints figures of the same runs, each beside the same of the baseline's runs. */
final class Figures {
    private static final double HALF = 50;
    private static final double NEARLY_ALL = 99;

    private final String bench;
    private final Map<String, Object> parameters;
    private final List<Run> runs;
    private final List<Run> baseline;
    private final PrintWriter out;
    private final boolean json;

    Figures(
            String bench,
            Map<String, Object> parameters,
            List<Run> runs,
            List<Run> baseline,
            PrintWriter out,
            boolean json) {
        this.bench = bench;
        this.parameters = parameters;
        this.runs = runs;
        this.baseline = baseline;
        this.out = out;
        this.json = json;
    }

    void print(String name, String unit, ToDoubleFunction<Run> value) {
        OptionalDouble bare =
                baseline.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Figure.median(baseline, value));
        Figure figure = new Figure(bench, name, parameters, unit, runs, value, bare);
        out.println(json ? figure.toJson() : figure.toText());
        out.flush();
    }

    /** How long messages took, from when they were to be sent. */
    void printLatencies() {
        print("latency_p50", "ms", run -> run.percentileMillis(HALF));
        print("latency_p99", "ms", run -> run.percentileMillis(NEARLY_ALL));
        print("latency_max", "ms", Run::maxMillis);
    }
}
