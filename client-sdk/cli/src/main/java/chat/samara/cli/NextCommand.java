package chat.samara.cli;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The line that a person types next, with the profile that this command works on: without it, the line would be about another one.
 *
 * @param profile the folder, where it is not the default
 */
public record NextCommand(Optional<Path> profile) {
    /** Of the default profile. */
    public static final NextCommand OF_DEFAULT = new NextCommand(Optional.empty());

    /** The whole line, for example of {@code device take-over}; the words are quoted for the shell already. */
    public String line(String words) {
        return "samara " + words
                + profile.map(folder -> " --profile " + ShellWord.of(folder.toString()))
                        .orElse("");
    }
}
