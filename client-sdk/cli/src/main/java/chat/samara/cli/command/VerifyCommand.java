package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.message.JsonLine;
import chat.samara.client.Client;
import chat.samara.client.refusal.ClientException;
import chat.samara.wire.identity.UserId;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code samara verify}: the safety number to compare with a member. */
@picocli.CommandLine.Command(
        name = "verify",
        description = {
            "Print the safety number of you and a member of one of your channels.",
            "Compare it with theirs, by voice or side by side: if the digits are the same, nobody stands between you."
        },
        footer = {"", "Prints with --json: {\"type\":\"safety_number\", member, safety_number, verified_now}"})
final class VerifyCommand extends Command {
    @Parameters(index = "0", paramLabel = "MEMBER", description = "For example bob@tunis.example.")
    private String member = "";

    @Option(names = "--matches", description = "You have compared it and it is the same: remember that.")
    private boolean matches;

    @Override
    ExitCode run() throws CommandFailure, ClientException {
        UserId user = user(member);
        try (Client client = open()) {
            String number = client.safetyNumber(user);
            if (matches) {
                client.markVerified(user);
            }
            print(
                    new JsonLine("safety_number")
                            .with("member", user.toString())
                            .with("safety_number", number)
                            .with("verified_now", matches),
                    number);
            if (!json()) {
                remark(
                        matches
                                ? "Remembered: " + user + "'s key is the one that you compared."
                                : "If " + user + " sees the same digits: samara verify " + user + " --matches");
            }
            return ExitCode.DONE;
        }
    }
}
