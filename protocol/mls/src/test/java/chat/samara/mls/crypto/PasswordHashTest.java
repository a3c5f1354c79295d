package chat.samara.mls.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A password hash")
class PasswordHashTest {
    private static final byte[] PASSWORD = "password".getBytes(StandardCharsets.UTF_8);
    private static final Bytes SALT = Bytes.ofUtf8("somesaltsomesalt");

    @Test
    @DisplayName("depends on password, salt and every cost")
    void dependsOnAllInputs() {
        PasswordHash hash = new PasswordHash(64, 1, 1);
        byte[] derived = hash.derive(PASSWORD, SALT, 32);
        assertThat(hash.derive(PASSWORD, SALT, 32)).isEqualTo(derived);
        assertThat(hash.derive("passwore".getBytes(StandardCharsets.UTF_8), SALT, 32))
                .isNotEqualTo(derived);
        assertThat(hash.derive(PASSWORD, Bytes.ofUtf8("othersaltothersa"), 32)).isNotEqualTo(derived);
        assertThat(new PasswordHash(128, 1, 1).derive(PASSWORD, SALT, 32)).isNotEqualTo(derived);
        assertThat(new PasswordHash(64, 2, 1).derive(PASSWORD, SALT, 32)).isNotEqualTo(derived);
    }

    @Test
    @DisplayName("refuses a short salt and impossible costs")
    void refusesBadParameters() {
        assertThatThrownBy(() -> new PasswordHash(7, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PasswordHash(64, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PasswordHash(64, 1, 1).derive(PASSWORD, Bytes.ofUtf8("short"), 32))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
