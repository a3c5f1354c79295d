package chat.samara.cli.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Cutting a text into rows")
class RowWrapTest {
    @Test
    @DisplayName("breaks between words, and keeps the text's own line ends")
    void breaksBetweenWords() {
        assertThat(RowWrap.rows("one two three\nfour", 8)).containsExactly("one two", "three", "four");
        assertThat(RowWrap.rows("", 8)).containsExactly("");
        assertThat(RowWrap.rows("a\n\nb", 8)).containsExactly("a", "", "b");
    }

    @Test
    @DisplayName("cuts a word that is longer than a row, but never within an emoji or between a letter and its marks")
    void cutsLongWords() {
        assertThat(RowWrap.rows("abcdefghij", 4)).containsExactly("abcd", "efgh", "ij");
        assertThat(RowWrap.rows("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 12)).containsExactly("👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦");
        assertThat(RowWrap.rows("e\u0301e\u0301e\u0301", 2)).containsExactly("e\u0301e\u0301", "e\u0301");
    }

    @Test
    @DisplayName("counts wide characters as two columns")
    void countsWideCharacters() {
        assertThat(RowWrap.rows("奶奶说大家", 4)).containsExactly("奶奶", "说大", "家");
        assertThat(RowWrap.width("e\u0301")).isEqualTo(1);
    }

    @Test
    @DisplayName("no row is wider than allowed, and nothing but spaces at row ends is lost")
    void losesNothing() {
        String text = "Chào cả nhà! ሰላም ሁላችሁም እንኳን أهلاً وسهلاً يا داويت 奶奶说，大家吃饭了没有？ 👩🏾‍🍳🥖".repeat(5);
        for (int columns = 10; columns < 60; columns++) {
            List<String> rows = RowWrap.rows(text, columns);
            int limit = columns;
            assertThat(rows).allMatch(row -> RowWrap.width(row) <= limit);
            assertThat(String.join("", rows).replace(" ", "")).isEqualTo(text.replace(" ", ""));
        }
    }
}
