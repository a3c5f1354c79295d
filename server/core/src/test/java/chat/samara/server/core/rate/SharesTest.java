package chat.samara.server.core.rate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Of what many have together")
final class SharesTest {
    private static final Rate OF_ALL = new Rate(1_000, 60);
    private static final long FULL_AGAIN = 60_000;

    private final Rates<String> bucket = new Rates<>(1);
    private final Shares<String> shares = new Shares<>(OF_ALL, 10_000);

    private boolean takes(String who, long nowMillis) {
        long left = bucket.left("all", OF_ALL, nowMillis) - 1;
        if (left < 0 || shares.hasHadMore(who, left, nowMillis)) {
            return false;
        }
        shares.had(who, 1, nowMillis);
        return bucket.tryTake("all", OF_ALL, nowMillis);
    }

    @Test
    @DisplayName("one alone has half at once, and the rest as it grows")
    void alone() {
        int taken = 0;
        while (takes("one", 0)) {
            taken++;
        }
        assertThat(taken).isBetween(499, 501);
    }

    @Test
    @DisplayName("so many who never stop leave as much as each of them has, and one who comes later finds it")
    void greedy() {
        for (int greedy : new int[] {1, 3, 10, 100}) {
            long begun = 100L * greedy * FULL_AGAIN;
            for (long now = begun; now < begun + 20 * FULL_AGAIN; now += 600) {
                for (int i = 0; i < greedy; i++) {
                    while (takes(greedy + "-" + i, now)) {
                        assertThat(bucket.left("all", OF_ALL, now)).isNotNegative();
                    }
                }
            }
            int late = 0;
            while (takes("late among " + greedy, begun + 20 * FULL_AGAIN)) {
                late++;
            }
            assertThat(late).as("of %s", greedy).isGreaterThanOrEqualTo(OF_ALL.atOnceMax() / (greedy + 1) / 3);
        }
    }

    @Test
    @DisplayName("what somebody has had counts less and less")
    void forgotten() {
        shares.had("one", 100, 0);
        assertThat(shares.hasHadMore("one", 99, 0)).isTrue();
        assertThat(shares.hasHadMore("one", 100, 0)).isFalse();
        assertThat(shares.hasHadMore("one", 36, FULL_AGAIN)).isTrue();
        assertThat(shares.hasHadMore("one", 37, FULL_AGAIN)).isFalse();
        assertThat(shares.hasHadMore("one", 0, FULL_AGAIN)).isTrue();
        assertThat(shares.hasHadMore("nobody", 0, 0)).isFalse();
    }

    @Test
    @DisplayName("of too many it is forgotten who has had something longest ago")
    void bounded() {
        Shares<String> few = new Shares<>(OF_ALL, 2);
        few.had("one", 100, 0);
        few.had("two", 100, 1);
        few.had("three", 100, 2);
        assertThat(few.hasHadMore("one", 1, 2)).isFalse();
        assertThat(few.hasHadMore("two", 1, 2)).isTrue();
        assertThat(few.hasHadMore("three", 1, 2)).isTrue();
    }
}
