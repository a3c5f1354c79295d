package chat.samara.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Standard output, UTF-8. A {@link PrintStream} only says that something could not be written; this one also says why, and whether just nobody reads
 * any more, as behind {@code | head -1}.
 *
 * <p>The server's commands have a class like it. The one module that both may depend on is {@code protocol/wire}, which knows no streams, files or processes.
 */
public final class Output extends PrintStream {
    private static final Path OF_PROCESS = Path.of("/proc/self/fd/1");

    private final Sink sink;
    private final BooleanSupplier isPipe;

    private Output(Sink sink, BooleanSupplier isPipe) {
        super(sink, false, StandardCharsets.UTF_8);
        this.sink = sink;
        this.isPipe = isPipe;
    }

    /**
     * Prints to the stream.
     *
     * @param isPipe whether what is written goes to another process, where only its end can be what is wrong
     */
    public static Output to(OutputStream stream, BooleanSupplier isPipe) {
        return new Output(new Sink(stream), isPipe);
    }

    /** This process's own, where the system tells what it is. */
    static boolean isProcessPipe() {
        try {
            String target = Files.readSymbolicLink(OF_PROCESS).toString();
            return target.startsWith("pipe:") || target.startsWith("socket:");
        } catch (IOException | UnsupportedOperationException notToBeHad) {
            return false;
        }
    }

    /** Whether what is written goes to another process. */
    public boolean isPipe() {
        return isPipe.getAsBoolean();
    }

    /** What could not be written, and why; empty if all was. */
    public Optional<IOException> failure() {
        flush();
        return sink.failure();
    }

    /** Whether it failed only since nobody reads it any more. */
    public boolean hasLostItsReader() {
        // The message is in the person's language on some systems, but the name of the thing seldom is.
        return failure()
                .filter(why -> isPipe.getAsBoolean()
                        || String.valueOf(why.getMessage())
                                .toLowerCase(Locale.ROOT)
                                .contains("broken pipe"))
                .isPresent();
    }

    private static final class Sink extends OutputStream {
        private final OutputStream stream;
        private volatile Optional<IOException> failure = Optional.empty();

        Sink(OutputStream stream) {
            this.stream = stream;
        }

        Optional<IOException> failure() {
            return failure;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                stream.write(bytes, offset, length);
            } catch (IOException e) {
                throw remembered(e);
            }
        }

        @Override
        public void flush() throws IOException {
            try {
                stream.flush();
            } catch (IOException e) {
                throw remembered(e);
            }
        }

        private IOException remembered(IOException why) {
            if (failure.isEmpty()) {
                failure = Optional.of(why);
            }
            return why;
        }
    }
}
