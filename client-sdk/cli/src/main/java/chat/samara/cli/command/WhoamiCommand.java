package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.client.Client;
import chat.samara.client.device.Account;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;

/** {@code samara whoami}: the account of this profile. */
@picocli.CommandLine.Command(
        name = "whoami",
        description = "Print who this profile is.",
        footer = {
            "",
            "Prints with --json: {\"type\":\"account\", user, device, server, identity_key, channel_suites, profile}"
        })
final class WhoamiCommand extends Command {
    @Override
    ExitCode run() throws CommandFailure, ClientException {
        try (Client client = profile().open()) {
            Account account = client.whoami()
                    .orElseThrow(() -> new ClientException(
                            RefusalCode.NOT_JOINED,
                            "the profile in " + profile().folder() + " has no account yet"));
            print(JoinCommand.AccountLines.json(account, profile().folder()), """
                    %s
                      device        %s
                      server        %s
                      identity key  %s
                      channels      %s
                      profile       %s""".formatted(
                            account.user(),
                            account.device(),
                            account.server(),
                            account.identityKey().hex(),
                            String.join(" and ", JoinCommand.AccountLines.suites()),
                            profile().folder().toAbsolutePath()));
            return ExitCode.DONE;
        }
    }
}
