package chat.samara.systemtests.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.Character.UnicodeScript;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What is said in the demo")
class ConversationTest {
    private final Conversation conversation = Conversation.load();

    @Test
    @DisplayName("is written in Arabic, Russian, Amharic, Vietnamese and Chinese, with combined emoji")
    void hasManyScripts() {
        String all = String.join("", conversation.secrets());
        Set<UnicodeScript> scripts =
                all.codePoints().mapToObj(UnicodeScript::of).collect(Collectors.toSet());

        assertThat(scripts)
                .contains(
                        UnicodeScript.ARABIC,
                        UnicodeScript.CYRILLIC,
                        UnicodeScript.ETHIOPIC,
                        UnicodeScript.LATIN,
                        UnicodeScript.HAN);
        assertThat(all).contains("ạ", "ờ").contains("\u200D").contains("\uD83C\uDFFE");
    }

    @Test
    @DisplayName("has one letter of 100 KB, the same in every run")
    void hasLetter() {
        assertThat(conversation.opening().stream()
                        .map(line -> line.text().getBytes(StandardCharsets.UTF_8).length)
                        .filter(bytes -> bytes >= 100 * 1024))
                .hasSize(1);
        assertThat(Conversation.load()).isEqualTo(conversation);
    }

    @Test
    @DisplayName("has no text twice, and none too short to be looked for")
    void canBeChecked() {
        assertThat(conversation.secrets())
                .doesNotHaveDuplicates()
                .allMatch(text -> text.getBytes(StandardCharsets.UTF_8).length >= PlainTextScanner.WINDOW_BYTES);
    }

    @Test
    @DisplayName("lets everybody speak before, while and after the server is down, and begins the outage in Tunis")
    void letsEverybodySpeak() {
        assertThat(conversation.whileBerlinIsDown())
                .extracting(Conversation.Line::from)
                .contains("dawit", "leila", "minh")
                .first()
                .isEqualTo("leila");
        assertThat(conversation.afterTheRemoval())
                .extracting(Conversation.Line::from)
                .contains("dawit", "leila")
                .doesNotContain("minh");
    }
}
