package chat.samara.benchmarks.mls;

import chat.samara.benchmarks.mls.Stopwatch.Result;
import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Prints results: a JSON line for each case and implementation, or a table. */
final class Report {
    private final PrintStream out;
    private final boolean json;
    private final String crypto;
    private String lastHeader = "";

    /**
     * Prints nothing yet.
     *
     * @param crypto the library of Samara's Curve25519
     */
    Report(PrintStream out, boolean json, String crypto) {
        this.out = out;
        this.json = json;
        this.crypto = crypto;
    }

    /**
     * One case.
     *
     * @param results by implementation
     * @param floor in microseconds, NaN where there is none or it was not asked for
     */
    void print(MlsCase measured, int members, Map<String, Result> results, double floor) {
        if (json) {
            new TreeMap<>(results)
                    .descendingMap()
                    .forEach((implementation, result) -> out.println(line(measured, members, implementation, result)));
            if (!Double.isNaN(floor)) {
                out.println(line(measured, members, "floor", new Result(floor, floor, floor, 1)));
            }
        } else {
            printRow(measured, members, results, floor);
        }
    }

    private JsonObject line(MlsCase measured, int members, String implementation, Result result) {
        JsonObject line = new JsonObject();
        line.addProperty("bench", "mls");
        line.addProperty("case", measured.label());
        line.addProperty("n", members);
        line.addProperty("impl", implementation);
        if (implementation.equals("samara")) {
            line.addProperty("crypto", crypto);
        }
        if (measured.inBytes()) {
            line.addProperty("unit", "bytes");
            line.addProperty("median_bytes", Math.round(result.median()));
            line.addProperty("min_bytes", Math.round(result.min()));
            line.addProperty("max_bytes", Math.round(result.max()));
        } else {
            line.addProperty("median_us", rounded(result.median()));
            line.addProperty("min_us", rounded(result.min()));
        }
        line.addProperty("runs", result.runs());
        return line;
    }

    private static double rounded(double micros) {
        return Math.round(micros * 10) / 10.0;
    }

    private void printRow(MlsCase measured, int members, Map<String, Result> results, double floor) {
        String header = String.format(
                Locale.ROOT,
                "%-20s %8s %14s %14s %14s %14s %8s %14s  %s",
                "N = " + members,
                "",
                "samara median",
                "samara min",
                "bcmls median",
                "target",
                "runs",
                "floor",
                "");
        if (!header.equals(lastHeader)) {
            out.println();
            out.println(header);
            lastHeader = header;
        }
        Result samara = results.get("samara");
        Result bcmls = results.get("bcmls");
        out.println(String.format(
                Locale.ROOT,
                "%-20s %8s %14s %14s %14s %14s %8s %14s  %s",
                measured.label(),
                measured.inBytes() ? "bytes" : "µs",
                samara == null ? "" : number(samara.median()),
                samara == null ? "" : number(samara.min()),
                bcmls == null ? "" : number(bcmls.median()),
                number(measured.target(members)),
                samara == null ? "" : String.valueOf(samara.runs()),
                number(floor),
                samara != null && samara.median() > measured.target(members) ? "missed" : ""));
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, value < 1_000 ? "%,.1f" : "%,.0f", value);
    }
}
