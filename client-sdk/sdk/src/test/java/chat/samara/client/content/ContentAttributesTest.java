package chat.samara.client.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.client.channel.Expiry;
import chat.samara.client.channel.Mention;
import chat.samara.client.channel.MessageAttributes;
import chat.samara.client.channel.MessageId;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.ContentBody;
import chat.samara.wire.proto.MessageRef;
import chat.samara.wire.proto.Text;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a message says beside its text")
class ContentAttributesTest {
    private static final long TIME = 1_790_000_000_000L;
    private static final UserId ALICE = new UserId("alice", new ServerName("home.example"));
    private static final String TEXT = "እንደምን አደርሽ, @alice?";
    private static final MessageAttributes ALL = MessageAttributes.NONE
            .inReplyTo(id(1))
            .inThread(id(2))
            .expiring(new Expiry(true, 0xffff_ffffL))
            .mentioning(List.of(
                    Mention.in(TEXT, TEXT.indexOf('@'), TEXT.indexOf('?'), ALICE),
                    Mention.of(new UserId("bob", new ServerName("home.example")))))
            .inLanguage("am-Ethi-ET");

    private final Random seeded = new Random(13);
    private final RandomSource random = seeded::nextBytes;

    private static MessageId id(int number) {
        byte[] bytes = new byte[DeviceId.SIZE_BYTES];
        bytes[0] = (byte) number;
        return new MessageId(new DeviceId(Bytes.of(bytes)), new IdempotencyKey(Bytes.of(bytes)));
    }

    private ReceivedContent open(ContentBody body) throws ContentException {
        return ContentCodec.open(
                new ComposedContent(Bytes.of(random.bytes(32)), Bytes.of(body.toByteArray())).packed());
    }

    @Test
    @DisplayName("is read as it was said")
    void roundTrip() throws ContentException {
        ReceivedContent received =
                ContentCodec.open(ContentCodec.text(TEXT, ALL, TIME, random).packed());
        assertThat(received.content()).isEqualTo(new MessageContent.Text(TEXT));
        assertThat(received.attributes()).isEqualTo(ALL);
        Mention called = received.attributes().mentions().get(0);
        assertThat(Bytes.ofUtf8(TEXT).slice(called.start(), called.start() + called.length()))
                .isEqualTo(Bytes.ofUtf8("@alice"));
        assertThat(ContentCodec.open(ContentCodec.text("hi", TIME, random).packed())
                        .attributes())
                .isEqualTo(MessageAttributes.NONE);
    }

    @Test
    @DisplayName("is left out where it is malformed or over its bound, and all else is read")
    void bounds() throws ContentException {
        ContentBody good = ContentBody.newBuilder()
                .setText(Text.newBuilder().setText("hé"))
                .setReplyTo(ref(16, 16))
                .addMentions(mention("bob@home.example", 1, 2))
                .setLanguage("en")
                .build();
        MessageAttributes all = open(good).attributes();
        MessageAttributes noReply =
                new MessageAttributes(Optional.empty(), all.thread(), all.expires(), all.mentions(), all.language());
        MessageAttributes noLanguage =
                new MessageAttributes(all.replyTo(), all.thread(), all.expires(), all.mentions(), Optional.empty());
        assertRead(good.toBuilder().setReplyTo(ref(15, 16)), noReply);
        assertRead(good.toBuilder().setReplyTo(ref(16, 17)), noReply);
        assertRead(good.toBuilder().setThread(ref(0, 0)), all);
        assertRead(good.toBuilder().setExpires(chat.samara.wire.proto.Expiry.getDefaultInstance()), all);
        assertRead(good.toBuilder().setLanguage("a".repeat(36)), noLanguage);
        assertRead(good.toBuilder().setLanguage("e_"), noLanguage);
        assertRead(good.toBuilder().addMentions(mention("alice", 0, 0)), all);
        int[][] nowhere = {{3, 1}, {0, 4}, {-1, 1}, {1, -1}, {2, 1}, {0, 2}, {1, 1}};
        for (int[] place : nowhere) {
            assertRead(good.toBuilder().addMentions(mention("alice@home.example", place[0], place[1])), all);
        }
        List<Mention> most = Collections.nCopies(MessageAttributes.MENTIONS_MAX, Mention.of(ALICE));
        assertRead(
                good.toBuilder()
                        .clearMentions()
                        .addAllMentions(Collections.nCopies(
                                MessageAttributes.MENTIONS_MAX + 1, mention("alice@home.example", 0, 0))),
                all.mentioning(most));
    }

    private void assertRead(ContentBody.Builder body, MessageAttributes expected) throws ContentException {
        ReceivedContent received = open(body.build());
        assertThat(received.content()).isEqualTo(new MessageContent.Text("hé"));
        assertThat(received.attributes()).as("%s", body).isEqualTo(expected);
    }

    @Test
    @DisplayName("makes its message unreadable where it is the fallback text that is over its bound")
    void fallbackTextBound() {
        assertThatThrownBy(() -> open(ContentBody.newBuilder()
                        .setText(Text.newBuilder().setText("hi"))
                        .setFallbackText("x".repeat(5_000))
                        .build()))
                .isInstanceOf(ContentException.class)
                .hasMessageContaining("fallback text");
    }

    @Test
    @DisplayName("comes as a mention exactly where that is a part of the text in characters, too")
    void mentionsAndRanges() throws ContentException {
        String text = "aé€👍🏽";
        for (int start = 0; start <= 16; start++) {
            for (int length = 1; length <= 16; length++) {
                ContentBody body = ContentBody.newBuilder()
                        .setText(Text.newBuilder().setText(text))
                        .addMentions(mention("alice@home.example", start, length))
                        .build();
                assertThat(open(body).attributes().mentions().size() == 1)
                        .as("%s bytes at %s", length, start)
                        .isEqualTo(
                                new Mention(ALICE, start, length).rangeIn(text).isPresent());
            }
        }
    }

    @Test
    @DisplayName("names a member by a part of the text, in its characters, and never by a part of one")
    void rangeIn() {
        Mention called = Mention.in(TEXT, TEXT.indexOf('@'), TEXT.indexOf('?'), ALICE);
        assertThat(called.rangeIn(TEXT)).contains(new Mention.Range(TEXT.indexOf('@'), TEXT.indexOf('?')));
        assertThat(Mention.of(ALICE).rangeIn(TEXT)).isEmpty();
        String all = "aé€👍🏽";
        assertThat(new Mention(ALICE, 0, 14).rangeIn(all)).contains(new Mention.Range(0, all.length()));
        assertThat(new Mention(ALICE, 0, 15).rangeIn(all)).isEmpty();
        assertThat(new Mention(ALICE, 15, 1).rangeIn(all)).isEmpty();
        assertThat(new Mention(ALICE, Integer.MAX_VALUE, Integer.MAX_VALUE).rangeIn(all))
                .isEmpty();
        assertThat(new Mention(ALICE, 6, 4).rangeIn(all)).contains(new Mention.Range(3, 5));
        for (int within : new int[] {2, 4, 5, 7, 8, 9, 11, 12, 13}) {
            assertThat(new Mention(ALICE, within, 14 - within).rangeIn(all))
                    .as("from %s", within)
                    .isEmpty();
            assertThat(new Mention(ALICE, 0, within).rangeIn(all))
                    .as("to %s", within)
                    .isEmpty();
        }
    }

    private static MessageRef ref(int deviceBytes, int keyBytes) {
        return MessageRef.newBuilder()
                .setDevice(ByteString.copyFrom(new byte[deviceBytes]))
                .setKey(ByteString.copyFrom(new byte[keyBytes]))
                .build();
    }

    private static chat.samara.wire.proto.Mention mention(String user, int start, int length) {
        return chat.samara.wire.proto.Mention.newBuilder()
                .setUserId(user)
                .setStart(start)
                .setLength(length)
                .build();
    }

    @Test
    @DisplayName("cannot be sent where its reader would leave it out")
    void refusesToCompose() {
        assertRefused(RefusalCode.TEXT_INVALID, MessageAttributes.NONE.inLanguage("no language"));
        assertRefused(RefusalCode.TEXT_INVALID, MessageAttributes.NONE.mentioning(List.of(new Mention(ALICE, 1, 2))));
        assertThatThrownBy(() -> ContentCodec.text(
                        "é", MessageAttributes.NONE.mentioning(List.of(new Mention(ALICE, 0, 1))), TIME, random))
                .isInstanceOf(ContentException.class)
                .hasMessageContaining("between characters");
        assertRefused(
                RefusalCode.TOO_LARGE,
                MessageAttributes.NONE.mentioning(
                        Collections.nCopies(MessageAttributes.MENTIONS_MAX + 1, Mention.of(ALICE))));
        UserId longest = new UserId(
                "y".repeat(64),
                new ServerName("x".repeat(60) + "." + "x".repeat(60) + "." + "x".repeat(60) + ".example"));
        assertThatThrownBy(() -> ContentCodec.text(
                        "x".repeat(chat.samara.wire.Limits.TEXT_BYTES_MAX),
                        MessageAttributes.NONE.mentioning(
                                Collections.nCopies(MessageAttributes.MENTIONS_MAX, Mention.of(longest))),
                        TIME,
                        random))
                .isInstanceOfSatisfying(
                        ContentException.class, e -> assertThat(e.code()).isEqualTo(RefusalCode.TOO_LARGE));
    }

    private void assertRefused(RefusalCode code, MessageAttributes attributes) {
        assertThatThrownBy(() -> ContentCodec.text("hi", attributes, TIME, random))
                .isInstanceOfSatisfying(
                        ContentException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    @DisplayName("is left alone by a version before it, which reads text and time where they always were")
    void versionBefore() throws ContentException, InvalidProtocolBufferException {
        Bytes body = ContentCodec.text(TEXT, ALL, TIME, random).body();
        UnknownFieldSet fields = UnknownFieldSet.parseFrom(body.toByteArray());
        assertThat(fields.getField(1).getVarintList()).containsExactly(TIME);
        assertThat(Text.parseFrom(fields.getField(3).getLengthDelimitedList().get(0))
                        .getText())
                .isEqualTo(TEXT);
        assertThat(fields.asMap().keySet())
                .as("beside time and text, only numbers that were reserved for this")
                .containsExactlyInAnyOrder(1, 3, 5, 6, 7, 8, 9);
    }

    @Test
    @DisplayName("that a later version adds is kept byte for byte, with a kind that is not known")
    void versionToCome() throws ContentException {
        ContentBody body = reaction().toBuilder()
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .mergeField(
                                40,
                                UnknownFieldSet.Field.newBuilder().addFixed64(1).build())
                        .build())
                .build();
        ComposedContent sent = new ComposedContent(Bytes.of(random.bytes(32)), Bytes.of(body.toByteArray()));
        PackedContent kept = PackedContent.of(Bytes.of(sent.packed()));
        assertThat(kept.open().body()).isEqualTo(Bytes.of(body.toByteArray()));
        assertThat(kept.unpack()).isEqualTo(sent);
        assertThat(kept.open().content()).isEqualTo(new MessageContent.Unknown("👍🏽"));
        assertThat(kept.open().attributes().replyTo()).isPresent();
    }

    /** As a kind to come would be: what it answers, and what older versions show. */
    private ContentBody reaction() {
        return ContentBody.newBuilder()
                .setSentTimeMillis(TIME)
                .setFallbackText("👍🏽")
                .setReplyTo(MessageRef.newBuilder()
                        .setDevice(ByteString.copyFrom(random.bytes(16)))
                        .setKey(ByteString.copyFrom(random.bytes(16))))
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .mergeField(
                                10,
                                UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(ByteString.copyFromUtf8("👍🏽"))
                                        .build())
                        .build())
                .build();
    }

    @Test
    @DisplayName("makes no reaction and no short answer longer than a short text")
    void smallestClass() throws ContentException {
        int shortText = ContentCodec.text("ok", TIME, random).packed().length;
        assertThat(shortText).isEqualTo(SizeClass.SMALLEST_BYTES);
        assertThat(new ComposedContent(
                                Bytes.of(random.bytes(32)), Bytes.of(reaction().toByteArray()))
                        .packed())
                .hasSize(shortText);
        assertThat(ContentCodec.text(
                                "yes, on Friday",
                                MessageAttributes.NONE.inReplyTo(new MessageId(
                                        new DeviceId(Bytes.of(random.bytes(16))),
                                        new IdempotencyKey(Bytes.of(random.bytes(16))))),
                                TIME,
                                random)
                        .packed())
                .hasSize(shortText);
    }

    @Test
    @DisplayName("and that an earlier version packed is still read")
    void golden() throws IOException, ContentException {
        try (InputStream in = ContentAttributesTest.class.getResourceAsStream("content-2.bin")) {
            if (in == null) {
                throw new AssertionError("the golden file content-2.bin is missing");
            }
            ReceivedContent received = ContentCodec.open(in.readAllBytes());
            assertThat(received.content()).isEqualTo(new MessageContent.Text(TEXT));
            assertThat(received.attributes()).isEqualTo(ALL);
        }
    }

    /** Writes the golden file of a new version. */
    public static void main(String[] arguments) throws IOException, ContentException {
        Files.write(
                Path.of(arguments[0]),
                ContentCodec.text(TEXT, ALL, TIME, new Random(13)::nextBytes).packed());
    }
}
