package chat.samara.cli;

import chat.samara.cli.profile.Profiles;
import chat.samara.cli.profile.SecretPrompt;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;

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
        Clock clock) {}
