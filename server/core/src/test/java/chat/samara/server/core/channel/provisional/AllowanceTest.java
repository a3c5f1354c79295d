package chat.samara.server.core.channel.provisional;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

final class AllowanceTest {
    private final Allowance<String> allowance = new Allowance<>(100, 40);

    @Test
    @DisplayName("each takes its share of a round, all together theirs, and as much again in the next")
    void rounds() {
        for (int round = 0; round < 3; round++) {
            assertThat(allowance.take("a", 30)).isTrue();
            assertThat(allowance.take("a", 11)).isFalse();
            assertThat(allowance.take("b", 40)).isTrue();
            assertThat(allowance.take("c", 30)).isTrue();
            assertThat(allowance.isUsedUp()).isTrue();
            assertThat(allowance.take("d", 1)).isFalse();
            allowance.beginRound();
        }
    }

    @Test
    @DisplayName("one frame that is larger than a share has its turn all the same")
    void larger() {
        assertThat(allowance.take("a", 60)).isTrue();
        assertThat(allowance.take("a", 1)).isFalse();
    }
}
