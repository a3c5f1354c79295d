package chat.samara.mls.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.Effort;
import chat.samara.mls.SeededRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Everything in a message of a member, and in a Welcome for one, is authenticated: so no change of it is taken, whatever {@code
 * bcmls} would do with it.
 */
@DisplayName("A mutated message")
class ReceivedTest {
    private static final int ROUNDS = 60;

    private static void assertRefused(Decoder decoder, Map<String, byte[]> valid) {
        Effort.play(1, seed -> {
            SeededRandom random = new SeededRandom(seed);
            for (Map.Entry<String, byte[]> message : valid.entrySet()) {
                for (int round = 0; round < ROUNDS; round++) {
                    byte[] mutated = Mutation.of(message.getValue(), random);
                    if (!Arrays.equals(mutated, message.getValue())) {
                        assertThat(DecoderProperties.accepts(decoder, mutated))
                                .as("%s %s", message.getKey(), HexFormat.of().formatHex(mutated))
                                .isFalse();
                    }
                }
                assertThat(DecoderProperties.accepts(decoder, message.getValue()))
                        .isTrue();
            }
        });
    }

    @Test
    @DisplayName("(application, proposal or commit) is refused by a member, who takes the genuine one")
    void messages() {
        assertRefused(Decoder.RECEIVED_MESSAGE, Received.messages());
    }

    @Test
    @DisplayName("(a Welcome) is refused by the newcomer, who takes the genuine one")
    void welcomes() {
        assertRefused(Decoder.RECEIVED_WELCOME, Received.welcomes());
    }
}
