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

    @Test
    void showsNothingThatBeginsALineOrTurnsOneAroundOrSpeaksToATerminal() {
        String escape = new String(new char[] {0x1b, ']', '5', '2', ';', 'c', ';', 0x07});
        String turned = "a" + (char) 0x202E + "b" + (char) 0x2028 + "c" + (char) 0x85 + "d";

        Refusal refusal = Refusal.of(Error.newBuilder()
                .setCode(ErrorCode.INTERNAL)
                .setReason("no\n2026-01-01 ALARM " + escape)
                .setDetail(turned)
                .build());

        assertThat(refusal.reason()).isEqualTo("no\uFFFD2026-01-01 ALARM \uFFFD]52;c;\uFFFD");
        assertThat(refusal.detail()).isEqualTo("a\uFFFDb\uFFFDc\uFFFDd");
    }

    @Test
    void keepsWhatNamesAreWrittenWith() {
        String persian = "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645 \uD83C\uDF31 \u0627\u0301";

        assertThat(Refusal.of(ErrorCode.INTERNAL, persian).reason()).isEqualTo(persian);
    }
}
