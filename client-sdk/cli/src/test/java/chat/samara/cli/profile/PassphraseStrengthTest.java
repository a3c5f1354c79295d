package chat.samara.cli.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
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
        "aaaaaaaaaaaaaaaa, its 16 characters, within a minute",
        "84729105, its 8 characters, within 2 days",
        "Password1!, its 10 characters, within an hour",
        "ሰላም, its 3 characters, within a minute"
    })
    void weak(String passphrase, String what, String time) {
        assertThat(PassphraseStrength.weakness(passphrase.toCharArray(), List.of())
                        .orElse("not weak"))
                .contains(what)
                .endsWith(time);
    }

    @ParameterizedTest
    @DisplayName(
            "is weak in every language if it is what people say first, one word with a number or a word said again, or"
                    + " has few letters")
    @ValueSource(
            strings = {
                "пароль123",
                "Иванов1985",
                "нежность2024!",
                "ሰላም ሰላም",
                "привет мир привет",
                "любовьлюбовь",
                "翼果随风",
                "我爱你中国",
                "كلمة السر",
                "حرية١٢٣",
                "سلام عشق",
                "привіт україна",
                "Mật Khẩu 1",
                "ፍቅር ሰላም",
                "ናጽነት123",
                "özgürlük",
                "azadî kurdistan",
                "contraseña1",
                "libertad libertad",
                "आज़ादी",
                "स्नेहलता1985",
                "abababba"
            })
    void weakInEveryLanguage(String passphrase) {
        assertThat(PassphraseStrength.weakness(passphrase.toCharArray(), List.of()))
                .as(passphrase)
                .isPresent();
    }

    @Test
    @DisplayName("is weak if it is made of the person's own names")
    void ownNames() {
        char[] passphrase = "Scheherazade berlin".toCharArray();
        assertThat(PassphraseStrength.weakness(passphrase, List.of("scheherazade", "berlin")))
                .isPresent();
        assertThat(PassphraseStrength.weakness(passphrase, List.of())).isEmpty();
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
                "بذور في الريح",
                "три ветра над степью",
                "lluvia sobre el tejado rojo"
            })
    void notWeak(String passphrase) {
        assertThat(PassphraseStrength.weakness(passphrase.toCharArray(), List.of()))
                .isEmpty();
    }
}
