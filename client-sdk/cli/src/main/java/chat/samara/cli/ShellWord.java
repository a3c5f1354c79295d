package chat.samara.cli;

import java.util.regex.Pattern;

/**
 * Text as one word of a POSIX shell's command line, for commands that are printed to be copied.
 *
 * <p>The server's commands have a class like it, which this module cannot see.
 */
public final class ShellWord {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@%+=,-]+");

    private ShellWord() {}

    /** As it is where a shell takes it so, else in single quotes, in which only they themselves mean anything. */
    public static String of(String text) {
        return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
