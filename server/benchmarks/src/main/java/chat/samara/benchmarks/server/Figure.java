package chat.samara.benchmarks.server;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * One figure of some runs, and the same of the baseline if there is one.
 *
 * @param parameters what was measured, by name; strings, numbers and booleans
 * @param values one of each run
 * @param baseline its median
 */
record Figure(
        String bench,
        String name,
        Map<String, Object> parameters,
        String unit,
        List<Double> values,
        Processors processors,
        OptionalDouble baseline) {
    private static final double ROUNDING = 1_000;

    Figure {
        values = List.copyOf(values);
    }

    /** Processors that server and load were using meanwhile, where that says something. */
    record Processors(OptionalDouble server, OptionalDouble client) {
        static final Processors NOT_COUNTED = new Processors(OptionalDouble.empty(), OptionalDouble.empty());

        static Processors of(List<Run> runs) {
            return new Processors(
                    OptionalDouble.of(Figure.median(runs, Run::serverCpu)),
                    OptionalDouble.of(Figure.median(runs, Run::clientCpu)));
        }
    }

    /** The median of a value over some runs. */
    static double median(List<Run> runs, ToDoubleFunction<Run> value) {
        return median(runs.stream().map(value::applyAsDouble).toList());
    }

    /** The median of these. */
    static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private double median() {
        return median(values);
    }

    private double min() {
        return Collections.min(values);
    }

    private double max() {
        return Collections.max(values);
    }

    private OptionalDouble ratio() {
        return baseline.isPresent() && baseline.getAsDouble() != 0
                ? OptionalDouble.of(median() / baseline.getAsDouble())
                : OptionalDouble.empty();
    }

    /** A line for programs. */
    JsonObject toJson() {
        JsonObject line = new JsonObject();
        line.addProperty("bench", bench);
        line.addProperty("case", name);
        parameters.forEach((key, parameter) -> line.add(key, primitive(parameter)));
        line.addProperty("median", rounded(median()));
        line.addProperty("min", rounded(min()));
        line.addProperty("max", rounded(max()));
        line.addProperty("unit", unit);
        line.addProperty("runs", values.size());
        add(line, "server_cpu", processors.server);
        add(line, "client_cpu", processors.client);
        add(line, "baseline", baseline);
        add(line, "ratio", ratio());
        return line;
    }

    private static JsonPrimitive primitive(Object parameter) {
        if (parameter instanceof Number number) {
            return new JsonPrimitive(number);
        }
        return parameter instanceof Boolean flag ? new JsonPrimitive(flag) : new JsonPrimitive(parameter.toString());
    }

    private static void add(JsonObject line, String name, OptionalDouble value) {
        line.add(name, value.isPresent() ? new JsonPrimitive(rounded(value.getAsDouble())) : JsonNull.INSTANCE);
    }

    private static double rounded(double value) {
        return Math.round(value * ROUNDING) / ROUNDING;
    }

    /** A line for people. */
    String toText() {
        String what = parameters.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", "));
        String compared = baseline.isEmpty() ? "" : "; bare " + number(baseline.getAsDouble());
        if (ratio().isPresent()) {
            compared += String.format(Locale.ROOT, ", ratio %.2f", ratio().getAsDouble());
        }
        String used = processors.server.isEmpty()
                ? ""
                : String.format(
                        Locale.ROOT,
                        "; server %.2f, load %.2f processors",
                        processors.server.getAsDouble(),
                        processors.client.orElse(0));
        return String.format(
                Locale.ROOT,
                "%-14s %-44s %10s %-6s (%s to %s%s%s)",
                name,
                what,
                number(median()),
                unit,
                number(min()),
                number(max()),
                used,
                compared);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, Math.abs(value) < 100 ? "%.2f" : "%,.0f", value);
    }
}
