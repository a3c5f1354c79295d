package chat.samara.systemtests.sim.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Whoever was in a channel")
final class StretchTest {
    private static final Stretch FIRST = new Stretch(2, 1, 9);
    private static final Stretch AGAIN = new Stretch(12, 7, Stretch.STILL_MEMBER);

    @Test
    @DisplayName("and has made a commit was removed since if its membership of then is over, whatever came later")
    void isOver() {
        assertThat(Stretch.isRemovedSince(List.of(FIRST), 3)).isTrue();
        assertThat(Stretch.isRemovedSince(List.of(FIRST, AGAIN), 3)).isTrue();
        assertThat(Stretch.isRemovedSince(List.of(FIRST, AGAIN.endedAt(20)), 8)).isTrue();
    }

    @Test
    @DisplayName("has to learn of each stay that is over, also where it is no member before it nor after")
    void firstOver() {
        Stretch between = AGAIN.endedAt(20);
        assertThat(Stretch.firstOver(List.of(FIRST, between), FIRST::equals)).contains(between);
        assertThat(Stretch.firstOver(List.of(FIRST, between), stretch -> true)).isEmpty();
        assertThat(Stretch.firstOver(List.of(FIRST, AGAIN), FIRST::equals)).isEmpty();
    }

    @Test
    @DisplayName(
            "was not removed since if it is a member still by the addition of before that epoch, also if it was removed once")
    void isMember() {
        assertThat(Stretch.isRemovedSince(List.of(AGAIN), 8)).isFalse();
        assertThat(Stretch.isRemovedSince(List.of(FIRST, AGAIN), 7)).isFalse();
        assertThat(Stretch.isRemovedSince(List.of(), 3)).isFalse();
    }
}
