package chat.samara.cli.message;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageState;
import chat.samara.client.display.DisplayText;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** A message as a line for a person: time, mark, name, text; further lines of the text are indented. */
public final class MessageLine {
    private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT);
    private static final String INDENT = " ".repeat(20);

    private final ZoneId zone;

    /** @param zone of the reader */
    public MessageLine(ZoneId zone) {
        this.zone = zone;
    }

    /** When it was sent, to the minute. */
    public String time(Message message) {
        return MINUTE.format(Instant.ofEpochMilli(message.sentMillis()).atZone(zone));
    }

    /** For a list of one channel's messages. */
    public String of(Message message) {
        return of(message, "");
    }

    /** For a list of many channels' messages. */
    public String of(Message message, String channelName) {
        String channel = channelName.isEmpty() ? "" : "[" + DisplayText.ofLine(channelName) + "] ";
        String text = MessageSentence.of(message).replace("\n", "\n" + INDENT);
        String said = MessageSentence.isSpoken(message.body())
                ? message.sender().map(MessageSentence::name).orElse("somebody") + "  " + text
                : "-- " + text;
        String refusal = message.refusal()
                .map(why -> "  (" + (message.state() == MessageState.REFUSED ? "refused" : "waits") + ": "
                        + DisplayText.ofLine(why.sentence()) + ")")
                .orElse("");
        return time(message) + " " + Mark.of(message) + " " + channel + said + refusal;
    }
}
