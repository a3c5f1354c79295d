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

    /** Of what is no load: the values are given with each figure. */
    Figures(String bench, Map<String, Object> parameters, PrintWriter out, boolean json) {
        this(bench, parameters, List.of(), List.of(), out, json);
    }

    void print(String name, String unit, ToDoubleFunction<Run> value) {
        print(name, unit, values(runs, value), Figure.Processors.of(runs), values(baseline, value));
    }

    /**
     * A figure that is of no load.
     *
     * @param values one of each run; without any, nothing is printed: the system does not tell
     * @param bare the same of the baseline, if there is one
     */
    void print(String name, String unit, List<Double> values, List<Double> bare) {
        if (!values.isEmpty()) {
            print(name, unit, values, Figure.Processors.NOT_COUNTED, bare);
        }
    }

    private void print(String name, String unit, List<Double> values, Figure.Processors processors, List<Double> bare) {
        OptionalDouble compared = bare.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Figure.median(bare));
        Figure figure = new Figure(bench, name, parameters, unit, values, processors, compared);
        out.println(json ? figure.toJson() : figure.toText());
        out.flush();
    }

    private static List<Double> values(List<Run> runs, ToDoubleFunction<Run> value) {
        return runs.stream().map(value::applyAsDouble).toList();
    }

    /** How long messages took, from when they were to be sent. */
    void printLatencies() {
        print("latency_p50", "ms", run -> run.percentileMillis(HALF));
        print("latency_p99", "ms", run -> run.percentileMillis(NEARLY_ALL));
        print("latency_max", "ms", Run::maxMillis);
    }
}
