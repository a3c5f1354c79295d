package chat.samara.wire.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.wire.Refusal;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.proto.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerNameTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"berlin.example", "berlin", "a", "xn--mnchen-3ya.example", "1.2.3.example", "0x7f", "a-b.c--d"})
    void acceptsNamesFormedLikeDnsNames(String name) throws RefusedException {
        assertThat(ServerName.fromWire(name).value()).isEqualTo(name);
        assertThat(ServerName.parse(name).value()).isEqualTo(name);
    }

    @Test
    void foldsUpperCaseOfWhatAPersonTyped() throws RefusedException {
        assertThat(ServerName.parse("Berlin.Example")).isEqualTo(new ServerName("berlin.example"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "a.",
                ".a",
                "a..b",
                "-a",
                "a-",
                "a.-b",
                "a_b",
                "a b",
                "bérlin",
                "berlin.example.",
                "192.0.2.1",
                "42",
                "a.42",
                "[::1]",
                "ber\u202Elin",
                "Berlin.example",
                "a:443"
            })
    void refusesOtherNamesOnTheWire(String name) {
        Refusal refusal = Refused.by(() -> ServerName.fromWire(name));

        assertThat(refusal.code()).isEqualTo(ErrorCode.NAME_INVALID);
        assertThat(refusal.reason()).contains("use one like berlin.example");
    }

    @Test
    void namesTheOffendingCharacter() {
        assertThat(Refused.by(() -> ServerName.parse("b\u0435rlin")).reason())
                .contains("U+0435 CYRILLIC SMALL LETTER IE");
    }

    @Test
    void allows253CharactersAnd63BetweenDots() throws RefusedException {
        String label = "a".repeat(63);
        String longest = label + "." + label + "." + label + "." + "a".repeat(61);

        assertThat(ServerName.fromWire(longest).value()).hasSize(253);
        assertThat(Refused.by(() -> ServerName.fromWire(longest + "a")).reason())
                .contains("254", "253");
        assertThat(Refused.by(() -> ServerName.fromWire(label + "a")).reason()).contains("64", "63");
    }

    @Test
    void cannotBeMadeWronglyByOwnCode() {
        assertThatThrownBy(() -> new ServerName("Berlin")).isInstanceOf(IllegalArgumentException.class);
    }
}
