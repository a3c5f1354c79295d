package chat.samara.cli.profile;

import java.io.Console;
import java.util.Optional;

/** Asks a person for a secret. */
@FunctionalInterface
public interface SecretPrompt {
    /**
     * The answer, which the caller erases; empty if there is nobody to ask, because the process has no terminal, or the person ended
     * the input.
     */
    Optional<char[]> ask(String question);

    /** On the process's terminal, without echo. */
    static SecretPrompt onTerminal() {
        return question -> terminal().flatMap(console -> Optional.ofNullable(console.readPassword("%s", question)));
    }

    /** The terminal that the process was started from, if its input and output both are one. */
    // Newer Javas answer null only for the console that Main asks for.
    @SuppressWarnings("SystemConsoleNull")
    static Optional<Console> terminal() {
        return Optional.ofNullable(System.console());
    }
}
