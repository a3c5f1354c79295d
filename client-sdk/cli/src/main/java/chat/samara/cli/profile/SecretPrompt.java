package chat.samara.cli.profile;

import java.io.Console;
import java.util.Optional;

/** Asks a person for secrets. What they type ahead, before the first and between two, is not shown either. */
@FunctionalInterface
public interface SecretPrompt {
    /** The terminal's mode from before the launcher silenced it, as {@code stty} reads it. */
    String TERMINAL_VARIABLE = "SAMARA_TERMINAL";

    /**
     * The answer, which the caller erases; empty if there is nobody to ask, because the process has no terminal, or the person ended
     * the input.
     */
    Optional<char[]> ask(String question);

    /**
     * Nothing more is asked: what the person types from now on is shown again. What they have typed unseen since the last answer is thrown away: it may
     * be the passphrase once more, and whoever reads next would take it for a message, or for a command.
     *
     * @return whether there was something like that
     */
    default boolean done() {
        return false;
    }

    /** Whether there is a terminal, at which a person can be asked and can write. */
    default boolean hasTerminal() {
        return terminal().isPresent();
    }

    /** Of a command that another process does: who has asked for it has given the passphrase there. */
    static SecretPrompt ofNobody() {
        return new SecretPrompt() {
            @Override
            public Optional<char[]> ask(String question) {
                return Optional.empty();
            }

            @Override
            public boolean hasTerminal() {
                return false;
            }
        };
    }

    /**
     * On the process's terminal, without echo.
     *
     * @param modeBefore what {@link #TERMINAL_VARIABLE} says, if the launcher has silenced the terminal; a console leaves it silent then
     */
    static SecretPrompt onTerminal(Optional<String> modeBefore) {
        return new SecretPrompt() {
            private boolean asked;

            @Override
            public Optional<char[]> ask(String question) {
                asked = terminal().isPresent();
                return terminal().flatMap(console -> Optional.ofNullable(console.readPassword("%s", question)));
            }

            @Override
            public boolean done() {
                boolean discarded = asked && TerminalMode.discardTyped(System.in);
                asked = false;
                modeBefore.ifPresent(TerminalMode::restore);
                return discarded;
            }
        };
    }

    /** The terminal that the process was started from, if its input and output both are one. */
    // Newer Javas answer null only for the console that Main asks for.
    @SuppressWarnings("SystemConsoleNull")
    static Optional<Console> terminal() {
        return Optional.ofNullable(System.console());
    }
}
