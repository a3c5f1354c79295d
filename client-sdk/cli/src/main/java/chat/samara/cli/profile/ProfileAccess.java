package chat.samara.cli.profile;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.NextCommand;
import chat.samara.cli.Surroundings;
import chat.samara.cli.hosting.OpenElsewhereException;
import chat.samara.client.Client;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the profile that a command means, gets its passphrase, and opens it. */
public final class ProfileAccess {
    /** Names the folder of the profile. */
    public static final String FOLDER_VARIABLE = "SAMARA_PROFILE";

    /** Holds the passphrase, for scripts; whoever may look at the process can read it. */
    public static final String PASSPHRASE_VARIABLE = "SAMARA_PASSPHRASE";

    /** Holds the new passphrase where it is changed, for scripts. */
    public static final String NEW_PASSPHRASE_VARIABLE = "SAMARA_NEW_PASSPHRASE";

    /** What Java makes of bytes that the terminal's or the environment's encoding does not know. */
    private static final char LOST_CHARACTER = '\uFFFD';

    /** How often one thing is asked for, where nothing was typed, or not the same twice. */
    private static final int QUESTIONS_MAX = 3;

    /** Takes a weak passphrase from a script. */
    public static final String WEAK_OPTION = "--weak-passphrase";

    private static final String BETTER = "Four or more words that have nothing to do with each other are far better";

    private static final String DEFAULT_FOLDER = ".samara";

    private final Surroundings surroundings;
    private final Path folder;
    private final boolean isDefault;

    /** @param chosen from the command line; null means the environment's, or the default */
    public ProfileAccess(Surroundings surroundings, @Nullable Path chosen) {
        this.surroundings = surroundings;
        String fromEnvironment = surroundings.environment().getOrDefault(FOLDER_VARIABLE, "");
        this.isDefault = chosen == null && fromEnvironment.isBlank();
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

    /** Whether there is one. */
    public boolean exists() {
        return surroundings.profiles().exists(folder);
    }

    /** What to type next, about this very profile. */
    public NextCommand next() {
        return isDefault ? NextCommand.OF_DEFAULT : new NextCommand(Optional.of(folder));
    }

    /**
     * Opens the profile; there has to be one.
     *
     * @throws OpenElsewhereException if another process has it open, and does what commands want of it
     */
    public Client open() throws CommandFailure {
        expectProfile();
        Optional<Client> already = surroundings.profiles().openAlready();
        if (already.isPresent()) {
            return already.get();
        }
        if (surroundings.profiles().isServedElsewhere(folder)) {
            endAsking();
            throw new OpenElsewhereException(folder);
        }
        char[] passphrase = decoded(present());
        try {
            return surroundings.profiles().open(folder, passphrase);
        } catch (ClientException refused) {
            throw failure(refused);
        } finally {
            Arrays.fill(passphrase, '\0');
            endAsking();
        }
    }

    /**
     * Gives the profile another passphrase, which is asked for twice.
     *
     * @param mayBeWeak whether one that is easily guessed is taken without a word
     */
    public void changePassphrase(boolean mayBeWeak) throws CommandFailure {
        expectProfile();
        // As it comes: earlier versions have made profiles with passphrases that were lost on the way, and this is how
        // to be rid of them.
        boolean asksForFresh = preset(NEW_PASSPHRASE_VARIABLE).isEmpty();
        char[] passphrase = present();
        try {
            if (asksForFresh) {
                // Before a person thinks of a new one and types it twice for nothing.
                surroundings.profiles().checkPassphrase(folder, passphrase);
            }
            char[] fresh = fresh(NEW_PASSPHRASE_VARIABLE, mayBeWeak, List.of(), "nothing was changed");
            try {
                surroundings.profiles().changePassphrase(folder, passphrase, fresh);
            } finally {
                Arrays.fill(fresh, '\0');
            }
        } catch (ClientException refused) {
            throw failure(refused);
        } finally {
            Arrays.fill(passphrase, '\0');
            endAsking();
        }
    }

    /** Whether the command is done for another process, over the profile that this one has open. */
    public boolean isOfAnother() {
        return surroundings.profiles().openAlready().isPresent();
    }

    /** Refuses a command that takes the passphrase, or a terminal, while another process has the profile open. */
    public void requireHere() throws CommandFailure {
        if (isOfAnother() || surroundings.profiles().isServedElsewhere(folder)) {
            endAsking();
            throw new CommandFailure(
                    ExitCode.PROFILE,
                    "the profile in " + folder
                            + " is open in another samara chat or tail, and this takes the passphrase, or"
                            + " a terminal: end that one first. From here there are samara send, tail, unsent, channel"
                            + " list, members, create, add and remove.");
        }
    }

    /** Does other processes' commands over this client, until the result is closed. */
    public Profiles.Served serve(Client client) {
        return surroundings.profiles().serve(folder, client, surroundings);
    }

    private CommandFailure failure(ClientException refused) {
        if (refused.code() != RefusalCode.WRONG_PASSPHRASE) {
            return CommandFailure.of(refused, next());
        }
        boolean isPreset = surroundings.environment().containsKey(PASSPHRASE_VARIABLE);
        return new CommandFailure(
                ExitCode.PROFILE,
                (isPreset ? "what " + PASSPHRASE_VARIABLE + " holds" : "that")
                        + " is not the passphrase of the profile in "
                        + folder + "; nothing was changed. "
                        + (isPreset ? "Correct it there" : "Run the same again and type it as it was chosen")
                        + ", or name another folder with --profile. Nobody can restore a passphrase that is lost.");
    }

    private void endAsking() {
        if (surroundings.prompt().done()) {
            surroundings.say(
                    "What you typed unseen after the passphrase was thrown away; what you type from here on is shown.");
        }
    }

    private void expectName() throws CommandFailure {
        if (folder.toString().isBlank()) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "--profile is empty: name the folder of the profile, or leave it out for the default"
                            + " ($SAMARA_PROFILE, or ~/.samara).");
        }
    }

    private void expectProfile() throws CommandFailure {
        expectName();
        if (!exists()) {
            throw new CommandFailure(
                    ExitCode.PROFILE,
                    "there is no profile in " + folder
                            + ". Get an invite from a server's operator and run: "
                            + next().line("join INVITE --as NAME")
                            + " (or name another folder with --profile).");
        }
    }

    /**
     * Opens the profile, or makes one with a new passphrase, which is asked for twice.
     *
     * @param mayBeWeak whether a new one that is easily guessed is taken without a word
     * @param names the person's own, of which a new one had better not be made
     */
    public Client openOrCreate(boolean mayBeWeak, List<String> names) throws CommandFailure {
        expectName();
        if (exists()) {
            return open();
        }
        if (preset(PASSPHRASE_VARIABLE).isEmpty()) {
            surroundings
                    .err()
                    .println("Choose a passphrase for the new profile in " + folder
                            + ". It is encrypted under it, and nobody can restore it without.");
        }
        char[] passphrase = fresh(PASSPHRASE_VARIABLE, mayBeWeak, names, "nothing was made");
        try {
            return surroundings.profiles().create(folder, passphrase);
        } catch (ClientException refused) {
            throw CommandFailure.of(refused, next());
        } finally {
            Arrays.fill(passphrase, '\0');
            endAsking();
        }
    }

    /**
     * A passphrase that the profile has not got yet: the environment's, or asked for twice. A weak one is taken from who types the same again, having read how
     * weak it is; from a script, only where it insists.
     */
    private char[] fresh(String variable, boolean mayBeWeak, List<String> names, String ifRefused)
            throws CommandFailure {
        Optional<char[]> preset = preset(variable);
        if (preset.isPresent()) {
            return notWeak(decoded(preset.get()), mayBeWeak, names, variable);
        }
        int differing = 0;
        int weak = 0;
        char[] first = decoded(ask("New passphrase: ", variable));
        while (true) {
            Optional<String> weakness = mayBeWeak ? Optional.empty() : PassphraseStrength.weakness(first, names);
            weakness.ifPresent(why -> surroundings.say("That passphrase is weak: " + why + ". " + BETTER + "."));
            char[] second =
                    ask(weakness.isPresent() ? "Another, or the same to keep it: " : "The same again: ", variable);
            boolean same = Arrays.equals(first, second);
            Arrays.fill(first, '\0');
            if (same) {
                return second;
            }
            if (weakness.isPresent()) {
                first = decoded(second);
                weak++;
            } else {
                Arrays.fill(second, '\0');
                differing++;
            }
            if (differing == QUESTIONS_MAX || weak == QUESTIONS_MAX) {
                Arrays.fill(first, '\0');
                throw new CommandFailure(
                        ExitCode.PROFILE,
                        (differing == QUESTIONS_MAX
                                        ? "the two passphrases differ; "
                                        : "no passphrase was typed twice; ")
                                + ifRefused + ".");
            }
            if (weakness.isEmpty()) {
                surroundings.say("The two passphrases differ. Once more:");
                first = decoded(ask("New passphrase: ", variable));
            }
        }
    }

    private static char[] notWeak(char[] passphrase, boolean mayBeWeak, List<String> names, String variable)
            throws CommandFailure {
        Optional<String> weakness = mayBeWeak ? Optional.empty() : PassphraseStrength.weakness(passphrase, names);
        if (weakness.isPresent()) {
            Arrays.fill(passphrase, '\0');
            throw new CommandFailure(
                    ExitCode.PROFILE,
                    "the passphrase in " + variable + " is weak: " + weakness.get() + ". " + BETTER
                            + "; where it has to be this one, say " + WEAK_OPTION + ".");
        }
        return passphrase;
    }

    /** The passphrase that the profile has. */
    private char[] present() throws CommandFailure {
        Optional<char[]> preset = preset(PASSPHRASE_VARIABLE);
        return preset.isPresent() ? preset.get() : ask("Passphrase of " + folder + ": ", PASSPHRASE_VARIABLE);
    }

    /** Asks again where nothing was typed: who is gone then types the passphrase into the shell, for all to see. */
    private char[] ask(String question, String variable) throws CommandFailure {
        for (int i = 1; i < QUESTIONS_MAX; i++) {
            char[] answer = askOnce(question, variable);
            if (answer.length > 0) {
                return answer;
            }
            surroundings.say("The passphrase needs at least one character. Once more:");
        }
        char[] answer = askOnce(question, variable);
        if (answer.length == 0) {
            throw new CommandFailure(ExitCode.PROFILE, "the passphrase is empty; it needs at least one character.");
        }
        return answer;
    }

    private char[] askOnce(String question, String variable) throws CommandFailure {
        Optional<char[]> given = surroundings.prompt().ask(question);
        if (given.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.PROFILE,
                    surroundings.prompt().hasTerminal()
                            ? "no passphrase of " + folder + " was given; nothing was done."
                            : "nobody can be asked for the passphrase of " + folder
                                    + ": standard input and output are not both a terminal. Give it in " + variable
                                    + ", for example by: read -rs " + variable + " && export " + variable);
        }
        return given.get();
    }

    /** Refuses what did not arrive as it was typed: any letters would stand for any others. */
    private char[] decoded(char[] passphrase) throws CommandFailure {
        for (char c : passphrase) {
            if (c == LOST_CHARACTER) {
                Arrays.fill(passphrase, '\0');
                throw new CommandFailure(
                        ExitCode.PROFILE,
                        "the passphrase did not arrive as text: this terminal's encoding is not the one that the"
                                + " system's language settings name. Set LC_ALL=C.UTF-8 and use a UTF-8 terminal. If"
                                + " the profile was made in this terminal, give it a new passphrase with: "
                                + next().line("passphrase"));
            }
        }
        return passphrase;
    }

    /** A variable that is there and empty is a script's mistake, and neither a passphrase nor nobody's wish to be asked. */
    private Optional<char[]> preset(String variable) throws CommandFailure {
        Optional<String> text = Optional.ofNullable(surroundings.environment().get(variable));
        if (text.filter(String::isEmpty).isPresent()) {
            throw new CommandFailure(
                    ExitCode.PROFILE,
                    "the variable " + variable + " is set, but empty. Put the passphrase into it, or take it away to be"
                            + " asked for the passphrase: unset " + variable);
        }
        return text.map(String::toCharArray);
    }
}
