package chat.samara.cli;

import java.io.PrintStream;
import java.util.Optional;
import java.util.function.Supplier;

/** What a person still has to know when they end the process from outside: by Ctrl-C, or with {@code kill}. */
public interface Farewell {
    /**
     * Says it if the process is told to end before the result is closed.
     *
     * @param sentence asked then, from any thread; empty if there is nothing to say
     */
    Awaited ifEnded(Supplier<Optional<String>> sentence);

    /** Closed when the command says it itself. */
    interface Awaited extends AutoCloseable {
        @Override
        void close();
    }

    /** Of this process, on standard error. */
    static Farewell ofProcess(PrintStream err) {
        return sentence -> {
            Thread last = new Thread(
                    () -> sentence.get().ifPresent(said -> err.println("\nsamara: " + said)), "samara-farewell");
            Runtime.getRuntime().addShutdownHook(last);
            return () -> {
                try {
                    boolean unused = Runtime.getRuntime().removeShutdownHook(last);
                } catch (IllegalStateException ending) {
                    // It is being said.
                }
            };
        };
    }
}
