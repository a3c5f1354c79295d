package chat.samara.cli.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

final class JsonLineTest {
    private static final String PERSIAN = "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645";
    private static final String FAMILY = "\uD83D\uDC69\u200D\uD83D\uDE80";

    @Test
    @DisplayName(
            "whatever is written, a program reads it unchanged, and a terminal is shown nothing that it obeys or that is not seen")
    void exactAndHarmless() {
        String text = PERSIAN + FAMILY
                + "\u001b]52;c;AAAA\u0007 \u009b31m \u202Eevil\u202C \u200E\u200F\u061C\u200B\uFEFF\n\u2028\"";
        String line = new JsonLine("text").with("text", text).toString();

        assertThat(JsonParser.parseString(line).getAsJsonObject().get("text").getAsString())
                .isEqualTo(text);
        assertThat(line.codePoints())
                .noneMatch(c -> Character.getType(c) == Character.CONTROL
                        || Character.getType(c) == Character.FORMAT
                        || Character.getType(c) == Character.LINE_SEPARATOR);
        assertThat(line).contains("\uD83D\uDC69", "\\u200d", "\\u200e");
    }
}
