package chat.samara.cli.chat;

import java.io.IOException;
import java.util.regex.Pattern;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.utils.NonBlockingReader;

/** What waits on a terminal to be read. */
final class TypedOnTerminal implements TypedAhead {
    private static final long WAIT_MILLIS = 20;
    private static final int CHARS_MAX = 64 << 10;

    /** What keys other than letters send. */
    private static final Pattern KEY =
            Pattern.compile("\u001b(\\[[0-9;?<>=]*[ -/]*[@-~]|O.)|[\\x00-\\x08\\x0b-\\x1f\\x7f]");

    private static final Pattern OUTER_LINE_ENDS = Pattern.compile("\\A\n+|\n+\\z");

    private final Terminal terminal;

    TypedOnTerminal(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public String take() {
        // Letter by letter: what has no line end yet would not be given out else.
        Attributes before = terminal.enterRawMode();
        try {
            String lines = waiting(terminal.reader()).replace("\r\n", "\n").replace('\r', '\n');
            return OUTER_LINE_ENDS.matcher(KEY.matcher(lines).replaceAll("")).replaceAll("");
        } catch (IOException gone) {
            // Whoever reads the first line is told so, too.
            return "";
        } finally {
            terminal.setAttributes(before);
        }
    }

    private static String waiting(NonBlockingReader reader) throws IOException {
        StringBuilder typed = new StringBuilder();
        int letter = reader.read(WAIT_MILLIS);
        while (letter >= 0 && typed.length() < CHARS_MAX) {
            typed.append((char) letter);
            letter = reader.read(WAIT_MILLIS);
        }
        return typed.toString();
    }
}
