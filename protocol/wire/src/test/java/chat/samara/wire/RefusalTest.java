package chat.samara.wire;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import org.junit.jupiter.api.Test;

class RefusalTest {
    @Test
    void survivesTheWireInEveryField() {
        Refusal refusal = new Refusal(ErrorCode.LIMIT_REACHED, "too many", "rate", 7, 1500);

        assertThat(Refusal.of(refusal.toProto())).isEqualTo(refusal);
    }

    @Test
    void ofACodeFromALaterVersionBecomesInternalAndKeepsTheNumber() {
        Refusal refusal = Refusal.of(
                Error.newBuilder().setCodeValue(4711).setReason("new").build());

        assertThat(refusal.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(refusal.detail()).contains("4711");
    }

    @Test
    void cutsAnEndlessReasonAndNeverInTheMiddleOfACharacter() {
        String endless = "x" + "🌱".repeat(Limits.ERROR_TEXT_CHARS_MAX);

        Refusal refusal = Refusal.of(ErrorCode.INTERNAL, endless);

        assertThat(refusal.reason()).hasSizeLessThanOrEqualTo(Limits.ERROR_TEXT_CHARS_MAX);
        assertThat(refusal.toProto().getReasonBytes().isValidUtf8()).isTrue();
        assertThat(refusal.reason()).endsWith("🌱");
    }

    @Test
    void ofAGapSaysWhatIsWanted() {
        assertThat(Refusal.gap(5, 9).toProto().getExpected()).isEqualTo(5);
    }
}
