package chat.samara.server.core.rate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A rate")
final class RatesTest {
    private static final Rate RATE = new Rate(3, 100);

    private final Rates<String> rates = new Rates<>(2);

    private void take(String who, int wanted, long atMillis) throws RefusedException {
        rates.take(who, wanted, RATE, atMillis, "knocks", "knocks<=3");
    }

    private Refusal refused(String who, int wanted, long atMillis) {
        return catchThrowableOfType(RefusedException.class, () -> take(who, wanted, atMillis))
                .refusal();
    }

    @Test
    @DisplayName("lets so many come at once, then one in a while, and says when")
    void bursts() throws RefusedException {
        take("alice", 3, 1_000);
        assertThat(refused("alice", 1, 1_030).retryAfterMillis()).isEqualTo(70);
        assertThat(refused("alice", 2, 1_030).retryAfterMillis()).isEqualTo(170);
        assertThatCode(() -> take("alice", 1, 1_100)).doesNotThrowAnyException();
        assertThat(refused("alice", 1, 1_100).retryAfterMillis()).isEqualTo(100);
    }

    @Test
    @DisplayName("takes nothing where it refuses, and never holds more than it lets come at once")
    void allOrNone() throws RefusedException {
        take("alice", 2, 1_000);
        assertThat(refused("alice", 2, 1_000).detail()).isEqualTo("knocks<=3");
        take("alice", 1, 1_000);
        take("alice", 3, 1_000_000);
        assertThat(refused("alice", 1, 1_000_000).retryAfterMillis()).isEqualTo(100);
    }

    @Test
    @DisplayName("is each one's own, and remembers so many: who came last is kept")
    void forgets() throws RefusedException {
        take("alice", 3, 0);
        take("bob", 3, 0);
        assertThat(refused("alice", 1, 0).reason()).contains("too many knocks");
        take("carol", 3, 0);
        assertThat(refused("alice", 1, 0).retryAfterMillis()).isEqualTo(100);
        assertThatCode(() -> take("bob", 3, 0)).doesNotThrowAnyException();
    }
}
