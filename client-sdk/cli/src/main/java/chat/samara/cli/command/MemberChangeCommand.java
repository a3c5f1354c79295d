package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.message.JsonLine;
import chat.samara.cli.message.MessageSentence;
import chat.samara.cli.message.PendingChange;
import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.device.Change;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.identity.UserId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Parameters;

/** What adding members to a channel and removing them have in common. */
abstract class MemberChangeCommand extends Command {
    @Parameters(index = "0", paramLabel = "CHANNEL", description = "Its name, or 6 or more first digits of its id.")
    private String channelName = "";

    abstract void change(Channel channel, UserId user) throws ClientException;

    /** What {@link #change} asks for. */
    abstract Change wanted(UserId user);

    /** What that takes back where it waits. */
    abstract Change opposite(UserId user);

    abstract String done();

    @Override
    boolean tellsItself(ClientEvent event) {
        return event instanceof ClientEvent.ChangeSettled || super.tellsItself(event);
    }

    /** Why not, as a sentence; empty if nothing speaks against it. */
    Optional<String> objection(Client client, UserId user) {
        return Optional.empty();
    }

    @Override
    ExitCode run() throws CommandFailure, ClientException {
        List<UserId> users = users();
        try (Client client = open()) {
            catchUp(client);
            Channel channel = channel(client, channelName);
            ExitCode worst = changeAll(client, channel, users);
            afterChanges(client, channel);
            return worst;
        }
    }

    /** Who is meant. */
    abstract List<UserId> users() throws CommandFailure;

    /** As they were typed. */
    static List<UserId> users(List<String> typed) throws CommandFailure {
        List<UserId> users = new ArrayList<>();
        for (String member : typed) {
            users.add(user(member));
        }
        return users;
    }

    /** One after another: one that fails does not keep the others from being done. */
    ExitCode changeAll(Client client, Channel channel, List<UserId> users) throws ClientException {
        ExitCode worst = ExitCode.DONE;
        for (UserId user : users) {
            worst = changeOne(client, channel, user, worst);
        }
        return worst;
    }

    /** All that can be done now is done. */
    void afterChanges(Client client, Channel channel) {}

    /** Who is in a channel now decides what a change does: nothing is asked for before that is known. */
    private void catchUp(Client client) throws ClientException {
        try {
            client.awaitCaughtUp(timeout());
        } catch (ClientException refused) {
            throw ExitCode.of(refused.code()) == ExitCode.LATER
                    ? new ClientException(
                            refused.code(),
                            refused.refusal().sentence() + ". Nobody was " + done().toLowerCase(Locale.ROOT)
                                    + "; try again when the server can be reached",
                            refused)
                    : refused;
        }
    }

    final ExitCode changeOne(Client client, Channel channel, UserId user, ExitCode before) {
        String verb = done().toLowerCase(Locale.ROOT);
        Optional<String> objection = objection(client, user);
        if (objection.isPresent()) {
            remark("samara: not " + verb + ": " + user + ": " + objection.get());
            return ExitCode.REFUSED;
        }
        try {
            if (!isSettledByTakingBack(channel, user)) {
                change(channel, user);
                printDone(channel, user);
            }
            return before;
        } catch (ClientException refused) {
            Change wanted = wanted(user);
            if (PendingChange.waits(channel, wanted)) {
                return remarkThatItWaits(channel, wanted, refused);
            }
            if (isDoneAfterAll(channel, wanted, refused)) {
                printDone(channel, user);
                return before;
            }
            CommandFailure failure = failure(refused);
            remark("samara: not " + verb + ": " + user + ": " + failure.getMessage());
            return failure.exitCode();
        }
    }

    final void printDone(Channel channel, UserId user) {
        print(
                new JsonLine(done().toLowerCase(Locale.ROOT))
                        .with("channel", channel.id().toString())
                        .with("channel_name", channel.state().name())
                        .with("user", user.toString()),
                done() + " " + MessageSentence.name(user) + ".");
    }

    /** What waits was never done: without it all is as it is wanted, unless somebody else has done the same. */
    final boolean isSettledByTakingBack(Channel channel, UserId user) throws ClientException {
        Change opposite = opposite(user);
        if (!PendingChange.waits(channel, opposite)) {
            return false;
        }
        try {
            channel.takeBack(opposite, timeout());
        } catch (ClientException refused) {
            if (refused.code() == RefusalCode.UNKNOWN_CHANGE) {
                // It has ended by now.
                return false;
            }
            throw refused.code() == RefusalCode.ALREADY_SENT
                    ? new ClientException(
                            refused.code(),
                            PendingChange.wanted(opposite) + " is on its way: "
                                    + refused.refusal().sentence() + ". Once that is done: "
                                    + next().line("channel " + verb() + " …"),
                            refused)
                    : refused;
        }
        if (!PendingChange.isDone(channel, wanted(user))) {
            return false;
        }
        print(
                PendingChange.json("taken_back", channel.state(), opposite),
                "Taken back: " + PendingChange.wanted(opposite) + ", which was not done yet.");
        return true;
    }

    abstract String verb();

    private ExitCode remarkThatItWaits(Channel channel, Change wanted, ClientException refused) {
        CommandFailure failure = failure(PendingChange.kept(channel, wanted, refused, timeout(), next()));
        PendingChange.of(channel).stream()
                .filter(it -> json() && it.change().equals(wanted))
                .forEach(it -> print(PendingChange.json(channel.state(), it), ""));
        remark("samara: " + PendingChange.wanted(wanted) + " waits: " + failure.getMessage());
        return failure.exitCode();
    }

    /** The answer was late, and what it would have said has come by the log. */
    private static boolean isDoneAfterAll(Channel channel, Change wanted, ClientException refused) {
        try {
            return ExitCode.of(refused.code()) == ExitCode.LATER && PendingChange.isDone(channel, wanted);
        } catch (ClientClosedException ended) {
            return false;
        }
    }
}
