package chat.samara.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.cli.message.ChannelFeed;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.channel.UnreadableDetail;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The conversation above the prompt")
class ChatScreenTest {
    private static final long TIME_MILLIS = 1_795_302_180_000L; // 2026-11-21 23:03 UTC

    private final Paper paper = new Paper();
    private int columns = 60;
    private final ChatScreen screen =
            new ChatScreen(paper, () -> columns, () -> 24, ZoneOffset.UTC, false, ChannelId::toString);

    /** A terminal that knows the few things that the screen does: line ends, up, down, to a column. */
    private static final class Paper implements ChatScreen.Surface {
        private final List<StringBuilder> rows = new java.util.ArrayList<>(List.of(new StringBuilder()));
        private int row;
        private int column;

        @Override
        public void printAbove(String ansi) {
            assertThat(ansi).endsWith("\n");
            int i = 0;
            while (i < ansi.length()) {
                char c = ansi.charAt(i);
                if (c == '\u001b') {
                    int end = i + 2;
                    while (Character.isDigit(ansi.charAt(end))) {
                        end++;
                    }
                    move(ansi.charAt(end), Integer.parseInt(ansi.substring(i + 2, end)));
                    i = end + 1;
                } else {
                    put(c);
                    i++;
                }
            }
            assertThat(column).as("the prompt comes at the beginning of a row").isZero();
            assertThat(row).as("the prompt comes below everything").isEqualTo(rows.size() - 1);
        }

        private void move(char command, int count) {
            switch (command) {
                case 'A' -> row -= count;
                case 'B' -> row += count;
                case 'G' -> column = count - 1;
                default -> throw new AssertionError("an escape that the screen should not use: " + command);
            }
            assertThat(row).isBetween(0, rows.size() - 1);
        }

        private void put(char c) {
            if (c == '\n') {
                row++;
                column = 0;
                if (row == rows.size()) {
                    rows.add(new StringBuilder());
                }
            } else if (c == '\r') {
                column = 0;
            } else {
                StringBuilder text = rows.get(row);
                if (column < text.length()) {
                    text.setCharAt(column, c);
                } else {
                    text.append(c);
                }
                column++;
            }
        }

        List<String> rows() {
            return rows.stream()
                    .map(text -> text.toString().stripTrailing())
                    .filter(text -> !text.isEmpty())
                    .toList();
        }
    }

    private static Bytes bytes(int size, int value) {
        byte[] bytes = new byte[size];
        java.util.Arrays.fill(bytes, (byte) value);
        return Bytes.of(bytes);
    }

    private static MessageId id(int key) {
        return new MessageId(new DeviceId(bytes(16, 1)), new IdempotencyKey(bytes(16, key)));
    }

    private static Message message(int key, boolean own, MessageState state, String text) {
        return message(key, own, state, text, new UserId(own ? "alice" : "bob", new ServerName("tunis.example")));
    }

    private static Message message(int key, boolean own, MessageState state, String text, UserId sender) {
        return new Message(
                new ChannelId(bytes(32, 9)),
                Optional.of(id(key)),
                OptionalLong.empty(),
                Optional.of(sender),
                own,
                TIME_MILLIS,
                state,
                Optional.empty(),
                new MessageBody.Text(text));
    }

    private void show(Message message) {
        screen.show(List.of(new ChannelFeed.Shown(message)));
    }

    @Test
    @DisplayName("says in one row of many messages that they cannot be read")
    void foldsUnreadable() {
        Message first = new Message(
                new ChannelId(bytes(32, 9)),
                Optional.empty(),
                OptionalLong.of(7),
                Optional.empty(),
                false,
                TIME_MILLIS,
                MessageState.ORDERED,
                Optional.empty(),
                new MessageBody.Unreadable(UnreadableReason.EPOCH_EXPIRED, UnreadableDetail.NONE));
        screen.show(List.of(new ChannelFeed.Unreadables(first, first, 69, true)));
        assertThat(String.join("", paper.rows()).replaceAll(" +", " "))
                .contains("-- 69 messages cannot be read: they came after their keys had been erased");
    }

    @Test
    @DisplayName("names two of many members who were added together, and all of them on demand")
    void cutsNames() {
        List<UserId> many = IntStream.range(0, 50)
                .mapToObj(i -> new UserId("member" + i, new ServerName("tunis.example")))
                .toList();
        show(new Message(
                new ChannelId(bytes(32, 9)),
                Optional.of(id(1)),
                OptionalLong.of(7),
                Optional.of(new UserId("bob", new ServerName("tunis.example"))),
                false,
                TIME_MILLIS,
                MessageState.ORDERED,
                Optional.empty(),
                new MessageBody.MembersChanged(many, List.of())));
        assertThat(paper.rows()).hasSizeLessThan(6).last().asString().endsWith("… all names: /full");
        assertThat(String.join("", paper.rows()).replaceAll(" +", " ")).contains("and 48 others");

        screen.showWhole();

        assertThat(String.join("", paper.rows())).contains("member49@tunis.example");
    }

    private void move(int key, MessageState state) {
        screen.show(List.of(new ChannelFeed.Moved(id(key), true, state, OptionalLong.empty(), Optional.empty())));
    }

    @Test
    @DisplayName("an own message's mark goes from sending over stored to ordered, where it stands")
    void movesMarks() {
        show(message(1, true, MessageState.QUEUED, "hello"));
        assertThat(paper.rows()).contains("23:03 ·  you  hello");
        show(message(2, false, MessageState.ORDERED, "hi there"));

        move(1, MessageState.STORED);
        assertThat(paper.rows()).contains("23:03 ✓  you  hello");
        move(1, MessageState.ORDERED);

        assertThat(paper.rows())
                .containsExactly("—— 2026-11-21 ——", "23:03 ✓✓ you  hello", "23:03    bob@tunis.example  hi there");
    }

    @Test
    @DisplayName("a provisional message is marked until it is ordered")
    void marksProvisional() {
        show(message(1, false, MessageState.PROVISIONAL, "anybody?"));
        assertThat(paper.rows()).contains("23:03 ≈  bob@tunis.example  anybody?");

        screen.show(List.of(
                new ChannelFeed.Moved(id(1), false, MessageState.ORDERED, OptionalLong.of(5), Optional.empty())));

        assertThat(paper.rows()).contains("23:03    bob@tunis.example  anybody?");
    }

    @Test
    @DisplayName("a mark below a message of several rows is found too")
    void findsMarksAcrossRows() {
        show(message(1, true, MessageState.QUEUED, "first"));
        show(message(2, false, MessageState.ORDERED, "word ".repeat(40) + "\nand 👩‍👩‍👧 奶奶说"));
        show(message(3, true, MessageState.QUEUED, "third"));

        move(1, MessageState.ORDERED);
        move(3, MessageState.ORDERED);

        assertThat(paper.rows()).contains("23:03 ✓✓ you  first", "23:03 ✓✓ you  third");
    }

    @Test
    @DisplayName("a mark that has scrolled away is told in a new row, once, when it is final")
    void tellsWhatScrolledAway() {
        show(message(1, true, MessageState.QUEUED, "long ago"));
        for (int i = 2; i < 40; i++) {
            show(message(i, false, MessageState.ORDERED, "filler"));
        }

        move(1, MessageState.STORED);
        move(1, MessageState.ORDERED);

        assertThat(paper.rows()).contains("23:03 ·  you  long ago");
        assertThat(paper.rows()).endsWith("-- ✓✓ \"long ago\" is in the log now.");
        assertThat(paper.rows().stream().filter(row -> row.contains("is in the log")))
                .hasSize(1);
    }

    @Test
    @DisplayName(
            "after the window was resized, nothing above is rewritten, since terminals differ in what they do with it")
    void leavesOldRowsAfterResize() {
        show(message(1, true, MessageState.QUEUED, "before"));
        columns = 40;
        show(message(2, true, MessageState.QUEUED, "after"));

        move(1, MessageState.ORDERED);
        move(2, MessageState.ORDERED);

        assertThat(paper.rows())
                .contains("23:03 ·  you  before", "23:03 ✓✓ you  after", "-- ✓✓ \"before\" is in the log now.");
    }

    @Test
    @DisplayName("in a narrow window no row is wider than it, and no word is broken that fits")
    void narrow() {
        for (int narrow = 30; narrow >= 12; narrow--) {
            columns = narrow;
            int before = paper.rows().size();
            show(message(narrow, false, MessageState.ORDERED, "they meet at the old well at noon"));
            show(message(narrow + 100, true, MessageState.QUEUED, "line\n".repeat(100)));
            screen.showWhole();
            assertThat(paper.rows().subList(before, paper.rows().size()))
                    .as("%s columns", narrow)
                    .allSatisfy(row -> assertThat(row.length()).isLessThan(columns));
        }
        columns = 24;
        int before = paper.rows().size();
        show(message(1, false, MessageState.ORDERED, "they meet at the old well at noon"));
        assertThat(paper.rows().subList(before, paper.rows().size()).stream()
                        .map(String::strip)
                        .toList())
                .containsSubsequence("they meet at", "the old well", "at noon");
    }

    @Test
    @DisplayName("a very long text is cut short, and shown whole on demand")
    void cutsLongTexts() {
        show(message(1, false, MessageState.ORDERED, "line\n".repeat(100) + "the end"));
        assertThat(paper.rows()).hasSizeLessThan(45).last().asString().contains("61 more rows: /full");

        screen.showWhole();

        assertThat(paper.rows()).last().asString().endsWith("the end");
    }

    @Test
    @DisplayName("members whose long ids differ at the end only are told apart, and their texts begin below")
    void showsLongIdsWhole() {
        for (String server : List.of("community.example.org", "community.example.oxy")) {
            show(message(1, false, MessageState.ORDERED, "hello", new UserId("alice", new ServerName(server))));

            assertThat(String.join("", paper.rows()).replace(" ", "")).endsWith("alice@" + server + "hello");
        }
        assertThat(paper.rows()).last().asString().isEqualTo("         hello");
    }

    @Test
    @DisplayName("what others wrote cannot move the cursor")
    void obeysNoForeignEscapes() {
        show(message(1, false, MessageState.ORDERED, "\u001b[1A\u001b[2Kroot@server"));

        assertThat(paper.rows()).last().asString().endsWith("␛[1A␛[2Kroot@server");
    }
}
