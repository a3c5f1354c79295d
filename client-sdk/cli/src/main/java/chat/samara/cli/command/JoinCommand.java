package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.Farewell;
import chat.samara.cli.ShellWord;
import chat.samara.cli.message.JsonLine;
import chat.samara.cli.profile.ProfileAccess;
import chat.samara.client.Client;
import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.device.Account;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.UserId;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code samara join}: an account on a server, and a profile for it. */
@picocli.CommandLine.Command(
        name = "join",
        description = "Open an account on a server, with the invite that its operator gave you.",
        footer = {
            "",
            "Put the invite into quotes. Repeating the command is safe.",
            "Has your server moved? A new invite of it tells this profile where it is now: the same command, the same NAME.",
            "Prints with --json: {\"type\":\"account\", user, device, server, identity_key, channel_suites, profile}"
        })
final class JoinCommand extends Command {
    /** Shorter parts of a name stand in many words. */
    private static final int NAME_CHARS_MIN = 3;

    @Parameters(
            index = "0",
            paramLabel = "INVITE",
            description = "samara://…/join#… as the operator's server printed it.")
    private String invite = "";

    @Option(names = "--as", required = true, paramLabel = "NAME", description = "Your name there, for example alice.")
    private String name = "";

    @Option(
            names = ProfileAccess.WEAK_OPTION,
            description =
                    "Take a new passphrase that is easily guessed, too. On a terminal it is enough to type it again.")
    private boolean weakPassphrase;

    @Override
    ExitCode run() throws CommandFailure, ClientException {
        // Before a passphrase is asked and a profile made: a link cut while it was copied is the most common mistake.
        try {
            InviteLink.parse(invite);
            UserId.parseLocal(name);
        } catch (RefusedException refused) {
            throw new CommandFailure(ExitCode.USAGE, refused.refusal().reason());
        }
        boolean isNew = !profile().exists();
        if (!isNew) {
            profile().requireHere();
        }
        try (Client client = openOrCreate(weakPassphrase, names())) {
            Account account = client.whoami().isEmpty() ? joinAnew(client, isNew) : joinAgain(client);
            print(
                    AccountLines.json(account, profile().folder()),
                    "Joined " + account.server() + " as " + account.user() + ".");
            if (!json()) {
                remark("Your profile is in " + profile().folder()
                        + ". It is encrypted under your passphrase, and nobody" + " can restore it without.");
                remark("Next: samara channel create NAME, or tell a member of a channel to add " + account.user()
                        + ".");
            }
            return ExitCode.DONE;
        }
    }

    /** There is an account: the link may be there because the server has moved. */
    private Account joinAgain(Client client) throws ClientException {
        try {
            Account account = client.join(invite, name, timeout());
            remark(addressesTaken());
            return account;
        } catch (ClientException refused) {
            boolean isOfAnother =
                    refused.code() == RefusalCode.WRONG_ROOT_KEY || refused.code() == RefusalCode.ALREADY_JOINED;
            if (!isOfAnother) {
                remark(addressesTaken());
            }
            throw refused;
        }
    }

    private String addressesTaken() {
        String addresses =
                link().addresses().stream().map(ServerAddress::toString).collect(Collectors.joining(", "));
        return "This profile had joined already. From now on it looks for its server at " + addresses
                + " first, as the link says.";
    }

    /** The person's own, and the server's, which whoever has the profile knows. */
    private List<String> names() {
        return Stream.concat(
                        Stream.of(name),
                        Arrays.stream(link().server().toString().split("\\.")))
                .filter(it -> it.length() >= NAME_CHARS_MIN)
                .toList();
    }

    private InviteLink link() {
        try {
            return InviteLink.parse(invite);
        } catch (RefusedException refused) {
            throw new IllegalStateException("a link that was read before", refused);
        }
    }

    /** What a person has left to do, and with which passphrase, if it ends before there is an account. */
    private Account joinAnew(Client client, boolean isNew) throws ClientException {
        String kept = "The profile in " + profile().folder() + " is kept, with the passphrase that it was made with. ";
        String again = kept + "Do the same again: " + line();
        Farewell.Awaited farewell = surroundings().farewell().ifEnded(() -> Optional.of(again));
        try {
            return client.join(invite, name, timeout());
        } catch (ClientException refused) {
            String rest;
            if (isPassing(refused) || client.whoami().isPresent()) {
                rest = again;
            } else {
                rest = isNew && client.discard() ? "No profile was made" : kept + "With the right invite: " + line();
            }
            throw new ClientException(
                    refused.code(), withoutFullStop(refused.refusal().sentence()) + ". " + rest, refused);
        } finally {
            farewell.close();
        }
    }

    /** The server may have opened the account, and only its answer be missing. */
    private static boolean isPassing(ClientException refused) {
        ExitCode exitCode = ExitCode.of(refused.code());
        return exitCode == ExitCode.LATER || exitCode == ExitCode.BUG || exitCode == ExitCode.PROFILE;
    }

    private String line() {
        return next().line("join INVITE --as " + ShellWord.of(name));
    }

    private static String withoutFullStop(String sentence) {
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    /** What is shown of an account. */
    static final class AccountLines {
        private AccountLines() {}

        /** The kinds of channels that this device can be in. */
        static List<String> suites() {
            return Arrays.stream(ChannelSuite.values())
                    .map(suite -> suite.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                    .toList();
        }

        static JsonLine json(Account account, java.nio.file.Path folder) {
            return new JsonLine("account")
                    .with("user", account.user().toString())
                    .with("device", account.device().toString())
                    .with("server", account.server().toString())
                    .with("identity_key", account.identityKey().hex())
                    .with("channel_suites", suites())
                    .with("profile", folder.toAbsolutePath().toString());
        }
    }
}
