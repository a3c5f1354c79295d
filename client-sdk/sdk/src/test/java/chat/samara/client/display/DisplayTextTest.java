package chat.samara.client.display;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("What others wrote, made safe to show")
class DisplayTextTest {
    private static final String FSI = "\u2068";
    private static final String PDI = "\u2069";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Привет, как дела?",
                "ሰላም ሁላችሁም! እንኳን ደህና መጣችሁ።",
                "Tuyệt vời, phở và bánh xèo",
                "奶奶说，大家吃饭了没有？",
                "👩‍🍳👨🏾‍🍳 ❤️‍🔥 👨‍👩‍👧‍👦 🏳️‍🌈 🇹🇳🤝🇪🇹 👍🏿 e\u0301",
                "\uD83C\uDFF4\uDB40\uDC67\uDB40\uDC62\uDB40\uDC73\uDB40\uDC63\uDB40\uDC74\uDB40\uDC7F",
                "हिन्दी में बहुत बढ़ियााााााााााााा, क्‍ष और र्‍य",
                "བོད་ཡིག ཧཱུྃ་ ཀྵྨླྺྲྀ",
                "ខ្ញុំស្រឡាញ់ភាសាខ្មែរ",
                "၁၂၃ ကျွန်ုပ်တို့",
                "1️⃣ #️⃣ 👁️‍🗨️ 🧑🏿‍❤️‍💋‍🧑🏻 葛󠄀城市",
                "ᠮᠣᠩᠭᠣᠯ᠎ᠠ ᠪᠢᠴᠢᠭ᠌",
                "a line\nand another",
            })
    @DisplayName("text from left to right, emoji and their joiners stay exactly as they were written")
    void leavesScriptsAndEmojiAlone(String text) {
        assertThat(DisplayText.ofText(text)).isEqualTo(text);
    }

    @Test
    @DisplayName("right-to-left text stays as it was written, isolated from what stands beside it")
    void isolatesRightToLeftText() {
        assertThat(DisplayText.ofText("أهلاً وسهلاً!")).isEqualTo(FSI + "أهلاً وسهلاً!" + PDI);
        assertThat(DisplayText.ofText("one\nשלום")).isEqualTo("one\n" + FSI + "שלום" + PDI);
    }

    @Test
    @DisplayName("escape sequences become visible and do nothing")
    void showsControlCharacters() {
        assertThat(DisplayText.ofText("\u001b[2J\u001b]52;c;ZXZpbA==\u0007")).isEqualTo("␛[2J␛]52;c;ZXZpbA==␇");
        assertThat(DisplayText.ofText("\u009b31m\u007f")).isEqualTo("\uFFFD31m␡");
        assertThat(DisplayText.ofText("\b\b\bcheat")).isEqualTo("␈␈␈cheat");
    }

    @Test
    @DisplayName("a carriage return cannot overwrite the sender's name")
    void turnsCarriageReturnsIntoLineEnds() {
        assertThat(DisplayText.ofText("hello\rroot@server: trust me")).isEqualTo("hello\nroot@server: trust me");
        assertThat(DisplayText.ofText("a\r\nb\u2028c\u0085d")).isEqualTo("a\nb\nc\nd");
    }

    @Test
    @DisplayName("a name stays in one line")
    void keepsNamesInOneLine() {
        assertThat(DisplayText.ofLine("kitchen\r\n\nalice: hi")).isEqualTo("kitchen alice: hi");
    }

    @Test
    @DisplayName("overrides vanish, and what is left open is closed at the end of its line")
    void balancesBidiControls() {
        assertThat(DisplayText.ofText("\u202Etxt.exe")).isEqualTo("txt.exe");
        assertThat(DisplayText.ofText("\u2067abc\nnext")).isEqualTo(FSI + "\u2067abc" + PDI + PDI + "\nnext");
        assertThat(DisplayText.ofText("\u2067\u202Babc" + PDI)).isEqualTo(FSI + "\u2067\u202Babc\u202C" + PDI + PDI);
    }

    @Test
    @DisplayName("a closing control that opens nothing is dropped, so that it cannot end our own isolate")
    void dropsUnmatchedClosings() {
        assertThat(DisplayText.ofText(PDI + "\u202Cשלום" + PDI)).isEqualTo(FSI + "שלום" + PDI);
    }

    @Test
    @DisplayName("marks heaped on one letter are cut")
    void cutsHeapedMarks() {
        String heaped = "Z" + "\u0336".repeat(500) + "a";

        assertThat(DisplayText.ofText(heaped)).isEqualTo("Z" + "\u0336".repeat(DisplayText.MARKS_MAX) + "a");
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0x200D, 0x200C, 0xFE0F, 0xFE00, 0xE0100, 0x34F, 0x2060, 0x200B, 0x200E, 0xAD, 0x180B, 0x3164, 0xFFA0,
                0x17B4, 0x2064, 0x1D173, 0xE0FFF, 0x903
            })
    @DisplayName("marks heaped on one letter are cut, whatever invisible characters stand between them")
    void cutsMarksHeapedWithSomethingBetween(int between) {
        for (int every : new int[] {1, 7, 8}) {
            String heap = ("\u0336".repeat(every) + Character.toString(between)).repeat(160);

            String shown = DisplayText.ofText("Z" + heap + "a");

            assertThat(shown.chars().filter(c -> c == 0x336).count())
                    .as("U+%04X after every %d", between, every)
                    .isEqualTo(DisplayText.MARKS_MAX);
            assertThat(shown).startsWith("Z").endsWith("a");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x1161, 0x11A8, 0x11FF, 0xD7B0, 0xD7FB, 0x378, 0x1ACF, 0x10EFD})
    @DisplayName("what is drawn into the letter before it without being a mark is counted with the marks")
    void cutsMarksHeapedWithWhatTakesNoRoom(int between) {
        String heap = ("\u0336".repeat(DisplayText.MARKS_MAX) + Character.toString(between)).repeat(20);

        String shown = DisplayText.ofText("Z" + heap + "a");

        assertThat(shown.codePointCount(0, shown.length())).isEqualTo(1 + DisplayText.MARKS_MAX + 1);
    }

    @Test
    @DisplayName("syllables of single letters, emoji and signs of an application's own stay whole")
    void keepsWhatHasItsPlace() {
        for (String text : List.of(
                "\u1112\u1161\u11AB\u1100\u1173\u11AF".repeat(20),
                Character.toString(0x1FAEA).repeat(20),
                Character.toString(0x1FAFD).repeat(20),
                "\uE000".repeat(20),
                Character.toString(0x323B0).repeat(20))) {
            assertThat(DisplayText.ofText(text)).isEqualTo(text);
        }
    }

    @Test
    @DisplayName("marks that are newer than the JDK are counted, too")
    void cutsMarksOfNewerUnicode() {
        String mark = Character.toString(0x10EFD);

        assertThat(DisplayText.ofText("ب" + mark.repeat(160))).hasSizeLessThan(2 * DisplayText.MARKS_MAX + 4);
    }

    @Test
    @DisplayName("a heap of invisible characters is cut")
    void cutsHeapedInvisibles() {
        assertThat(DisplayText.ofText("a" + "\u200D\u200C".repeat(500) + "b")).hasSize(2 + DisplayText.INVISIBLES_MAX);
    }

    @Test
    @DisplayName("invisible tags and half characters vanish or become visible")
    void showsWhatIsBroken() {
        assertThat(DisplayText.ofText("hi\uDB40\uDC68\uDB40\uDC69")).isEqualTo("hi");
        assertThat(DisplayText.ofText("a\uD83Db\uFFFE")).isEqualTo("a\uFFFDb\uFFFD");
    }

    @Test
    @DisplayName("whatever comes in, no control character but the line end comes out")
    void neverLetsAControlThrough() {
        long seed = 20261121;
        Random random = new Random(seed);
        for (int run = 0; run < 2_000; run++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(40); i >= 0; i--) {
                text.append((char) random.nextInt(random.nextBoolean() ? 0x100 : 0x10000));
            }
            String shown = DisplayText.ofText(text.toString());
            assertThat(shown.chars().filter(c -> c != '\n'))
                    .as("seed %d, run %d", seed, run)
                    .noneMatch(c -> Character.isISOControl(c) || c == 0x202D || c == 0x202E);
            assertThat(DisplayText.ofText(shown))
                    .as("again: seed %d, run %d", seed, run)
                    .isEqualTo(shown);
        }
    }
}
