package chat.samara.cli;

import chat.samara.cli.profile.SecretPrompt;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How wide the terminal is to which a standard stream goes. A terminal breaks a line that is too long for it wherever it ends, and what comes
 * then begins where each message does: whoever chooses their words well could make another's message of it. So what is printed on a
 * terminal is cut into rows before.
 */
@FunctionalInterface
public interface TerminalWidth {
    /** Which stream. */
    enum Stream {
        OUT(1),
        ERR(2);

        private final int descriptor;

        Stream(int descriptor) {
            this.descriptor = descriptor;
        }
    }

    /** Columns that can be filled; empty where the stream goes to no terminal: there a line stays whole. Callable from any thread. */
    OptionalInt columns(Stream stream);

    /** Of this process, as {@code stty} knows it: Java has no call for that. */
    static TerminalWidth ofProcess() {
        return new OfProcess();
    }

    /** Asks again from time to time, since people change the size of their windows. */
    final class OfProcess implements TerminalWidth {
        private static final File TERMINAL = new File("/dev/tty");
        private static final Pattern SIZE = Pattern.compile("\\d{1,5} (\\d{1,5})\\s*");
        private static final int ANSWER_BYTES_MAX = 64;
        private static final int SECONDS_MAX = 5;
        private static final long KNOWN_FOR_NANOS = TimeUnit.SECONDS.toNanos(1);
        private static final int COLUMNS_IF_UNKNOWN = 80;

        // Guarded by this.
        private OptionalInt known = OptionalInt.empty();
        private long knownSinceNanos;

        private OfProcess() {}

        @Override
        public OptionalInt columns(Stream stream) {
            // The last column stays free: some terminals wrap when it is filled.
            return isTerminal(stream) ? OptionalInt.of(width() - 1) : OptionalInt.empty();
        }

        private static boolean isTerminal(Stream stream) {
            try {
                String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + stream.descriptor))
                        .toString();
                return target.startsWith("/dev/pts/")
                        || target.startsWith("/dev/tty")
                        || target.startsWith("/dev/console");
            } catch (IOException | UnsupportedOperationException notToBeHad) {
                return SecretPrompt.terminal().isPresent();
            }
        }

        private synchronized int width() {
            if (known.isEmpty() || System.nanoTime() - knownSinceNanos > KNOWN_FOR_NANOS) {
                known = OptionalInt.of(ask());
                knownSinceNanos = System.nanoTime();
            }
            return known.getAsInt();
        }

        private static int ask() {
            try {
                Process stty = new ProcessBuilder("stty", "size")
                        .redirectInput(TERMINAL)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                try (InputStream answer = stty.getInputStream()) {
                    boolean ended = stty.waitFor(SECONDS_MAX, TimeUnit.SECONDS);
                    Matcher size = SIZE.matcher(
                            ended ? new String(answer.readNBytes(ANSWER_BYTES_MAX), StandardCharsets.US_ASCII) : "");
                    int columns = size.matches() ? Integer.parseInt(size.group(1)) : 0;
                    return columns > 1 ? columns : COLUMNS_IF_UNKNOWN;
                } finally {
                    stty.destroy();
                }
            } catch (IOException noTerminal) {
                return COLUMNS_IF_UNKNOWN;
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                return COLUMNS_IF_UNKNOWN;
            }
        }
    }
}
