package chat.samara.client.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.Limits;
import chat.samara.wire.proto.Content;
import chat.samara.wire.proto.ContentBody;
import com.github.luben.zstd.Zstd;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Content")
class ContentCodecTest {
    private static final long TIME = 1_790_000_000_000L;

    private final Random seeded = new Random(11);
    private final RandomSource random = seeded::nextBytes;

    private String roundTrip(String text) throws ContentException {
        ReceivedContent received =
                ContentCodec.open(ContentCodec.text(text, TIME, random).packed());
        assertThat(received.sentMillis()).isEqualTo(TIME);
        return ((MessageContent.Text) received.content()).text();
    }

    @Test
    @DisplayName("keeps any well-formed Unicode exactly")
    void anyUnicodeRoundTrips() throws ContentException {
        for (int round = 0; round < 500; round++) {
            StringBuilder text = new StringBuilder();
            int length = 1 + seeded.nextInt(200);
            for (int i = 0; i < length; i++) {
                int codePoint = seeded.nextInt(Character.MAX_CODE_POINT + 1);
                if (codePoint < 0xd800 || codePoint > 0xdfff) {
                    text.appendCodePoint(codePoint);
                }
            }
            if (!text.isEmpty()) {
                assertThat(roundTrip(text.toString()))
                        .as("seed 11, round " + round)
                        .isEqualTo(text.toString());
            }
        }
    }

    @Test
    @DisplayName("keeps what people write: right-to-left, combined emoji, newlines, 100 KB")
    void whatPeopleWrite() throws ContentException {
        for (String text : List.of(
                "السلام عليكم 👋",
                "እንደምን አደራችሁ?",
                "👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇻🇳",
                "a\r\nb\tc\u0000d",
                "Chào buổi sáng".repeat(7_000))) {
            assertThat(roundTrip(text)).isEqualTo(text);
        }
    }

    @Test
    @DisplayName("of one size class cannot be told apart by its length")
    void sizeClasses() throws ContentException {
        assertThat(ContentCodec.text("hi", TIME, random).packed())
                .hasSameSizeAs(ContentCodec.text("no, thanks", TIME, random).packed());
        for (int bytes = 1; bytes < 300_000; bytes += 1 + bytes / 50) {
            int padded = SizeClass.of(bytes);
            assertThat(padded).isGreaterThanOrEqualTo(bytes);
            assertThat(padded % 64).isZero();
            assertThat(padded - bytes).isLessThan(bytes <= 128 ? 128 : Math.max(64, bytes / 8 + 1));
            assertThat(padded).isGreaterThanOrEqualTo(128);
            assertThat(SizeClass.of(padded)).as("a class holds itself").isEqualTo(padded);
        }
    }

    @Test
    @DisplayName("that is a short text in one of many languages becomes smaller by the dictionary")
    void dictionaryHelps() throws ContentException {
        List<String> samples =
                List.of("እንደምን አደራችሁ? ነገ ስብሰባ አለ", "شكرا لكم، نلتقي غدا ان شاء الله", "Встретимся завтра вечером");
        for (String sample : samples) {
            ComposedContent content = ContentCodec.text(sample, TIME, random);
            int plain = content.body().size() + content.frankingKey().size() + 4;
            byte[] packed = content.packed();
            assertThat(packed[0]).as("encoding").isEqualTo((byte) ContentPacking.ZSTD_DICTIONARY_1);
            assertThat(Byte.toUnsignedInt(packed[2]))
                    .as("body of " + plain + " bytes")
                    .isLessThan(plain);
        }
    }

    @Test
    @DisplayName("with a profile is read as one")
    void profile() throws ContentException {
        ReceivedContent received = ContentCodec.open(
                ContentCodec.profile("home town", "news", TIME, random).packed());
        assertThat(received.content()).isEqualTo(new MessageContent.Profile("home town", "news"));
    }

    @Test
    @DisplayName("of a kind that is not known shows its fallback")
    void unknownKind() throws ContentException {
        ContentBody body = ContentBody.newBuilder().setFallbackText("a poll").build();
        assertThat(open(body).content()).isEqualTo(new MessageContent.Unknown("a poll"));
    }

    @Test
    @DisplayName("to be sent is refused when it is empty, too long, or no Unicode")
    void refusesToCompose() {
        assertRefused(RefusalCode.TEXT_INVALID, "");
        assertRefused(RefusalCode.TEXT_INVALID, "half \udc00 of a pair");
        assertRefused(RefusalCode.TOO_LARGE, "é".repeat(Limits.TEXT_BYTES_MAX / 2 + 1));
        assertThatThrownBy(() -> ContentCodec.profile(" ", "", TIME, random))
                .isInstanceOfSatisfying(
                        ContentException.class, e -> assertThat(e.code()).isEqualTo(RefusalCode.TEXT_INVALID));
    }

    private void assertRefused(RefusalCode code, String text) {
        assertThatThrownBy(() -> ContentCodec.text(text, TIME, random))
                .isInstanceOfSatisfying(
                        ContentException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private ReceivedContent open(ContentBody body) throws ContentException {
        return ContentCodec.open(
                new ComposedContent(Bytes.of(random.bytes(32)), Bytes.of(body.toByteArray())).packed());
    }

    @Test
    @DisplayName("that was received over-long, or with a short franking key, is refused")
    void refusesReceived() {
        ContentBody tooLong =
                ContentBody.newBuilder().setFallbackText("x".repeat(5_000)).build();
        assertThatThrownBy(() -> open(tooLong)).isInstanceOf(ContentException.class);
        byte[] shortKey = Content.newBuilder()
                .setFrankingKey(ByteString.copyFrom(new byte[31]))
                .build()
                .toByteArray();
        assertThatThrownBy(() -> ContentCodec.open(ContentPacking.pack(shortKey)))
                .isInstanceOf(ContentException.class);
        assertThatThrownBy(() -> ContentCodec.open(ContentPacking.pack(new byte[] {-1, -1})))
                .isInstanceOf(ContentException.class);
    }

    @Test
    @DisplayName("that is a decompression bomb is refused before it fills memory")
    void bombs() {
        byte[] bomb = Zstd.compress(new byte[64 << 20]);
        assertThat(bomb.length).isLessThan(10_000);
        // It lies about what it yields.
        byte[] lying = packed(ContentPacking.ZSTD_DICTIONARY_1, 1_000, bomb);
        assertThatThrownBy(() -> ContentPacking.unpack(lying)).isInstanceOf(ContentException.class);
        // It says so.
        byte[] honest = packed(ContentPacking.ZSTD_DICTIONARY_1, 64 << 20, bomb);
        assertThatThrownBy(() -> ContentPacking.unpack(honest))
                .isInstanceOf(ContentException.class)
                .hasMessageContaining("limit");
    }

    @Test
    @DisplayName(
            "that is cut, longer than it says, padded with anything but zeros, or of an unknown encoding is refused")
    void malformedPackings() throws ContentException {
        byte[] good = ContentCodec.text("hello", TIME, random).packed();
        for (int length = 0; length < 40; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThatThrownBy(() -> ContentPacking.unpack(cut)).isInstanceOf(ContentException.class);
        }
        byte[] padded = good.clone();
        padded[padded.length - 1] = 1;
        assertThatThrownBy(() -> ContentPacking.unpack(padded)).hasMessageContaining("padding");
        byte[] unknown = good.clone();
        unknown[0] = 9;
        assertThatThrownBy(() -> ContentPacking.unpack(unknown)).hasMessageContaining("encoding 9");
        byte[] longer = packed(ContentPacking.PLAIN, 3, new byte[] {1, 2});
        assertThatThrownBy(() -> ContentPacking.unpack(longer)).isInstanceOf(ContentException.class);
        assertThatThrownBy(
                        () -> ContentPacking.unpack(new byte[chat.samara.client.content.Limits.PACKED_BYTES_MAX + 1]))
                .isInstanceOf(ContentException.class);
    }

    @Test
    @DisplayName("that is random bytes never causes anything but a refusal")
    void noise() {
        for (int round = 0; round < 5_000; round++) {
            byte[] noise = new byte[1 + seeded.nextInt(300)];
            seeded.nextBytes(noise);
            noise[0] = (byte) seeded.nextInt(3);
            try {
                ContentCodec.open(noise);
            } catch (ContentException e) {
                assertThat(e.getMessage()).as("seed 11, round " + round).isNotBlank();
            }
        }
    }

    @Test
    @DisplayName("that was packed by an earlier version is still read")
    void golden() throws ContentException {
        ReceivedContent received = ContentCodec.open(resource("content-1.bin"));
        assertThat(received.sentMillis()).isEqualTo(TIME);
        assertThat(received.content())
                .isEqualTo(new MessageContent.Text("السلام عليكم ورحمة الله وبركاته, see you tomorrow"));
    }

    private static byte[] resource(String name) {
        try (InputStream in = ContentCodecTest.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new AssertionError("the golden file " + name + " is missing");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] packed(int encoding, int plainLength, byte[] body) {
        byte[] packed = new byte[9 + body.length];
        packed[0] = (byte) encoding;
        varint(packed, 1, plainLength);
        varint(packed, 5, body.length);
        System.arraycopy(body, 0, packed, 9, body.length);
        return packed;
    }

    /** In exactly four bytes. */
    private static void varint(byte[] out, int at, int value) {
        for (int i = 0; i < 4; i++) {
            out[at + i] = (byte) (((value >>> (7 * i)) & 0x7f) | (i < 3 ? 0x80 : 0));
        }
    }
}
