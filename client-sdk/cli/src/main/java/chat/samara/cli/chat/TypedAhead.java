package chat.samara.cli.chat;

import org.jline.terminal.Terminal;

/**
 * What a person has typed before there was a prompt. It was shown as they typed it; so it is kept, and lands in the prompt. It is not sent by itself,
 * not even where they pressed Enter: they could not see where it would go, and it may be a passphrase that they thought they were asked for.
 */
@FunctionalInterface
public interface TypedAhead {
    /** Nobody types before a prompt. */
    TypedAhead NONE = () -> "";

    /** What was typed since it was asked for last, without the last line end; empty if nothing was. */
    String take();

    /** On a terminal that nobody else reads just now. */
    static TypedAhead on(Terminal terminal) {
        return new TypedOnTerminal(terminal);
    }
}
