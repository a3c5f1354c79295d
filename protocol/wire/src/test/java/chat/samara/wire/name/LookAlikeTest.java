package chat.samara.wire.name;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Texts that can be taken for each other")
class LookAlikeTest {
    @ParameterizedTest(name = "{0} and {1}: {2}")
    @CsvSource({
        "alice, аӏісе, 'all of it Cyrillic, with a palochka that UTS #39 takes for an i'",
        "aiice, аӏісе, 'the same beside the name that UTS #39 takes it for'",
        "coco, сосо, all of it Cyrillic",
        "kate, кате, 'Cyrillic к, which is k to nobody but the reader'",
        "ipek, i̇pek, a second dot on an i",
        "ipek, l̇pek, a dot on an l",
        "ḿ, ḿ́, the same mark again",
        "bob, b0b, zero",
        "alice, a1ice, one",
        "modern, modem, rn",
        "walter, vvalter, vv",
        "kavak, kаvak, one letter of another script",
        "اا1, 1اا, 'what stands left of what, in right-to-left letters'",
        "אב.גד, גד.אב, 'the same with a dot between'",
        "工, エ, 'a Chinese character and a kana'",
        "һеllо, hello, mixed",
        "ΚΟΤ, кот, 'Greek capitals, folded'",
        "general chat, General  Chat, case and spaces",
        "Illinois, lllinois, a capital I",
        "❤️, ❤, a variation selector",
        "work, wo‍rk, a joiner",
        "٣, ۳, digits of two kinds"
    })
    @DisplayName("are found")
    void found(String one, String other, String why) {
        assertThat(LookAlike.of(one).sees(LookAlike.of(other))).as(why).isTrue();
        assertThat(LookAlike.of(other).sees(LookAlike.of(one)))
                .as(why + ", the other way")
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "ali, all",
        "alice, alicia",
        "иван, ivan",
        "om, on",
        "müller, muller",
        "café, cafe",
        "אב, בא",
        "محمد, محمود",
        "王, 玉",
        "team-1, team-2"
    })
    @DisplayName("names that a reader tells apart are not taken for one")
    void apart(String one, String other) {
        assertThat(LookAlike.of(one).sees(LookAlike.of(other))).isFalse();
    }

    @Test
    @DisplayName("of what is all invisible nothing is left")
    void blank() {
        assertThat(LookAlike.of("\u200B\u2060\uD80D\uDC41").coarse()).isEmpty();
    }

    @Test
    @DisplayName("each code point's look is final: it looks like nothing else")
    void finalForAllOfUnicode() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (c == 'w' || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
                continue;
            }
            for (String skeleton : LookAlike.of(Character.toString(c)).skeletons()) {
                assertThat(LookAlike.of(skeleton).skeletons()).as("U+%04X", c).contains(skeleton);
            }
        }
    }
}
