package chat.samara.benchmarks;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;

/** A run of {@code samara bench …} in this process, and what it printed. */
public record BenchLine(int exitCode, String out, String err) {
    public static BenchLine run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = BenchMain.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        int exitCode = line.execute(arguments);
        return new BenchLine(exitCode, out.toString(), err.toString());
    }

    /** What it printed, a JSON object a line. */
    public List<JsonObject> figures() {
        return out.lines()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }
}
