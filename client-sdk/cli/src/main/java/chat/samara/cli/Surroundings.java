package chat.samara.cli;

import chat.samara.cli.message.RowWrap;
import chat.samara.cli.profile.Profiles;
import chat.samara.cli.profile.SecretPrompt;
import chat.samara.client.display.DisplayText;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Everything that a command touches outside of itself, so that tests can hand in their own.
 *
 * @param in standard input
 * @param out standard output, UTF-8: results
 * @param err standard error, UTF-8: what is said beside the result
 * @param environment environment variables
 * @param home the user's home folder
 * @param prompt asks for passphrases
 * @param farewell says what there is to say when the process is ended from outside
 * @param profiles opens profiles
 * @param clock for showing times, in the zone of the reader
 * @param width of the terminal that out or err goes to
 * @param burstPause how long after something that is said in one row with what comes next it is waited for that
 */
public record Surroundings(
        InputStream in,
        Output out,
        PrintStream err,
        Map<String, String> environment,
        Path home,
        SecretPrompt prompt,
        Farewell farewell,
        Profiles profiles,
        Clock clock,
        TerminalWidth width,
        Duration burstPause) {
    private static final int INDENT = 3;

    /** A sentence beside the result, made safe to print: one line, and on a terminal no row of it begins where a message does. */
    public void say(String sentence) {
        say(sentence, err, width);
    }

    static void say(String sentence, PrintStream err, TerminalWidth width) {
        String line = DisplayText.ofLine(sentence);
        OptionalInt columns = width.columns(TerminalWidth.Stream.ERR);
        if (columns.isPresent() && RowWrap.width(line) > columns.getAsInt()) {
            // What is to be typed next stays whole where it can, to be copied.
            line = line.replace(": samara ", ":\nsamara ");
        }
        err.println(RowWrap.indented(line, columns, INDENT));
    }
}
