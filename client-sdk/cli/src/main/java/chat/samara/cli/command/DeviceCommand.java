package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.Surroundings;
import chat.samara.cli.message.JsonLine;
import chat.samara.client.Client;
import chat.samara.client.device.Account;
import chat.samara.client.refusal.ClientException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code samara device}: only leads to its commands. */
@picocli.CommandLine.Command(
        name = "device",
        description = "About this device.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        subcommands = {DeviceCommand.TakeOver.class})
final class DeviceCommand implements Parent, Runnable {
    // Set by picocli before run().
    @SuppressWarnings("NullAway.Init")
    @ParentCommand
    private Parent parent;

    @SuppressWarnings("NullAway.Init")
    @Spec
    private CommandSpec spec;

    @Override
    public Surroundings surroundings() {
        return parent.surroundings();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command? For example: samara device take-over");
    }

    /** {@code samara device take-over}. */
    @picocli.CommandLine.Command(
            name = "take-over",
            description = {
                "Of two copies of a profile one goes on, and the other stops and says so.",
                "This makes the copy that stopped go on; the other is struck off at the server."
            },
            footer = {"", "Prints with --json: {\"type\":\"device\", user, device}"})
    static final class TakeOver extends Command {
        @Override
        ExitCode run() throws CommandFailure, ClientException {
            profile().requireHere();
            try (Client client = open()) {
                client.takeOver(timeout());
                Account account = client.whoami().orElseThrow();
                print(
                        new JsonLine("device")
                                .with("user", account.user().toString())
                                .with("device", account.device().toString()),
                        "This copy goes on, as device " + account.device() + ". The other is struck off.");
                return ExitCode.DONE;
            }
        }
    }
}
