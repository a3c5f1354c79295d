package chat.samara.cli.message;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageState;
import chat.samara.client.display.DisplayText;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** A message as a line for a person: time, mark, name, text; further lines of the text, and on a terminal further rows, are indented. */
public final class MessageLine {
    private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT);
    private static final DateTimeFormatter SECOND = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    /** As wide as time and mark. */
    private static final int INDENT = 20;

    /** Of a terminal too narrow for text beside the time: there it stands below. */
    private static final int NARROW_INDENT = 2;

    private static final int TEXT_COLUMNS_MIN = 20;

    private final ZoneId zone;
    private final Supplier<OptionalInt> columns;
    private final ChannelNames names;

    /**
     * @param zone of the reader
     * @param columns of the terminal; empty where there is none
     */
    public MessageLine(ZoneId zone, Supplier<OptionalInt> columns, ChannelNames names) {
        this.zone = zone;
        this.columns = columns;
        this.names = names;
    }

    private String time(Message message) {
        return MINUTE.format(Instant.ofEpochMilli(message.sentMillis()).atZone(zone));
    }

    /** When it was sent, to the second. */
    public String timeToTheSecond(Message message) {
        return SECOND.format(Instant.ofEpochMilli(message.sentMillis()).atZone(zone));
    }

    /** For a list of one channel's messages. */
    public String of(Message message) {
        return of(message, "");
    }

    /** For a list of many channels' messages. */
    public String of(Message message, String channelName) {
        return of(message, channelName, false);
    }

    /**
     * The same.
     *
     * @param whole with all names, where it is about many members
     */
    public String of(Message message, String channelName, boolean whole) {
        return of(
                message,
                whole ? MessageSentence.whole(message, names) : MessageSentence.of(message, names),
                channelName);
    }

    /** The same for many messages that stand one behind the other, in one row. */
    public String of(ChannelFeed.Unreadables messages, String channelName) {
        return of(messages.first(), MessageSentence.of(messages), channelName);
    }

    private String of(Message message, String text, String channelName) {
        String channel = channelName.isEmpty() ? "" : "[" + DisplayText.ofLine(channelName) + "] ";
        String said = MessageSentence.isSpoken(message.body())
                ? message.sender().map(MessageSentence::name).orElse("somebody") + "  " + text
                : "-- " + text;
        String refusal = message.refusal()
                .map(why -> "  (" + (message.state() == MessageState.REFUSED ? "refused" : "waits") + ": "
                        + DisplayText.ofLine(why.sentence()) + ")")
                .orElse("");
        return time(message) + " " + Mark.of(message) + " " + indented(channel + said + refusal, columns.get());
    }

    private static String indented(String text, OptionalInt columns) {
        if (columns.isPresent() && columns.getAsInt() < INDENT + TEXT_COLUMNS_MIN) {
            return "\n" + " ".repeat(NARROW_INDENT) + RowWrap.indented(text, columns, NARROW_INDENT);
        }
        return columns.isEmpty()
                ? text.replace("\n", "\n" + " ".repeat(INDENT))
                : RowWrap.indented(text, columns, INDENT);
    }
}
