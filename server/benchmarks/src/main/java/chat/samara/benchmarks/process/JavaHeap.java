package chat.samara.benchmarks.process;

import chat.samara.benchmarks.BenchFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What lives in the heap of another Java process, by the JDK's own tool. */
public final class JavaHeap {
    private static final Pattern USED =
            Pattern.compile("(?m)^\\s*(?:def new|tenured) generation\\s+total \\d+K, used (\\d+)K");
    private static final int GENERATIONS = 2;

    private JavaHeap() {}

    /** Lets a process collect its garbage, and returns the bytes that are in use after that. */
    static long liveBytes(long pid) throws BenchFailure, InterruptedException {
        String unused = jcmd(pid, "GC.run");
        return usedBytes(jcmd(pid, "GC.heap_info"));
    }

    /** What {@code GC.heap_info} of a serial collector says. */
    static long usedBytes(String heapInfo) throws BenchFailure {
        Matcher matcher = USED.matcher(heapInfo);
        long bytes = 0;
        int found = 0;
        while (matcher.find()) {
            bytes += Long.parseLong(matcher.group(1)) << 10;
            found++;
        }
        if (found != GENERATIONS) {
            throw new BenchFailure("the use of a heap cannot be read; expected two generations in: " + heapInfo);
        }
        return bytes;
    }

    private static String jcmd(long pid, String command) throws BenchFailure, InterruptedException {
        String tool = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        try {
            Process process = new ProcessBuilder(tool, String.valueOf(pid), command)
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new BenchFailure(tool + " " + command + " ended with " + process.exitValue() + ": " + said);
            }
            return said;
        } catch (IOException missing) {
            throw new BenchFailure(
                    tool + " could not be run (" + missing.getMessage() + "); run this with a whole JDK", missing);
        }
    }
}
