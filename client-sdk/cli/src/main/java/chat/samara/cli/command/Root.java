package chat.samara.cli.command;

import chat.samara.cli.Surroundings;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code samara} itself: only leads to its commands. */
@Command(
        name = "samara",
        description = "Samara's terminal client: talk in end-to-end encrypted channels.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Profiles are kept in ~/.samara (or --profile, or $SAMARA_PROFILE), encrypted under a passphrase",
            "that is asked on the terminal or taken from $SAMARA_PASSPHRASE.",
            "",
            "Exit codes: 0 done, 1 a bug, 2 wrong arguments, 3 something about the profile, 4 refused,",
            "            5 not reachable in time, 6 a security alarm, 7 the result could not be written."
        },
        subcommands = {
            JoinCommand.class,
            ChannelCommand.class,
            SendCommand.class,
            UnsentCommand.class,
            TailCommand.class,
            ChatCommand.class,
            WhoamiCommand.class,
            VerifyCommand.class,
            PassphraseCommand.class,
            DeviceCommand.class,
            HelpCommand.class
        })
public final class Root implements Parent, Runnable {
    private final Surroundings surroundings;

    // Set by picocli before run().
    @SuppressWarnings("NullAway.Init")
    @Spec
    private CommandSpec spec;

    public Root(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Surroundings surroundings() {
        return surroundings;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command? For example: samara join INVITE --as NAME");
    }
}
