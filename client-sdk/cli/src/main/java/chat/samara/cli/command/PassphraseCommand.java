package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.message.JsonLine;
import chat.samara.cli.profile.ProfileAccess;
import picocli.CommandLine.Option;

/** {@code samara passphrase}: another passphrase for this profile. */
@picocli.CommandLine.Command(
        name = "passphrase",
        description = "Give this profile another passphrase.",
        footer = {
            "",
            "Asks for the present passphrase (or takes $SAMARA_PASSPHRASE) and twice for the new one (or",
            "takes $SAMARA_NEW_PASSPHRASE). No server is needed; the old passphrase opens nothing afterwards.",
            "Copies of the profile that were made before keep the old one: delete them.",
            "Prints with --json: {\"type\":\"passphrase_changed\", profile}"
        })
final class PassphraseCommand extends Command {
    @Option(
            names = ProfileAccess.WEAK_OPTION,
            description =
                    "Take a new passphrase that is easily guessed, too. On a terminal it is enough to type it again.")
    private boolean weakPassphrase;

    @Override
    ExitCode run() throws CommandFailure {
        ProfileAccess profile = profile();
        profile.changePassphrase(weakPassphrase);
        print(
                new JsonLine("passphrase_changed")
                        .with("profile", profile.folder().toAbsolutePath().toString()),
                "The profile in " + profile.folder() + " has its new passphrase.");
        if (!json()) {
            remark(
                    "Copies of the profile that were made before open with the old one still: delete them. Whoever has one and its"
                            + " passphrase can take this device's place.");
        }
        return ExitCode.DONE;
    }
}
