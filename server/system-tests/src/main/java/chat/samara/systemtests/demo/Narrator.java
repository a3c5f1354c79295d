package chat.samara.systemtests.demo;

import chat.samara.client.display.DisplayText;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Prints what happens, and keeps the list of checks. Confined to the story's thread. */
final class Narrator {
    private static final int TEXT_CHARS_MAX = 64;

    private final PrintStream out;
    private final long startNanos = System.nanoTime();
    private int steps;
    private int checks;
    private int failed;

    Narrator(PrintStream out) {
        this.out = out;
    }

    void title(String text) {
        out.println(text);
        out.flush();
    }

    /** Begins a part of the story. */
    void step(String text) {
        steps++;
        out.printf(Locale.ROOT, "%n%2d  %s%n", steps, text);
        out.flush();
    }

    /** Something that happened. */
    void tell(String text) {
        out.printf(Locale.ROOT, "    %s%n", text);
        out.flush();
    }

    /** Something that a member said. */
    void said(String who, String text, String state) {
        int bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        boolean isLong = text.codePointCount(0, text.length()) > TEXT_CHARS_MAX;
        String shown =
                DisplayText.ofLine(isLong ? text.substring(0, text.offsetByCodePoints(0, TEXT_CHARS_MAX)) + "…" : text);
        String size = bytes >= 10_000 ? String.format(Locale.ROOT, " (%,d bytes)", bytes) : "";
        out.printf(Locale.ROOT, "    %-9s %s  %s%s%n", state, who, shown, size);
        out.flush();
    }

    /** Counts and prints a check; returns whether it holds. */
    boolean check(boolean holds, String text) {
        checks++;
        if (!holds) {
            failed++;
        }
        out.printf(Locale.ROOT, "    %s  %s%n", holds ? "ok    " : "FAILED", text);
        out.flush();
        return holds;
    }

    /** The last line; returns whether everything holds. */
    boolean verdict() {
        Duration time = Duration.ofNanos(System.nanoTime() - startNanos);
        String seconds = String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
        if (failed == 0 && checks > 0) {
            out.printf(Locale.ROOT, "%nAll %d checks hold. %s%n", checks, seconds);
        } else {
            out.printf(Locale.ROOT, "%n%d of %d checks FAILED. %s%n", failed, checks, seconds);
        }
        out.flush();
        return failed == 0 && checks > 0;
    }
}
