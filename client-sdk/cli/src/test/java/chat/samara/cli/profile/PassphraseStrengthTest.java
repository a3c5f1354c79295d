package chat.samara.cli.profile;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A new passphrase")
class PassphraseStrengthTest {
    @ParameterizedTest
    @DisplayName(
            "is weak if it is short, goes on as it began, or is hardly more than what everybody tries first; and it is said how weak")
    @CsvSource({
        "x, it is one character, within a minute",
        "geheim, its 6 characters are easily guessed, within 4 days",
        "12345678, its 8 characters, within a minute",
        "aaaaaaaaaaaaaaaa, its 16 characters, within a day",
        "84729105, its 8 characters, within 2 days",
        "Password1!, its 10 characters, within an hour",
        "ሰላም, its 3 characters, within an hour"
    })
    void weak(String passphrase, String what, String time) {
        assertThat(PassphraseStrength.weakness(passphrase.toCharArray()).orElse("not weak"))
                .contains(what)
                .endsWith(time);
    }

    @ParameterizedTest
    @DisplayName(
            "is taken without a word if nobody finds it in a year by trying all that are like it, in whatever script")
    @ValueSource(
            strings = {
                "correct horse",
                "new words",
                "seeds on the wind 1968",
                "qhwkzpta",
                "847291058372",
                "翼果随风飘散",
                "بذور في الريح"
            })
    void notWeak(String passphrase) {
        assertThat(PassphraseStrength.weakness(passphrase.toCharArray())).isEmpty();
    }
}
