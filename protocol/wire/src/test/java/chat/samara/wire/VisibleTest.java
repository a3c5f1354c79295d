package chat.samara.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody else has written is shown, and does nothing. */
final class VisibleTest {
    @ParameterizedTest
    @ValueSource(
            ints = {
                0x00, 0x07, 0x0A, 0x0D, 0x1B, 0x7F, 0x85, 0x9B, // control characters
                0x2028, 0x2029, // ends of lines and paragraphs
                0x061C, 0x200E, 0x200F, 0x202A, 0x202E, 0x2066, 0x2069, // marks of direction
                0x00AD, 0x200B, 0x2060, 0x2064, 0xFEFF, 0xE0001, 0xE0041, 0xE007F, // what is not seen
                0xD800, 0xDC00, // half a character
            })
    @DisplayName("a character that is not seen, or that moves what is, becomes one that says so")
    void replaced(int codePoint) {
        String text =
                new StringBuilder("a").appendCodePoint(codePoint).append('b').toString();

        assertThat(Visible.of(text)).isEqualTo("a\uFFFDb");
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0x7F, 0x85, 0x9B, 0x2028, 0x2029, 0x061C, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A, 0x202E,
                0x2066, 0x2069, 0x00AD, 0x2060, 0xFEFF, 0xE0001, 0xE0041, 0xE007F, 0xD800, 0xDC00
            })
    @DisplayName("in JSON such a character, and each that is not seen by itself, is an escape")
    void inJson(int codePoint) {
        String text = new StringBuilder("\"a")
                .appendCodePoint(codePoint)
                .append("b\"")
                .toString();
        StringBuilder escape = new StringBuilder();
        for (char half : Character.toChars(codePoint)) {
            escape.append("\\u%04x".formatted((int) half));
        }

        assertThat(Visible.inJson(text)).isEqualTo("\"a" + escape + "b\"");
    }

    @Test
    @DisplayName("JSON without such characters stays as it is, whatever the script, with its line ends")
    void plainJson() {
        String json = "{\n\t\"name\": \"Am\u00E9lie \u0645\u06CC \u4F60\u597D \uD83D\uDE80 \u2764\uFE0F\"\r\n}";

        assertThat(Visible.inJson(json)).isEqualTo(json);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x0600, 0x0601, 0x0605, 0x06DD, 0x070F, 0x0890, 0x08E2, 0x110BD})
    @DisplayName("signs around a number, which are seen, stay")
    void numberSigns(int codePoint) {
        String text =
                new StringBuilder().appendCodePoint(codePoint).append("12").toString();

        assertThat(Visible.of(text)).isSameAs(text);
    }

    private static String tagged(int before, String tags, boolean ends) {
        StringBuilder text = new StringBuilder().appendCodePoint(before);
        tags.chars().forEach(c -> text.appendCodePoint(0xE0000 + c));
        return ends ? text.appendCodePoint(0xE007F).toString() : text.toString();
    }

    @Test
    @DisplayName(
            "a flag of a country's part keeps its tags; tags without a flag, without an end, or more than a flag has are what hides text")
    void flags() {
        String scotland = tagged(0x1F3F4, "gbsct", true);
        assertThat(Visible.of("\u0007 " + scotland + "!")).isEqualTo("\uFFFD " + scotland + "!");
        assertThat(Visible.of(tagged('a', "gbsct", true))).isEqualTo("a" + "\uFFFD".repeat(6));
        assertThat(Visible.of(tagged(0x1F3F4, "gbsct", false))).isEqualTo("\uD83C\uDFF4" + "\uFFFD".repeat(5));
        assertThat(Visible.of(tagged(0x1F3F4, "send all", true))).isEqualTo("\uD83C\uDFF4" + "\uFFFD".repeat(9));
    }

    @Test
    @DisplayName("every script and emoji stays as it was written")
    void kept() {
        String text = "Am\u00E9lie \u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645 \u0627\u0301 \u4F60\u597D "
                + "\uD83D\uDC69\u200D\uD83D\uDE80 \u2764\uFE0F";

        assertThat(Visible.of(text)).isSameAs(text);
    }
}
