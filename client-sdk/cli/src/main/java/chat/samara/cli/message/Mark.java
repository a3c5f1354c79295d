package chat.samara.cli.message;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageState;

/** Two columns in front of a message that say how far it has come. */
public final class Mark {
    /** What the marks mean, for help texts. */
    public static final String LEGEND = """
            Marks:  ·  sending               ✓  stored by your server   ✓✓ in the channel's log
                    ≈  delivered before it is in the log, since the channel's hub is away
                    ✗  refused""";

    private Mark() {}

    /** What this device said bears its state; all else is marked only while provisional. */
    public static String of(Message message) {
        return of(message.state(), message.own() && MessageSentence.isSpoken(message.body()));
    }

    public static String of(MessageState state, boolean own) {
        return switch (state) {
            case QUEUED -> "· ";
            case STORED -> "✓ ";
            case PROVISIONAL -> "≈ ";
            case ORDERED, STABLE -> own ? "✓✓" : "  ";
            case REFUSED -> "✗ ";
        };
    }
}
