package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.UserId;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A list of members in a file, UTF-8: one a line; blank lines count for nothing, nor does what stands behind a {@code #}. */
final class MemberFile {
    private static final long BYTES_MAX = 1L << 20;
    private static final int WRONG_LINES_TOLD_MAX = 10;

    private MemberFile() {}

    /** Those who stand in it, in its order. If one line is wrong nobody is: the failure names each with its number. */
    static List<UserId> read(Path file) throws CommandFailure {
        List<UserId> users = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        List<String> lines = lines(file);
        for (int i = 0; i < lines.size(); i++) {
            String typed = lines.get(i).replaceFirst("#.*", "").strip();
            if (typed.isEmpty()) {
                continue;
            }
            try {
                users.add(UserId.parse(typed));
            } catch (RefusedException refused) {
                wrong.add("line " + (i + 1) + ": " + refused.refusal().reason());
            }
        }
        if (!wrong.isEmpty()) {
            String more = wrong.size() > WRONG_LINES_TOLD_MAX
                    ? "; and " + (wrong.size() - WRONG_LINES_TOLD_MAX) + " lines more"
                    : "";
            throw new CommandFailure(
                    ExitCode.USAGE,
                    file + ", "
                            + String.join("; ", wrong.subList(0, Math.min(wrong.size(), WRONG_LINES_TOLD_MAX))) + more
                            + ". Nobody was added.");
        }
        return users;
    }

    private static List<String> lines(Path file) throws CommandFailure {
        try {
            if (Files.size(file) > BYTES_MAX) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        file + " has " + Files.size(file) + " bytes, expected a list of members of at most "
                                + BYTES_MAX);
            }
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new CommandFailure(ExitCode.USAGE, "there is no file " + file + ".");
        } catch (CharacterCodingException e) {
            throw new CommandFailure(ExitCode.USAGE, file + " is no text in UTF-8.");
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.USAGE, file + " cannot be read: " + e.getMessage());
        }
    }
}
