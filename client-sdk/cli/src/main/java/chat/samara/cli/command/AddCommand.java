package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.message.JsonLine;
import chat.samara.cli.message.LookAlikeWarning;
import chat.samara.cli.message.MessageSentence;
import chat.samara.cli.message.PendingChange;
import chat.samara.cli.message.Unsent;
import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.channel.Addition;
import chat.samara.client.device.Change;
import chat.samara.client.refusal.ClientException;
import chat.samara.wire.identity.UserId;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code samara channel add}. */
@picocli.CommandLine.Command(
        name = "add",
        description = "Add members, of this server or of one that it is peered with. They read what comes after.",
        footer = {
            "",
            "Many are added by one commit. One who is not, or waits, holds up no other.",
            "",
            "Prints with --json, one a member: {\"type\":\"added\", channel, channel_name, user};",
            "  where it waits {\"type\":\"change_waiting\", channel, channel_name, change, user, handed_over};"
                    + " where a",
            "  removal that waited is taken back {\"type\":\"taken_back\", channel, channel_name, change, user}.",
            "Of several also {\"type\":\"member_before\", channel, channel_name, user} and",
            "  {\"type\":\"not_added\", channel, channel_name, user, code, reason}."
        })
final class AddCommand extends MemberChangeCommand {
    @Option(
            names = "--yes",
            description = "Also those who look like somebody that this profile knows, and are somebody else.")
    private boolean yes;

    @Parameters(
            index = "1",
            arity = "0..*",
            paramLabel = "MEMBER",
            description = "One or more, for example bob@tunis.example.")
    private List<String> members = List.of();

    @Option(
            names = "--from",
            paramLabel = "FILE",
            description =
                    "Also those of a file: one a line; blank lines count for nothing, nor does what stands behind a #.")
    private @Nullable Path file;

    // Set by picocli before run().
    @SuppressWarnings("NullAway.Init")
    @Spec
    private CommandSpec spec;

    @Override
    List<UserId> users() throws CommandFailure {
        Set<UserId> users = new LinkedHashSet<>(users(members));
        if (file != null) {
            if (profile().isOfAnother()) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "the samara that has this profile open reads no files for others; name them instead: "
                                + next().line("channel add") + " CHANNEL $(sed 's/#.*//' " + file + ")");
            }
            users.addAll(MemberFile.read(file));
        }
        if (users.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    file == null
                            ? "MEMBER is missing, for example bob@tunis.example; or --from FILE"
                            : "nobody stands in " + file + ", one a line, for example bob@tunis.example");
        }
        return List.copyOf(users);
    }

    @Override
    ExitCode changeAll(Client client, Channel channel, List<UserId> users) throws ClientException {
        if (users.size() == 1) {
            return super.changeAll(client, channel, users);
        }
        Set<UserId> left = new LinkedHashSet<>(users);
        ExitCode worst = ExitCode.DONE;
        // A person is told of all who look like others before anybody is added.
        for (UserId user : users) {
            Optional<String> objection = objection(client, user);
            if (objection.isPresent()) {
                remark("samara: not added: " + user + ": " + objection.get());
                left.remove(user);
                worst = ExitCode.REFUSED;
            }
        }
        if (left.size() == 1) {
            return changeOne(client, channel, left.iterator().next(), worst);
        }
        for (UserId user : List.copyOf(left)) {
            try {
                if (isSettledByTakingBack(channel, user)) {
                    left.remove(user);
                }
            } catch (ClientException refused) {
                // Of this one alone: it holds up no other.
                left.remove(user);
                worst = worse(
                        worst,
                        tell(channel, new Addition(user, Addition.State.REFUSED, Optional.of(refused.refusal()))));
            }
        }
        return left.isEmpty() ? worst : addAll(channel, List.copyOf(left), worst);
    }

    private ExitCode addAll(Channel channel, List<UserId> users, ExitCode before) throws ClientException {
        ExitCode worst = before;
        for (Addition addition : channel.add(users, timeout())) {
            worst = worse(worst, tell(channel, addition));
        }
        return worst;
    }

    private static ExitCode worse(ExitCode one, ExitCode other) {
        return other.number() > one.number() ? other : one;
    }

    private ExitCode tell(Channel channel, Addition addition) {
        UserId user = addition.member();
        switch (addition.state()) {
            case ADDED -> printDone(channel, user);
            case MEMBER_BEFORE ->
                print(
                        line("member_before", channel, user),
                        MessageSentence.name(user) + " is a member of the channel already.");
            case WAITS -> {
                return waits(channel, addition);
            }
            case REFUSED -> {
                CommandFailure failure =
                        failure(new ClientException(addition.why().orElseThrow()));
                if (json()) {
                    print(
                            line("not_added", channel, user)
                                    .with(
                                            "code",
                                            addition.why()
                                                    .orElseThrow()
                                                    .code()
                                                    .name()
                                                    .toLowerCase(Locale.ROOT))
                                    .with("reason", addition.why().orElseThrow().sentence()),
                            "");
                }
                remark("samara: not added: " + user + ": " + failure.getMessage());
                return failure.exitCode();
            }
        }
        return ExitCode.DONE;
    }

    private ExitCode waits(Channel channel, Addition addition) {
        Change change = wanted(addition.member());
        PendingChange.of(channel).stream()
                .filter(it -> json() && it.change().equals(change))
                .forEach(it -> print(PendingChange.json(channel.state(), it), ""));
        remark("samara: " + PendingChange.wanted(change) + " waits"
                + addition.why().map(why -> ": " + why.sentence()).orElse("")
                + ". It is done when samara runs next and it can be. To see it, or to take it back: "
                + Unsent.line(channel, next()));
        return ExitCode.LATER;
    }

    private static JsonLine line(String type, Channel channel, UserId user) {
        return new JsonLine(type)
                .with("channel", channel.id().toString())
                .with("channel_name", channel.state().name())
                .with("user", user.toString());
    }

    @Override
    Optional<String> objection(Client client, UserId user) {
        return yes
                ? Optional.empty()
                : LookAlikeWarning.of(client.lookAlikes(user)).map(warning -> warning + " If you mean it: --yes");
    }

    @Override
    void change(Channel channel, UserId user) throws ClientException {
        channel.add(user, timeout());
    }

    /** Who was added sees an id instead of a name for as long as this is not done, and this client may not be opened again for days. */
    @Override
    void afterChanges(Client client, Channel channel) {
        if (!ToldName.await(client, channel, timeout())) {
            remark(
                    "The channel's name waits for your server; until it is sent, who was added sees an id. It goes out by itself when a command"
                            + " of this profile can reach your server.");
        }
    }

    @Override
    Change wanted(UserId user) {
        return new Change.Add(user);
    }

    @Override
    Change opposite(UserId user) {
        return new Change.Remove(user);
    }

    @Override
    String verb() {
        return "add";
    }

    @Override
    String done() {
        return "Added";
    }
}
