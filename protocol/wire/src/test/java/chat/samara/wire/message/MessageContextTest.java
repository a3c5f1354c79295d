package chat.samara.wire.message;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.proto.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageContextTest {
    private static final Bytes KEY = Samples.filled(32, 1);
    private static final Bytes BODY = Bytes.ofUtf8("مرحبا");
    private static final Bytes TAG = Franking.tag(KEY, BODY);
    private static final Bytes HASH = Samples.filled(32, 2);

    @ParameterizedTest
    @CsvSource({"1,50", "127,50", "128,51", "16383,51", "16384,52", "9223372036854775807,58"})
    void takesFewBytes(long seq, int bytes) throws RefusedException {
        MessageContext context = context(seq);

        assertThat(context.encode().size()).isEqualTo(bytes);
        assertThat(MessageContext.decode(context.encode())).isEqualTo(context);
    }

    @Test
    void hasTheLayoutThatIsDocumented() {
        assertThat(context(300).encode().hex())
                .isEqualTo("01" + TAG.hex() + "ac02" + HASH.slice(0, 16).hex());
    }

    @Test
    void survivesTheWireForAnyNumber() throws RefusedException {
        long seed = 10;
        Random random = new Random(seed);
        for (int run = 0; run < 2000; run++) {
            MessageContext context = context(1 + (random.nextLong() >>> (2 + random.nextInt(61))));
            assertThat(MessageContext.decode(context.encode()))
                    .as("seed %d, run %d", seed, run)
                    .isEqualTo(context);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00", "80", "8000", "ac8200", "ac82", "0101", "ffffffffffffffffff7f"})
    void refusesANumberThatIsCutZeroOrNotInItsShortestForm(String varint) {
        Bytes encoded =
                Bytes.ofHex("01" + TAG.hex() + varint + HASH.slice(0, 16).hex());

        assertThat(Refused.by(() -> MessageContext.decode(encoded)).code()).isEqualTo(ErrorCode.MALFORMED);
    }

    @Test
    void ofALaterVersionIsUnsupported() {
        byte[] encoded = context(1).encode().toByteArray();
        encoded[0] = 2;

        assertThat(Refused.by(() -> MessageContext.decode(Bytes.of(encoded))).code())
                .isEqualTo(ErrorCode.UNSUPPORTED);
    }

    @Test
    void randomBytesAreRefusedAndNothingEscapes() {
        Refused.orFineForRandomBytes(11, 20_000, context(300).encode(), MessageContext::decode);
    }

    @Test
    void fitsItsContentAndRecordOnly() throws RefusedException {
        MessageContext context = context(1);
        IdempotencyKey key = context.idempotencyKey();

        context.requireFits(KEY, BODY, key);
        assertThat(Refused.by(() -> context.requireFits(KEY, Bytes.ofUtf8("other"), key))
                        .detail())
                .isEqualTo("franking-tag");
        assertThat(Refused.by(() -> context.requireFits(Samples.filled(32, 9), BODY, key))
                        .detail())
                .isEqualTo("franking-tag");
        assertThat(Refused.by(() -> context.requireFits(Samples.filled(31, 1), BODY, key))
                        .detail())
                .isEqualTo("franking-tag");
        assertThat(Refused.by(() -> context.requireFits(KEY, BODY, new IdempotencyKey(Samples.filled(16, 0))))
                        .detail())
                .isEqualTo("idempotency-key");
    }

    @Test
    void aForkShowsInTheHashOfTheLastSeenEntry() {
        assertThat(context(1).agreesWith(HASH)).isTrue();
        assertThat(context(1).agreesWith(Samples.filled(32, 3))).isFalse();
    }

    @Test
    void theIdempotencyKeyIsTheStartOfTheTag() {
        assertThat(context(1).idempotencyKey().bytes()).isEqualTo(TAG.slice(0, 16));
    }

    @Test
    void theTagIsTheHmacOfRfc4231() {
        // HMAC-SHA-256 with the key padded to 32 zero bytes gives the same as the short key: RFC 4231 §4.3, "Jefe".
        byte[] key = new byte[32];
        System.arraycopy("Jefe".getBytes(StandardCharsets.US_ASCII), 0, key, 0, 4);

        assertThat(Franking.tag(Bytes.of(key), Bytes.ofUtf8("what do ya want for nothing?"))
                        .hex())
                .isEqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    private static MessageContext context(long seq) {
        return MessageContext.of(TAG, new LogPosition(Samples.GENESIS.channel(), 1, seq, HASH));
    }
}
