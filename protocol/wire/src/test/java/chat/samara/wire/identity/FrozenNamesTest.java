package chat.samara.wire.identity;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.wire.name.LookAlike;
import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UCharacterCategory;
import com.ibm.icu.lang.UProperty;
import com.ibm.icu.text.Normalizer2;
import com.ibm.icu.text.SpoofChecker;
import com.ibm.icu.text.UnicodeSet;
import com.ibm.icu.util.VersionInfo;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Which names are valid does not depend on the JDK")
class FrozenNamesTest {
    private static final Normalizer2 NFKC_CASEFOLD = Normalizer2.getNFKCCasefoldInstance();
    private static final UnicodeSet ALLOWED = new UnicodeSet("[[:L:][:M:][:Nd:]._\\-]").freeze();
    private static final SpoofChecker SPOOF_CHECKER = new SpoofChecker.Builder()
            .setChecks(SpoofChecker.RESTRICTION_LEVEL | SpoofChecker.MIXED_NUMBERS | SpoofChecker.INVISIBLE)
            .setRestrictionLevel(SpoofChecker.RestrictionLevel.HIGHLY_RESTRICTIVE)
            .build();

    @ParameterizedTest
    @ValueSource(ints = {0x1E4D0, 0x10D4A, 0x11F04, 0x1E290, 0x105C0})
    @DisplayName("a name may begin with a letter that is newer than the JDK")
    void letterOfNewerUnicode(int letter) {
        assertThat(NameRule.violation(Character.toString(letter).repeat(2))).isEmpty();
    }

    @Test
    @DisplayName("the verdict over each code point, alone and beside others, never changes, and is what it was before")
    void verdicts() throws NoSuchAlgorithmException {
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        // The planes between have no character yet, or private ones; FrozenTableTest judges each of them.
        int[] planes = IntStream.concat(IntStream.range(0, 0x40000), IntStream.range(0xE0000, 0xE1000))
                .toArray();
        for (int c : planes) {
            String one = Character.toString(c);
            for (String name : List.of(one, "a" + one, "ж" + one)) {
                String verdict = verdict(name);
                sha256.update((c + " " + verdict + "\n").getBytes(StandardCharsets.UTF_8));
                if (!verdict.equals(asBefore(name))) {
                    assertThat(verdict).as("%s, U+%04X", name, c).isEqualTo(asBefore(name));
                }
            }
        }
        assertThat(HexFormat.of().formatHex(sha256.digest()))
                .isEqualTo("4a481949d9f1221dabd95c457f86e6f674af379d552210d3637bda16a5d163ae");
    }

    @Test
    @DisplayName("names of several characters are judged as the rules were written before they were frozen")
    void judgesNamesAsBefore() {
        long seed = 20261126;
        Random random = new Random(seed);
        // ICU asks the JDK what a mark is: beyond Unicode 13 its verdict is another on each of them.
        int[] letters = ALLOWED.stream()
                .mapToInt(it -> it.codePointAt(0))
                .filter(c -> UCharacter.getAge(c).compareTo(VersionInfo.getInstance(13)) <= 0)
                .toArray();
        int valid = 0;
        for (int run = 0; run < 200_000; run++) {
            StringBuilder text = new StringBuilder();
            int near = random.nextInt(letters.length);
            for (int i = random.nextInt(5); i >= 0; i--) {
                int pick = random.nextInt(4);
                text.appendCodePoint(
                        pick == 0
                                ? letters[random.nextInt(letters.length)]
                                : pick == 1
                                        ? "a1.-漢かカ한ㄅ٣۳\u0301\u0301ー".codePointAt(random.nextInt(13))
                                        : letters[Math.floorMod(near + random.nextInt(40) - 20, letters.length)]);
            }
            String name = NFKC_CASEFOLD.normalize(text);
            if (name.isEmpty()) {
                continue;
            }
            String verdict = verdict(name);
            if (!verdict.equals(asBefore(name))) {
                assertThat(verdict).as("seed %d, run %d: %s", seed, run, name).isEqualTo(asBefore(name));
            }
            valid += verdict.isEmpty() ? 1 : 0;
        }
        assertThat(valid).as("enough of them are valid").isGreaterThan(20_000);
    }

    @Test
    @DisplayName("no character of a name looks like an @: the border to the server's name cannot be moved")
    void nothingLooksLikeAt() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            String one = Character.toString(c);
            if (c != '@' && LookAlike.of(one).coarse().contains("@")) {
                assertThat(verdict("a" + one)).as("U+%04X", c).isNotEmpty();
            }
        }
    }

    private static String verdict(String name) {
        return NameRule.violation(name).map(it -> it.rule().id()).orElse("");
    }

    /** The rules by ICU's tables. */
    private static String asBefore(String name) {
        for (int c : name.codePoints().toArray()) {
            int type = UCharacter.getType(c);
            if (UCharacter.hasBinaryProperty(c, UProperty.BIDI_CONTROL)) {
                return "bidi-control";
            }
            if (UCharacter.hasBinaryProperty(c, UProperty.DEFAULT_IGNORABLE_CODE_POINT)
                    || type == UCharacterCategory.CONTROL
                    || type == UCharacterCategory.FORMAT
                    || type == UCharacterCategory.SURROGATE
                    || type == UCharacterCategory.UNASSIGNED
                    || type == UCharacterCategory.PRIVATE_USE) {
                return "invisible";
            }
        }
        if (!NFKC_CASEFOLD.isNormalized(name)) {
            return "not-normalised";
        }
        if (!ALLOWED.containsAll(name)) {
            return "not-a-letter";
        }
        if (!UCharacter.isLetterOrDigit(name.codePointAt(0)) || name.endsWith(".") || name.contains("..")) {
            return "bad-edge";
        }
        SpoofChecker.CheckResult result = new SpoofChecker.CheckResult();
        if (!SPOOF_CHECKER.failsChecks(name, result)) {
            return "";
        }
        if ((result.checks & SpoofChecker.MIXED_NUMBERS) != 0) {
            return "mixed-numbers";
        }
        return (result.checks & SpoofChecker.INVISIBLE) != 0 ? "invisible" : "mixed-scripts";
    }
}
