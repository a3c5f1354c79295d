package chat.samara.server.node.command;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Standard output, UTF-8. A {@link PrintWriter} only says that something could not be written; this one also says why, and whether just nobody reads
 * any more, as behind {@code | head -1}.
 *
 * <p>The terminal client has a class like it. The one module that both may depend on is {@code protocol/wire}, which knows no streams, files or processes.
 */
final class Output extends PrintWriter {
    private static final Path OF_PROCESS = Path.of("/proc/self/fd/1");

    private final Sink sink;
    private final BooleanSupplier isPipe;

    private Output(Sink sink, BooleanSupplier isPipe) {
        super(sink, true, StandardCharsets.UTF_8);
        this.sink = sink;
        this.isPipe = isPipe;
    }

    static Output ofProcess() {
        return to(new FileOutputStream(FileDescriptor.out), Output::isProcessPipe);
    }

    /** @param isPipe whether what is written goes to another process, where only its end can be what is wrong */
    static Output to(OutputStream stream, BooleanSupplier isPipe) {
        return new Output(new Sink(stream), isPipe);
    }

    private static boolean isProcessPipe() {
        try {
            String target = Files.readSymbolicLink(OF_PROCESS).toString();
            return target.startsWith("pipe:") || target.startsWith("socket:");
        } catch (IOException | UnsupportedOperationException notToBeHad) {
            return false;
        }
    }

    /** Why not all could be written; empty if all was. */
    Optional<String> failure() {
        flush();
        return sink.failure.map(why -> String.valueOf(why.getMessage()));
    }

    /** Whether it failed only since nobody reads it any more. */
    boolean hasLostItsReader() {
        return failure()
                .filter(why ->
                        isPipe.getAsBoolean() || why.toLowerCase(Locale.ROOT).contains("broken pipe"))
                .isPresent();
    }

    private static final class Sink extends OutputStream {
        private final OutputStream stream;
        private volatile Optional<IOException> failure = Optional.empty();

        Sink(OutputStream stream) {
            this.stream = stream;
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
                failure = failure.or(() -> Optional.of(e));
                throw e;
            }
        }
    }
}
