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

    /** Of this process, on standard error, which may be a terminal. */
    static Farewell ofProcess(PrintStream err, TerminalWidth width) {
        return sentence -> {
            Thread last = new Thread(last(sentence, err, width), "samara-farewell");
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

    /** What is to be run last. */
    static Runnable last(Supplier<Optional<String>> sentence, PrintStream err, TerminalWidth width) {
        return () -> sentence.get().ifPresent(said -> {
            // Behind the sign that the terminal has made of Ctrl-C.
            err.println();
            Surroundings.say("samara: " + said, err, width);
        });
    }
}
