package chat.samara.cli.profile;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.Surroundings;
import chat.samara.client.Client;
import chat.samara.client.refusal.ClientException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the profile that a command means, gets its passphrase, and opens it. */
public final class ProfileAccess {
    /** Names the folder of the profile. */
    public static final String FOLDER_VARIABLE = "SAMARA_PROFILE";

    /** Holds the passphrase, for scripts; whoever may look at the process can read it. */
    public static final String PASSPHRASE_VARIABLE = "SAMARA_PASSPHRASE";

    private static final String DEFAULT_FOLDER = ".samara";

    private final Surroundings surroundings;
    private final Path folder;

    /** @param chosen from the command line; null means the environment's, or the default */
    public ProfileAccess(Surroundings surroundings, @Nullable Path chosen) {
        this.surroundings = surroundings;
        String fromEnvironment = surroundings.environment().getOrDefault(FOLDER_VARIABLE, "");
        if (chosen != null) {
            this.folder = chosen;
        } else if (!fromEnvironment.isBlank()) {
            this.folder = Path.of(fromEnvironment);
        } else {
            this.folder = surroundings.home().resolve(DEFAULT_FOLDER);
        }
    }

    public Path folder() {
        return folder;
    }

    /** Opens the profile; there has to be one. */
    public Client open() throws CommandFailure {
        if (!surroundings.profiles().exists(folder)) {
            throw new CommandFailure(
                    ExitCode.PROFILE,
                    "there is no profile in " + folder
                            + ". Get an invite from a server's operator and run: samara join INVITE --as NAME"
                            + " (or name another folder with --profile).");
        }
        char[] passphrase = passphrase("Passphrase of " + folder + ": ");
        try {
            return surroundings.profiles().open(folder, passphrase);
        } catch (ClientException refused) {
            throw CommandFailure.of(refused);
        } finally {
            Arrays.fill(passphrase, '\0');
        }
    }

    /** Opens the profile, or makes one with a new passphrase, which is asked for twice. */
    public Client openOrCreate() throws CommandFailure {
        if (surroundings.profiles().exists(folder)) {
            return open();
        }
        char[] passphrase = newPassphrase();
        try {
            return surroundings.profiles().create(folder, passphrase);
        } catch (ClientException refused) {
            throw CommandFailure.of(refused);
        } finally {
            Arrays.fill(passphrase, '\0');
        }
    }

    private char[] newPassphrase() throws CommandFailure {
        Optional<char[]> preset = preset();
        if (preset.isPresent()) {
            return preset.get();
        }
        surroundings.err().println("A new profile is made in " + folder + ", encrypted under a passphrase of yours.");
        char[] first = passphrase("New passphrase: ");
        char[] second = passphrase("The same again: ");
        boolean same = Arrays.equals(first, second);
        Arrays.fill(second, '\0');
        if (!same) {
            Arrays.fill(first, '\0');
            throw new CommandFailure(ExitCode.PROFILE, "the two passphrases differ; nothing was made. Try again.");
        }
        return first;
    }

    private char[] passphrase(String question) throws CommandFailure {
        Optional<char[]> given = preset().or(() -> surroundings.prompt().ask(question));
        if (given.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.PROFILE,
                    "nobody can be asked for the passphrase of " + folder + ": there is no terminal. Set "
                            + PASSPHRASE_VARIABLE + ".");
        }
        if (given.get().length == 0) {
            throw new CommandFailure(ExitCode.PROFILE, "the passphrase is empty; it needs at least one character.");
        }
        return given.get();
    }

    private Optional<char[]> preset() {
        return Optional.ofNullable(surroundings.environment().get(PASSPHRASE_VARIABLE))
                .filter(text -> !text.isEmpty())
                .map(String::toCharArray);
    }
}
