package chat.samara.server.core.rate;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.Limits;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How much is under way on a line of which nobody knows how quick it is. */
final class PaceTest {
    private static final long MAX = 1L << 20;
    private static final long QUICK = Limits.LINE_QUICK_MILLIS - 1;
    private static final long SLOW = Limits.LINE_SLOW_MILLIS + 1;

    private final Pace pace = new Pace(MAX);

    @Test
    @DisplayName("it doubles with all that was under way and is answered in a moment, up to its bound")
    void grows() {
        for (int i = 0; i < 4; i++) {
            pace.answered(Limits.LINE_BYTES_FIRST / 4, true, 0, QUICK);
        }
        assertThat(pace.bytes()).isEqualTo(2L * Limits.LINE_BYTES_FIRST);
        pace.answered(MAX, true, 0, QUICK);
        assertThat(pace.bytes()).isEqualTo(MAX);
    }

    @Test
    @DisplayName("what is answered in a moment tells nothing where little was under way")
    void untried() {
        assertThat(pace.isTried(Limits.LINE_BYTES_FIRST / 2 - 1)).isFalse();
        assertThat(pace.isTried(Limits.LINE_BYTES_FIRST / 2)).isTrue();
        pace.answered(Limits.LINE_BYTES_FIRST / 4, false, 0, QUICK);
        assertThat(pace.bytes()).isEqualTo(Limits.LINE_BYTES_FIRST);
    }

    @Test
    @DisplayName("what took neither a moment nor long leaves it as it is")
    void between() {
        pace.answered(1_000, true, 0, Limits.LINE_QUICK_MILLIS);
        pace.answered(1_000, true, 0, Limits.LINE_SLOW_MILLIS);
        assertThat(pace.bytes()).isEqualTo(Limits.LINE_BYTES_FIRST);
    }

    @Test
    @DisplayName("it is halved once for all that was under way together, down to its bound, where the line goes on")
    void shrinks() {
        pace.answered(1_000, true, 0, SLOW);
        pace.answered(1_000, true, 0, SLOW + 1);
        assertThat(pace.bytes()).isEqualTo(Limits.LINE_BYTES_FIRST / 2);
        for (int i = 1; i < 10; i++) {
            pace.answered(1_000, true, i * SLOW, (i + 1) * SLOW);
        }
        assertThat(pace.bytes()).isEqualTo(Limits.LINE_BYTES_MIN);
    }
}
