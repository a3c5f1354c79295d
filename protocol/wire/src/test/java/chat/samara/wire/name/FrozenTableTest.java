package chat.samara.wire.name;

import static org.assertj.core.api.Assertions.assertThat;

import com.ibm.icu.text.Normalizer2;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** One digest each over all of Unicode: the same on every JDK, whatever its version of Unicode. */
@DisplayName("The table of characters is frozen")
class FrozenTableTest {
    private static final Normalizer2 NFC = Normalizer2.getNFCInstance();
    private static final Normalizer2 NFD = Normalizer2.getNFDInstance();
    private static final Normalizer2 NFKC_CASEFOLD = Normalizer2.getNFKCCasefoldInstance();

    @Test
    @DisplayName("it is what Unicode 16 says, as ICU has it")
    void isWhatUnicodeSays() throws IOException {
        assertThat(NameDataMaker.version()).isEqualTo("16.0");
        try (InputStream in = NameData.class.getResourceAsStream("names-1.txt")) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo(NameDataMaker.text());
        }
    }

    @Test
    @DisplayName("what each code point is never changes")
    void kinds() {
        assertThat(digest(c -> CharacterKind.of(c).name()))
                .isEqualTo("71e9b79d8c4c8ebbc8fd33a5b79fd18d86a7219d9eea12629ddba7dbee452164");
    }

    @Test
    @DisplayName("the scripts of each code point never change")
    void scripts() {
        assertThat(digest(c -> NameData.frozen()
                        .scripts(c)
                        .map(it -> String.join("+", new TreeSet<>(it)))
                        .orElse("")))
                .isEqualTo("dd9f49cc6857130ccf116bafb36ae45300d9004510758e8ef39cc55824a15c30");
    }

    @Test
    @DisplayName("the one form of each code point never changes")
    void folding() {
        assertThat(digest(c -> Normalization.foldCompatibly(Character.toString(c))))
                .isEqualTo("687dfa85645a0acff16d76cdc0bfa1d3df22c58f393224970f353208a2126264");
    }

    @Test
    @DisplayName("what each code point looks like never changes")
    void looks() {
        assertThat(digest(c -> {
                    LookAlike look = LookAlike.of(Character.toString(c));
                    return new TreeSet<>(look.skeletons()) + look.coarse() + look.latin();
                }))
                .isEqualTo("dc352e21609f6412ac75f740e6f18f1994c9cbfa5fd083ec0ce2be2db09c36b0");
    }

    @Test
    @DisplayName("each code point is decomposed, composed and folded as ICU does it")
    void normalizesEachCodePoint() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (isSurrogate(c)) {
                continue;
            }
            check(Character.toString(c), Integer.toHexString(c));
        }
    }

    @Test
    @DisplayName("texts of marks, Hangul and others are decomposed, composed and folded as ICU does it")
    void normalizesTexts() {
        long seed = 20261126;
        Random random = new Random(seed);
        int[] common = "aAeıiİσςßﬁ가각각ᆩ\u0301\u0307\u0323\u0345\u0327\u0338\u05BC\u0F71\u0F72\u3099\u093C\u1161\u11A8"
                .codePoints()
                .toArray();
        for (int run = 0; run < 50_000; run++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(8); i >= 0; i--) {
                int c = random.nextInt(3) > 0
                        ? common[random.nextInt(common.length)]
                        : random.nextInt(random.nextBoolean() ? 0x3000 : 0x20000);
                text.appendCodePoint(isSurrogate(c) ? 'x' : c);
            }
            check(text.toString(), "seed " + seed + ", run " + run);
        }
    }

    private static void check(String text, String what) {
        same(Normalization.decompose(text), NFD.normalize(text), what);
        same(Normalization.compose(text), NFC.normalize(text), what);
        same(Normalization.foldCompatibly(text), NFKC_CASEFOLD.normalize(text), what);
    }

    private static void same(String actual, String expected, String what) {
        if (!actual.equals(expected)) {
            assertThat(actual).as(what).isEqualTo(expected);
        }
    }

    private static boolean isSurrogate(int c) {
        return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    }

    private static String digest(IntFunction<String> says) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
                if (!isSurrogate(c)) {
                    sha256.update((c + " " + says.apply(c) + "\n").getBytes(StandardCharsets.UTF_8));
                }
            }
            return HexFormat.of().formatHex(sha256.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
