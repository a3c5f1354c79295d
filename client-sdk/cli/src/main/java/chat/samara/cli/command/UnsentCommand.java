package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.message.MessageJson;
import chat.samara.cli.message.MessageLine;
import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code samara unsent}: what is not in the log yet, and what to do with what was refused. */
@picocli.CommandLine.Command(
        name = "unsent",
        description = "Show your messages in a channel that are not in its log yet, and those that were refused.",
        footer = {
            "",
            "A refused message stays until you drop it or send it again; name it by the beginning of its id, or say all.",
            "Prints with --json the messages as samara tail does."
        })
final class UnsentCommand extends Command {
    private static final String ALL = "all";

    @Parameters(index = "0", paramLabel = "CHANNEL", description = "Its name, or the first digits of its id.")
    private String channelName = "";

    @Option(names = "--drop", paramLabel = "ID", description = "Drop a refused message, or all.")
    private List<String> drop = new ArrayList<>();

    @Option(names = "--again", paramLabel = "ID", description = "Send a refused message again, or all.")
    private List<String> again = new ArrayList<>();

    @Override
    ExitCode run() throws CommandFailure, ClientException {
        try (Client client = open()) {
            Channel channel = channel(client, channelName);
            for (String typed : drop) {
                for (MessageId message : refused(channel, typed)) {
                    channel.dismiss(message);
                }
            }
            for (String typed : again) {
                for (MessageId message : refused(channel, typed)) {
                    channel.sendAgain(message).awaitStored(timeout());
                }
            }
            MessageLine line = new MessageLine(ZoneId.systemDefault());
            for (Message message : own(channel)) {
                String id = message.id().map(MessageJson::id).orElse("");
                print(MessageJson.of(message, channel.state()), line.of(message) + "  [" + keyOf(id) + "]");
            }
            return ExitCode.DONE;
        }
    }

    @Override
    boolean tellsItself(ClientEvent event) {
        return super.tellsItself(event) && !(event instanceof ClientEvent.DeviceReplaced);
    }

    private static List<Message> own(Channel channel) {
        return channel.pending().stream().filter(Message::own).toList();
    }

    /** The refused messages that are meant. */
    private static List<MessageId> refused(Channel channel, String typed) throws ClientException {
        List<MessageId> found = own(channel).stream()
                .filter(message -> message.state() == MessageState.REFUSED)
                .flatMap(message -> message.id().stream())
                .filter(id -> typed.equals(ALL) || isMeant(id, typed))
                .toList();
        if (found.isEmpty() || (found.size() > 1 && !typed.equals(ALL))) {
            throw new ClientException(
                    RefusalCode.UNKNOWN_MESSAGE,
                    found.size() + " refused messages have an id that begins with \"" + typed
                            + "\"; see samara unsent CHANNEL");
        }
        return found;
    }

    private static boolean isMeant(MessageId message, String typed) {
        String id = MessageJson.id(message);
        return !typed.isEmpty() && (id.startsWith(typed) || keyOf(id).startsWith(typed));
    }

    /** All own ids begin with the device's; what follows tells them apart. */
    private static String keyOf(String id) {
        return id.substring(id.indexOf('-') + 1);
    }
}
