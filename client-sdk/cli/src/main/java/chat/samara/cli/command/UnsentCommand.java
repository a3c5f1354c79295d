package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.message.ChannelStanding;
import chat.samara.cli.message.MessageJson;
import chat.samara.cli.message.MessageLine;
import chat.samara.cli.message.MessageSentence;
import chat.samara.cli.message.PendingChange;
import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.Sending;
import chat.samara.client.channel.ChannelChoice;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Change;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.WaitingChange;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code samara unsent}: what is not in the log yet, and what to do with what was refused. */
@picocli.CommandLine.Command(
        name = "unsent",
        description = {
            "Show your messages in a channel that are not in its log yet, and those that were refused; and the changes"
                    + " of",
            "members that you have asked for and that are not done yet."
        },
        footer = {
            "",
            "A refused message stays until you drop it or send it again; name it by the beginning of its id, or say"
                    + " all.",
            "In a channel that cannot go on, --drop all drops what waits, too.",
            "What you write after you have asked for the removal of a member waits until that is done. Name such a message with",
            "--again to send it before that: the member reads it then. Where the removal comes to nothing it is refused.",
            "A message that waits (·) can be dropped by its id as long as it was not handed to the server.",
            "A change of members that waits can be dropped by the member, for example --drop bob@tunis.example, as"
                    + " long as it",
            "cannot have been done already; --drop keys drops a renewal of your keys.",
            "Prints with --json the messages as samara tail does, and the changes as",
            "  {\"type\":\"change_waiting\", channel, channel_name, change, user, handed_over, refusal, refusal_text};",
            "  change is add, remove or update_keys; handed_over: it cannot be dropped any more, and is perhaps done already;",
            "  refusal and refusal_text, of an addition: why the member's server gave no keys when it was asked last."
        })
final class UnsentCommand extends Command {
    private static final String ALL = "all";
    private static final int BEGINNING_CHARS_MAX = 30;
    private static final int SHOWN_DIGITS = 8;

    @Parameters(index = "0", paramLabel = "CHANNEL", description = "Its name, or 6 or more first digits of its id.")
    private String channelName = "";

    @Option(
            names = "--drop",
            paramLabel = "ID",
            description =
                    "Drop a refused message, or all such; or a message or change that waits and was not handed over.")
    private List<String> drop = new ArrayList<>();

    @Option(
            names = "--again",
            paramLabel = "ID",
            description =
                    "Send a refused message again, or all such; or one that waits for your removal of a member, who then reads it.")
    private List<String> again = new ArrayList<>();

    @Override
    ExitCode run() throws CommandFailure, ClientException {
        try (Client client = open()) {
            List<Change> seen = changesOf(client);
            // It may know neither the channel nor how far each has come since it ran last.
            Optional<CommandFailure> stopped = catchUpOrRemark(client);
            Channel channel = channel(client, channelName);
            means(channel);
            if (stopped.isEmpty()) {
                OwnWaiting.awaitAnswer(client, channel, timeout());
            }
            ExitCode exitCode = ExitCode.DONE;
            for (String typed : drop) {
                if (typed.equals(ALL) && ChannelStanding.isSaidToBeOver(channel.state())) {
                    exitCode = dropAllThatWaits(client, channel) ? exitCode : ExitCode.REFUSED;
                    continue;
                }
                Optional<Change> change = changeMeant(seen, channel, typed);
                if (change.isPresent()) {
                    exitCode = takeBack(client, channel, change.get()) ? exitCode : ExitCode.REFUSED;
                    continue;
                }
                requireThatItIsMade(channel, typed);
                for (Message message : meant(channel, typed)) {
                    exitCode = drop(channel, message) ? exitCode : ExitCode.REFUSED;
                }
            }
            for (String typed : again) {
                for (Message message : meant(channel, typed)) {
                    sendAgain(channel, message);
                }
            }
            MessageLine line = messageLines(client);
            // Of one moment: as it connects, what waits in one line may be done by the next.
            List<Message> messages = own(channel);
            List<WaitingChange> changes = PendingChange.of(channel);
            for (Message message : messages) {
                String id = message.id().map(MessageJson::id).orElse("");
                print(MessageJson.of(message, channel.state()), line.of(message) + "  [" + keyOf(id) + "]");
            }
            changes.forEach(
                    change -> print(PendingChange.json(channel.state(), change), PendingChange.row(channel, change)));
            if (messages.isEmpty() && changes.isEmpty() && !json()) {
                remark("Nothing waits in " + NamedChannel.named(channel) + ", and nothing is refused.");
            }
            ended(stopped);
            return exitCode;
        }
    }

    /** What waits in a channel that is not made yet goes with the channel. */
    private void requireThatItIsMade(Channel channel, String typed) throws CommandFailure, ClientException {
        boolean isRefused = own(channel).stream().anyMatch(message -> message.state() == MessageState.REFUSED);
        if (typed.equals(ALL) && !isRefused && channel.state().membership() == Membership.FOUNDING) {
            throw new ClientException(
                    RefusalCode.UNKNOWN_MESSAGE,
                    "no message was refused here: the channel is not made yet. To give it up with all that waits in it: "
                            + next().line("channel forget " + NamedChannel.shortId(channel)));
        }
    }

    /** Nothing of it will ever be in the log. */
    private boolean dropAllThatWaits(Client client, Channel channel) throws CommandFailure, ClientException {
        boolean done = true;
        for (WaitingChange waiting : PendingChange.of(channel)) {
            done &= takeBack(client, channel, waiting.change());
        }
        for (Message message : own(channel)) {
            done &= drop(channel, message);
        }
        return done;
    }

    @Override
    boolean tellsOfItsChannel() {
        return true;
    }

    @Override
    boolean tellsItself(ClientEvent event) {
        boolean isTakenBack = event instanceof ClientEvent.ChangeSettled settled
                && settled.refusal()
                        .filter(why -> why.code() == RefusalCode.DROPPED)
                        .isPresent();
        return isTakenBack || (super.tellsItself(event) && !(event instanceof ClientEvent.DeviceReplaced));
    }

    /** Those that a person has seen who names one: it may be done by the time that this device is connected. */
    private List<Change> changesOf(Client client) throws ClientException {
        return client.choose(channelName) instanceof ChannelChoice.One one
                ? changesOf(client.channel(one.channel()))
                : List.of();
    }

    private static List<Change> changesOf(Channel channel) {
        return PendingChange.of(channel).stream().map(WaitingChange::change).toList();
    }

    private static Optional<Change> changeMeant(List<Change> seen, Channel channel, String typed) {
        return Stream.concat(seen.stream(), changesOf(channel).stream())
                .filter(change -> PendingChange.key(change).equals(typed))
                .findFirst();
    }

    /** What may be in the log already is read there first, if the server can be reached. */
    private boolean takeBack(Client client, Channel channel, Change change) throws CommandFailure, ClientException {
        try {
            channel.takeBack(change, timeout());
            remark("Dropped: " + PendingChange.wanted(change) + ". It is not done.");
            return true;
        } catch (ClientException refused) {
            if (refused.code() != RefusalCode.ALREADY_SENT && refused.code() != RefusalCode.UNKNOWN_CHANGE) {
                throw refused;
            }
            catchUpOrGoOn(client, "whether it is done already");
            boolean isDone = !PendingChange.waits(channel, change) && PendingChange.isDone(channel, change);
            remark("samara: not dropped: " + PendingChange.wanted(change) + ": "
                    + (isDone ? "it is done already" : refused.refusal().sentence())
                    + ".");
            return false;
        }
    }

    private static List<Message> own(Channel channel) {
        return channel.pending().stream().filter(Message::own).toList();
    }

    private boolean drop(Channel channel, Message message) throws ClientException {
        try {
            channel.dismiss(message.id().orElseThrow());
            remark("Dropped " + named(message) + ".");
            return true;
        } catch (ClientException refused) {
            if (refused.code() != RefusalCode.ALREADY_SENT) {
                throw refused;
            }
            remark("samara: not dropped: " + named(message) + ": "
                    + refused.refusal().sentence() + ".");
            return false;
        }
    }

    private void sendAgain(Channel channel, Message message) throws CommandFailure, ClientException {
        boolean awaitsRemoval = message.refusal()
                .filter(why -> why.code() == RefusalCode.REMOVAL_NOT_DONE)
                .isPresent();
        if (message.state() != MessageState.REFUSED && !awaitsRemoval) {
            throw new ClientException(
                    RefusalCode.UNKNOWN_MESSAGE,
                    named(message) + " was not refused: it is on its way, and goes out by itself");
        }
        Sending sending = channel.sendAgain(message.id().orElseThrow());
        try {
            sending.awaitStored(timeout());
        } catch (ClientException refused) {
            if (sending.state() == MessageState.REFUSED) {
                throw refusedForGood(refused, channel, sending.id());
            }
            throw refused;
        }
        remark("Sent again: " + named(message) + "; your server has it.");
    }

    private static String named(Message message) {
        String text = MessageSentence.of(message, id -> id.toString())
                .lines()
                .findFirst()
                .orElse("");
        boolean isLong = text.codePointCount(0, text.length()) > BEGINNING_CHARS_MAX;
        String beginning = isLong ? text.substring(0, text.offsetByCodePoints(0, BEGINNING_CHARS_MAX)) + "…" : text;
        return "[" + message.id().map(UnsentCommand::shortKey).orElse("") + "] \"" + beginning + "\"";
    }

    /** The messages that are meant: all that were refused, or the one whose id begins so, refused or not. */
    private static List<Message> meant(Channel channel, String typed) throws ClientException {
        boolean all = typed.equals(ALL);
        List<Message> found = own(channel).stream()
                .filter(message -> all
                        ? message.state() == MessageState.REFUSED
                        : message.id().filter(id -> isMeant(id, typed)).isPresent())
                .toList();
        if (found.isEmpty() || (found.size() > 1 && !all)) {
            throw new ClientException(
                    RefusalCode.UNKNOWN_MESSAGE,
                    all
                            ? "no message was refused here; one that waits is named by its id"
                            : (found.isEmpty()
                                            ? "no message that waits or was refused here has"
                                            : found.size() + " messages that wait or were refused here have")
                                    + " an id that begins with \"" + typed + "\"; see samara unsent CHANNEL");
        }
        return found;
    }

    private static boolean isMeant(MessageId message, String typed) {
        String id = MessageJson.id(message);
        return !typed.isEmpty() && (id.startsWith(typed) || keyOf(id).startsWith(typed));
    }

    /** As many digits of it as a person types. */
    static String shortKey(MessageId message) {
        return keyOf(MessageJson.id(message)).substring(0, SHOWN_DIGITS);
    }

    /** All own ids begin with the device's; what follows tells them apart. */
    private static String keyOf(String id) {
        return id.substring(id.indexOf('-') + 1);
    }
}
