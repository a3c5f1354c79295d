package chat.samara.systemtests.sim.clock;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

/**
 * What happened in a run: every line goes into a running SHA-256, the last few are kept. Two runs of one seed must end
 * with the same hash.
 */
public final class Trace {
    /** Lines that are kept to be printed with a failure. */
    static final int LINES_KEPT = 120;

    private final MessageDigest digest;
    private final Scheduler scheduler;
    private final ArrayDeque<String> last = new ArrayDeque<>();
    private final Consumer<String> listener;

    /** The listener gets every line as it is written; it may print it or ignore it. */
    public Trace(Scheduler scheduler, Consumer<String> listener) {
        this.scheduler = scheduler;
        this.listener = listener;
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /** Notes that something happened to, or was done by, this actor. */
    public void line(String actor, String what) {
        long elapsed = scheduler.elapsedMillis();
        String line = String.format(
                "%02d:%02d:%02d.%03d %-16s %s",
                elapsed / 3_600_000, elapsed / 60_000 % 60, elapsed / 1000 % 60, elapsed % 1000, actor, what);
        digest.update(line.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) '\n');
        last.addLast(line);
        if (last.size() > LINES_KEPT) {
            last.removeFirst();
        }
        listener.accept(line);
    }

    /** Makes bytes part of the hash without a line of their own. */
    public void bytes(byte[] bytes) {
        digest.update(bytes);
    }

    /** The last lines, oldest first. */
    public List<String> lastLines() {
        return List.copyOf(last);
    }

    /** Hash over everything so far, 64 hex digits; ends the trace. */
    public String finish() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
