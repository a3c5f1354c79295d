package chat.samara.cli.chat;

import chat.samara.cli.message.ChannelFeed;
import chat.samara.cli.message.ChannelNames;
import chat.samara.cli.message.Mark;
import chat.samara.cli.message.MessageSentence;
import chat.samara.cli.message.RowWrap;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.display.DisplayText;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jspecify.annotations.Nullable;

/**
 * The conversation above the prompt. It only ever adds rows at the bottom, except for the two columns of a message's mark, which it
 * rewrites where they stand while they are still on the screen; later it says the news in a row of its own.
 *
 * <p>All rows are cut here ({@link RowWrap}), so it knows how many rows above the prompt a message began. Callable from any thread, one
 * at a time.
 */
final class ChatScreen {
    private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);
    private static final int MARK_COLUMN = 7;
    private static final int NAME_COLUMNS_MAX = 24;
    private static final int TEXT_COLUMNS_MIN = 12;
    private static final int COLUMNS_MIN = MARK_COLUMN + 4;
    private static final int ROWS_BELOW_KEPT_FREE = 6;
    private static final int MESSAGE_ROWS_MAX = 40;
    private static final int BEGINNING_CHARS_MAX = 30;
    private static final int[] NAME_COLOURS = {
        AttributedStyle.CYAN, AttributedStyle.YELLOW, AttributedStyle.MAGENTA, AttributedStyle.BLUE, AttributedStyle.RED
    };

    /** Where the rows go. */
    interface Surface {
        /** Prints above the prompt; what is printed ends with a line end, so that the prompt comes below it. */
        void printAbove(String ansi);
    }

    /** A message whose mark may still change. */
    private record Open(long row, Message message) {}

    private final Surface surface;
    private final IntSupplier columns;
    private final IntSupplier height;
    private final ZoneId zone;
    private final boolean colours;
    private final ChannelNames names;
    private final Map<MessageId, Open> open = new LinkedHashMap<>();
    private long rows;
    private long firstReachableRow;
    private int knownColumns;
    private @Nullable LocalDate day;
    private @Nullable Message shortened;
    private MessageBody.@Nullable Profile shownProfile;

    ChatScreen(
            Surface surface,
            IntSupplier columns,
            IntSupplier height,
            ZoneId zone,
            boolean colours,
            ChannelNames names) {
        this.surface = surface;
        this.columns = columns;
        this.height = height;
        this.zone = zone;
        this.colours = colours;
        this.names = names;
        this.knownColumns = columns.getAsInt();
    }

    /** Shows what is new. */
    synchronized void show(List<ChannelFeed.Item> items) {
        for (ChannelFeed.Item item : items) {
            if (item instanceof ChannelFeed.Shown shown) {
                show(shown.message(), MESSAGE_ROWS_MAX);
            } else if (item instanceof ChannelFeed.Unreadables many) {
                show(many.first(), MessageSentence.of(many), MESSAGE_ROWS_MAX);
            } else if (item instanceof ChannelFeed.Moved moved) {
                move(moved);
            } else if (item instanceof ChannelFeed.Renamed renamed) {
                Open it = open.remove(renamed.before());
                if (it != null) {
                    open.putIfAbsent(renamed.now(), it);
                }
            }
        }
    }

    /** Shows the last message that was cut short, whole. */
    synchronized void showWhole() {
        if (shortened == null) {
            note("Nothing was cut short.");
        } else {
            show(shortened, Integer.MAX_VALUE);
        }
    }

    /** Says something about the conversation. */
    synchronized void note(String sentence) {
        AttributedStringBuilder text = new AttributedStringBuilder();
        for (String row : RowWrap.rows(DisplayText.ofText(sentence), width() - 3)) {
            text.styled(faint(), "-- " + DisplayText.ofLine(row)).append("\n");
        }
        print(text);
    }

    private void show(Message message, int rowsMax) {
        if (!MessageSentence.isKeyRenewal(message.body()) && !isNameShown(message.body())) {
            boolean isWhole = rowsMax == Integer.MAX_VALUE;
            show(
                    message,
                    isWhole ? MessageSentence.whole(message, names) : MessageSentence.of(message, names),
                    rowsMax);
        }
    }

    private void show(Message message, String sentence, int rowsMax) {
        showDay(message);
        String name = name(message);
        // A long name has rows of its own and is never cut: what two people's ids differ in may stand at their end.
        int nameColumns = name.isEmpty() ? 0 : RowWrap.width(name) + 2;
        boolean apart = RowWrap.width(name) > NAME_COLUMNS_MAX
                || width() - MARK_COLUMN - 2 - nameColumns < Math.min(TEXT_COLUMNS_MIN, RowWrap.width(sentence));
        int indent = MARK_COLUMN + 2 + (apart ? 0 : nameColumns);
        List<String> text = RowWrap.rows(sentence, width() - indent);
        boolean cut = text.size() > rowsMax;
        AttributedStringBuilder out = new AttributedStringBuilder();
        out.styled(faint(), time(message) + " ")
                .styled(markStyle(message.state()), Mark.of(message))
                .append(" ");
        if (apart && !name.isEmpty()) {
            String between = "\n" + " ".repeat(indent);
            for (String part : RowWrap.rows(name, width() - indent)) {
                out.styled(nameStyle(message), DisplayText.ofLine(part)).append(between);
            }
        } else {
            out.styled(nameStyle(message), name).append(name.isEmpty() ? "" : "  ");
        }
        for (int i = 0; i < Math.min(text.size(), rowsMax); i++) {
            // Each row is tidied by itself: what is isolated or embedded in it ends with it.
            String row = DisplayText.ofLine(text.get(i));
            out.append(i == 0 ? "" : " ".repeat(indent))
                    .styled(textStyle(message), row)
                    .append("\n");
        }
        if (MessageSentence.isCut(message.body()) && rowsMax < Integer.MAX_VALUE) {
            shortened = message;
            appendBelow(out, indent, "… all names: /full");
        }
        if (cut) {
            shortened = message;
            appendBelow(out, indent, "… " + (text.size() - rowsMax) + " more rows: /full");
        }
        long row = rows;
        print(out);
        boolean final_ = message.state() == MessageState.ORDERED || message.state() == MessageState.STABLE;
        if (!final_) {
            message.id().ifPresent(id -> open.put(id, new Open(row, message)));
        }
        message.refusal()
                .ifPresent(why ->
                        note((message.state() == MessageState.REFUSED ? "Refused: " : "Waits: ") + why.sentence()));
    }

    private void appendBelow(AttributedStringBuilder out, int indent, String remark) {
        for (String row : RowWrap.rows(remark, width() - indent)) {
            out.styled(faint(), " ".repeat(indent) + row).append("\n");
        }
    }

    /** Whoever adds a member says the channel's name again, for them; the others need not read it twice. */
    private boolean isNameShown(MessageBody body) {
        if (!(body instanceof MessageBody.Profile profile)) {
            return false;
        }
        boolean isShown = profile.equals(shownProfile);
        shownProfile = profile;
        return isShown;
    }

    private void showDay(Message message) {
        LocalDate messageDay =
                Instant.ofEpochMilli(message.sentMillis()).atZone(zone).toLocalDate();
        if (!messageDay.equals(day)) {
            day = messageDay;
            AttributedStringBuilder out = new AttributedStringBuilder();
            appendBelow(out, 0, "—— " + messageDay + " ——");
            print(out);
        }
    }

    private void move(ChannelFeed.Moved moved) {
        Open shown = open.get(moved.id());
        if (shown == null) {
            return;
        }
        boolean settled = moved.state() != MessageState.QUEUED
                && moved.state() != MessageState.STORED
                && moved.state() != MessageState.PROVISIONAL;
        if (settled) {
            open.remove(moved.id());
        }
        if (width() == knownColumns && isReachable(shown.row())) {
            long up = rows - shown.row();
            String mark = ansi(new AttributedStringBuilder()
                    .styled(markStyle(moved.state()), Mark.of(moved.state(), moved.own())));
            // Up to the message's first row, right to its mark, and back down to the prompt's row. No row is added.
            surface.printAbove("\u001b[" + up + "A\u001b[" + MARK_COLUMN + "G" + mark
                    + (up > 1 ? "\u001b[" + (up - 1) + "B" : "") + "\r\n");
        } else if (settled && moved.own() && moved.refusal().isEmpty()) {
            note(Mark.of(moved.state(), true) + " \"" + beginning(shown.message()) + "\" is in the log now.");
        }
        moved.refusal()
                .ifPresent(
                        refusal -> note("✗ \"" + beginning(shown.message()) + "\" was refused: " + refusal.sentence()));
    }

    private boolean isReachable(long row) {
        return row >= firstReachableRow && rows - row <= height.getAsInt() - ROWS_BELOW_KEPT_FREE;
    }

    private String beginning(Message message) {
        String text = MessageSentence.of(message, names).replace('\n', ' ');
        int end = text.length() <= BEGINNING_CHARS_MAX
                ? text.length()
                : text.offsetByCodePoints(0, Math.min(BEGINNING_CHARS_MAX, text.codePointCount(0, text.length())));
        return DisplayText.ofLine(text.substring(0, end)) + (end < text.length() ? "…" : "");
    }

    private void print(AttributedStringBuilder text) {
        if (width() != knownColumns) {
            // The window has another width now: some terminals wrap old rows anew, so nobody knows where they are.
            knownColumns = width();
            firstReachableRow = rows;
        }
        String plain = text.toString();
        rows += plain.chars().filter(c -> c == '\n').count();
        surface.printAbove(ansi(text));
    }

    private String ansi(AttributedStringBuilder text) {
        return colours ? text.toAnsi() : text.toString();
    }

    private int width() {
        // A terminal that does not know its size says 0. The last column stays free: some terminals wrap when it is
        // filled.
        int known = columns.getAsInt();
        return known <= 0 ? 79 : Math.max(COLUMNS_MIN, known - 1);
    }

    private String time(Message message) {
        return MINUTE.format(Instant.ofEpochMilli(message.sentMillis()).atZone(zone));
    }

    private static String name(Message message) {
        if (!MessageSentence.isSpoken(message.body())) {
            return "--";
        }
        if (message.own()) {
            return "you";
        }
        return message.sender().map(MessageSentence::name).orElse("somebody");
    }

    private static AttributedStyle faint() {
        return AttributedStyle.DEFAULT.foreground(AttributedStyle.BRIGHT);
    }

    private static AttributedStyle markStyle(MessageState state) {
        return switch (state) {
            case QUEUED, STORED -> faint();
            case ORDERED, STABLE -> AttributedStyle.DEFAULT.foreground(AttributedStyle.GREEN);
            case PROVISIONAL -> AttributedStyle.DEFAULT.foreground(AttributedStyle.YELLOW);
            case REFUSED -> AttributedStyle.DEFAULT.foreground(AttributedStyle.RED);
        };
    }

    private static AttributedStyle nameStyle(Message message) {
        if (message.own() || !MessageSentence.isSpoken(message.body())) {
            return AttributedStyle.BOLD;
        }
        int hash = message.sender().map(Object::hashCode).orElse(0);
        return AttributedStyle.BOLD.foreground(NAME_COLOURS[Math.floorMod(hash, NAME_COLOURS.length)]);
    }

    private static AttributedStyle textStyle(Message message) {
        boolean loud = message.body() instanceof MessageBody.LookAlike
                || message.body() instanceof MessageBody.MemberBarred
                || message.body() instanceof MessageBody.IdentityKeysDiffer
                || (message.body() instanceof MessageBody.IdentityKeyChanged changed && !changed.accepted());
        if (loud) {
            return AttributedStyle.BOLD.foreground(AttributedStyle.RED);
        }
        return MessageSentence.isSpoken(message.body()) ? AttributedStyle.DEFAULT : faint();
    }
}
