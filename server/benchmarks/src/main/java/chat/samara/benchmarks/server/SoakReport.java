package chat.samara.benchmarks.server;

import chat.samara.benchmarks.server.SoakSample.Quantity;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The lines of a soak: one a sample, and in the end how fast everything rose. */
final class SoakReport {
    private static final double HOUR_SECONDS = 3_600;
    private static final double MIB_BYTES = 1 << 20;
    private static final double ROUNDING = 1_000;

    /** A server that was just started fills what it keeps: the first part of a soak says nothing of a leak. */
    private static final double PART_LEFT_OUT = 1.0 / 3;

    private final PrintWriter out;
    private final boolean json;
    private final List<SoakSample> samples = new ArrayList<>();

    SoakReport(PrintWriter out, boolean json) {
        this.out = out;
        this.json = json;
    }

    void add(SoakSample sample) {
        samples.add(sample);
        JsonObject line = line("sample");
        line.addProperty("seconds", rounded(sample.seconds()));
        line.addProperty("messages", sample.messages());
        line.addProperty("deliveries", sample.deliveries());
        line.addProperty("latency_p99_ms", rounded(sample.latencyMillis()));
        sample.values().forEach((quantity, value) -> line.addProperty(quantity.label(), rounded(value)));
        print(line);
    }

    /** The last line. */
    void end() {
        int first = (int) (samples.size() * PART_LEFT_OUT);
        List<SoakSample> counted = samples.subList(first, samples.size());
        JsonObject line = line("slopes");
        line.addProperty("samples", counted.size());
        line.addProperty(
                "from_seconds", rounded(counted.isEmpty() ? 0 : counted.get(0).seconds()));
        for (Quantity quantity : Quantity.values()) {
            line.addProperty(quantity.label() + "_per_hour", rounded(perHour(counted, quantity)));
        }
        line.addProperty("disk_bytes_per_message", rounded(diskBytesPerMessage(counted)));
        print(line);
    }

    static double perHour(List<SoakSample> samples, Quantity quantity) {
        return HOUR_SECONDS
                * Slope.of(samples.stream()
                        .filter(sample -> sample.values().containsKey(quantity))
                        .map(sample -> new Slope.Point(
                                sample.seconds(), sample.values().getOrDefault(quantity, 0.0)))
                        .toList());
    }

    private static double diskBytesPerMessage(List<SoakSample> samples) {
        return MIB_BYTES
                * Slope.of(samples.stream()
                        .map(sample -> new Slope.Point(
                                sample.messages(), sample.values().getOrDefault(Quantity.DISK_MIB, 0.0)))
                        .toList());
    }

    private static JsonObject line(String name) {
        JsonObject line = new JsonObject();
        line.addProperty("bench", "soak");
        line.addProperty("case", name);
        return line;
    }

    private void print(JsonObject line) {
        if (json) {
            out.println(line);
        } else {
            StringBuilder text = new StringBuilder();
            line.entrySet().stream()
                    .skip(1)
                    .forEach(entry -> text.append(String.format(
                            Locale.ROOT,
                            text.isEmpty() ? "%2$s" : "  %1$s %2$s",
                            entry.getKey(),
                            entry.getValue().getAsString())));
            out.println(text);
        }
        out.flush();
    }

    private static double rounded(double value) {
        return Math.round(value * ROUNDING) / ROUNDING;
    }
}
