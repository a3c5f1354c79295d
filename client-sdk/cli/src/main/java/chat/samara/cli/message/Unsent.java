package chat.samara.cli.message;

import chat.samara.cli.NextCommand;
import chat.samara.client.Client.Channel;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageState;
import chat.samara.client.refusal.ClientClosedException;
import java.util.List;
import java.util.Optional;

/** What is said to a person who leaves while messages of theirs are not at the server yet. */
public final class Unsent {
    private static final int ID_DIGITS = 12;

    private Unsent() {}

    /** Where they are, when they go out, and how to see them; empty if there are none. */
    public static Optional<String> of(Channel channel, NextCommand next) {
        List<Message> queued;
        try {
            queued = channel.pending().stream()
                    .filter(message -> message.own() && message.state() == MessageState.QUEUED)
                    .filter(message -> MessageSentence.isSpoken(message.body()))
                    .toList();
        } catch (ClientClosedException ended) {
            // What ended it is said, and what is kept.
            return Optional.empty();
        }
        return queued.isEmpty() ? Optional.empty() : Optional.of(kept(channel, queued.size(), line(channel, next)));
    }

    /** The line that shows them. */
    public static String line(Channel channel, NextCommand next) {
        return next.line("unsent " + channel.id().toString().substring(0, ID_DIGITS));
    }

    private static String kept(Channel channel, int count, String line) {
        return (count == 1 ? "One message is" : count + " messages are")
                + " not at the server yet. What waits is "
                + ChannelStanding.kept(channel.state(), ", and goes out when samara runs next and reaches the server")
                + ". To see it, or to drop it: " + line;
    }
}
