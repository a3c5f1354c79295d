package chat.samara.wire.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.wire.Refusal;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.proto.ErrorCode;
import java.text.Normalizer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserIdTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "alice",
                "a",
                "alice.b_c-d",
                "42",
                "nguyễn.văn",
                "محمد",
                "أحمد٣",
                "አበበ",
                "иван",
                "ёжик",
                "王小明",
                "たなか太郎",
                "김철수",
                "שרה",
                "μαρία",
                "हिन्दी",
                "ქეთი",
                "bob王",
                "ñandú",
                "łukasz",
                "øyvind",
                "ወርቅነህ"
            })
    void acceptsNamesOfManyLanguages(String local) throws RefusedException {
        UserId user = UserId.fromWire(local + "@berlin.example");

        assertThat(user.local()).isEqualTo(local);
        assertThat(UserId.parse(user.toString())).isEqualTo(user);
    }

    @ParameterizedTest
    @CsvSource({"Alice,alice", "ΑΛΈΞΗΣ,αλέξησ", "Straße,strasse", "ﬁona,fiona", "Ａｌｉｃｅ,alice", "ИВАН,иван"})
    void hasOneFormHoweverItIsTyped(String typed, String local) throws RefusedException {
        assertThat(UserId.parse(typed + "@Berlin.example")).isEqualTo(new UserId(local, Samples.BERLIN));
    }

    @Test
    void composesWhatIsTypedInPieces() throws RefusedException {
        String pieces = Normalizer.normalize("nguyễn", Normalizer.Form.NFD);

        assertThat(UserId.parseLocal(pieces)).isEqualTo("nguyễn");
        assertThat(rule(pieces)).isEqualTo("not-normalised");
    }

    @ParameterizedTest
    @CsvSource({
        "'',empty",
        "Alice,not-normalised",
        "ﬁona,not-normalised",
        "al\u202Eice,bidi-control",
        "\u2067alice,bidi-control",
        "al\u061Cice,bidi-control",
        "al\u200Dice,invisible",
        "al\u200Cice,invisible",
        "al\u00ADice,invisible",
        "alice\uFE0F,invisible",
        "al\u0000ice,invisible",
        "\uFEFFalice,invisible",
        "al\u3164ice,invisible",
        "al\u180Eice,invisible",
        "al\uE000ice,invisible",
        "q\u0301\u0301,invisible",
        "al ice,not-a-letter",
        "al/ice,not-a-letter",
        "al+ice,not-a-letter",
        "alice🌱,not-a-letter",
        ".alice,bad-edge",
        "-alice,bad-edge",
        "alice.,bad-edge",
        "a..b,bad-edge",
        "\u0430lice,mixed-scripts",
        "alic\u0435,mixed-scripts",
        "p\u03B1ypal,mixed-scripts",
        "иван王,mixed-scripts",
        "a1\u0661,mixed-numbers",
    })
    void refusesANameThatBreaksARuleAndNamesTheRule(String local, String rule) {
        assertThat(rule(local)).isEqualTo(rule);
    }

    @Test
    void namesTheOffendingCodePointAndShowsNothingThatTurnsText() {
        Refusal refusal = Refused.by(() -> UserId.parse("al\u202Eice@berlin.example"));

        assertThat(refusal.reason()).contains("U+202E RIGHT-TO-LEFT OVERRIDE").doesNotContain("\u202E");
        assertThat(Refused.by(() -> UserId.parse("\u0430lice@berlin.example")).reason())
                .contains("U+006C LATIN SMALL LETTER L");
    }

    @Test
    void invisibleCharactersAreRefusedAndNotDroppedWhenTyped() {
        assertThat(Refused.by(() -> UserId.parse("al\u200Dice@berlin.example")).detail())
                .isEqualTo("invisible");
    }

    @Test
    void mayHave64CodePointsHoweverLongTheyAreInBytes() throws RefusedException {
        String longest = "𞤢".repeat(64);

        assertThat(UserId.fromWire(longest + "@berlin.example").local()).isEqualTo(longest);
        assertThat(rule(longest + "𞤢")).isEqualTo("too-long");
        assertThat(rule("a".repeat(65))).isEqualTo("too-long");
        assertThat(rule("a".repeat(100_000))).isEqualTo("too-long");
    }

    @Test
    void needsAServer() {
        assertThat(Refused.by(() -> UserId.parse("alice")).reason())
                .contains("alice", "no '@'", "alice@berlin.example");
        assertThat(Refused.by(() -> UserId.parse("alice@")).code()).isEqualTo(ErrorCode.NAME_INVALID);
        assertThat(Refused.by(() -> UserId.parse("alice@b@c")).code()).isEqualTo(ErrorCode.NAME_INVALID);
    }

    @Test
    void wholeScriptLookAlikesShareAKey() throws RefusedException {
        UserId latin = UserId.parse("coco@berlin.example");
        UserId cyrillic = UserId.parse("\u0441\u043E\u0441\u043E@berlin.example");

        assertThat(cyrillic).isNotEqualTo(latin);
        assertThat(cyrillic.looksLike(latin)).isTrue();
        assertThat(latin.looksLike(latin)).isFalse();
        assertThat(UserId.parse("coca@berlin.example").looksLike(latin)).isFalse();
    }

    @Test
    void tellsLookAlikesOfTheServerPartToo() throws RefusedException {
        UserId alice = UserId.parse("alice@berlin.example");

        assertThat(UserId.parse("alice@berl1n.example").looksLike(alice)).isFalse();
        assertThat(UserId.parse("alice@berlin.exarnple").looksLike(alice)).isTrue();
        assertThat(UserId.parse("a1ice@berlin.exarnple").looksLike(alice)).isTrue();
        assertThat(UserId.parse("alice@tunis.example").looksLike(alice)).isFalse();
    }

    @Test
    void anyTextEndsInAnIdInItsOneFormOrARefusal() {
        long seed = 20261121;
        Random random = new Random(seed);
        for (int run = 0; run < 20_000; run++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(6); i >= 0; i--) {
                text.append((char) (random.nextInt(3) == 0 ? random.nextInt(0x10000) : 'a' + random.nextInt(26)));
            }
            String typed = text + "@berlin.example";
            try {
                UserId user = UserId.parse(typed);
                assertThat(UserId.fromWire(user.toString())).isEqualTo(user);
            } catch (RefusedException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.NAME_INVALID);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", run " + run + ", \"" + typed + "\"", e);
            }
        }
    }

    @Test
    void cannotBeMadeWronglyByOwnCode() {
        assertThatThrownBy(() -> new UserId("Alice", Samples.BERLIN)).isInstanceOf(IllegalArgumentException.class);
    }

    private static String rule(String local) {
        Refusal refusal = Refused.by(() -> UserId.fromWire(local + "@berlin.example"));
        assertThat(refusal.code()).isEqualTo(ErrorCode.NAME_INVALID);
        return refusal.detail();
    }
}
