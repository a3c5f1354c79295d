package chat.samara.server.core.rate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What the members of a group have of what it may")
final class CommonRatesTest {
    private final CommonRates<String, String> rates = new CommonRates<>(new Rate(100, 10), 10, 10);

    @Test
    @DisplayName("is taken from the group, and counts as the member's share, at once")
    void taken() {
        assertThat(rates.tryTake("tunis", "dina", 30, 0)).isTrue();
        assertThat(rates.left("tunis", 0)).isEqualTo(70);
        assertThat(rates.hasHadMore("dina", 29, 0)).isTrue();
        assertThat(rates.hasHadMore("amal", 0, 0)).isFalse();
        assertThat(rates.left("berlin", 0)).as("another group's is its own").isEqualTo(100);
    }

    @Test
    @DisplayName("is nothing where the group has not so much left: the member's share is as before")
    void refused() {
        assertThat(rates.tryTake("tunis", "dina", 80, 0)).isTrue();
        assertThat(rates.tryTake("tunis", "amal", 30, 0)).isFalse();
        assertThat(rates.left("tunis", 0)).isEqualTo(20);
        assertThat(rates.hasHadMore("amal", 0, 0)).isFalse();
    }

    @Test
    @DisplayName("may be owed by the group, and is the member's share in full")
    void owed() {
        rates.owe("tunis", "dina", 130, 0);
        assertThat(rates.left("tunis", 0)).isEqualTo(-30);
        assertThat(rates.hasHadMore("dina", 129, 0)).isTrue();
    }

    @Test
    @DisplayName("that is more than a bucket holds takes the whole bucket, and counts in full")
    void moreThanABucket() {
        assertThat(rates.tryTake("tunis", "dina", 250, 0)).isTrue();
        assertThat(rates.left("tunis", 0)).isZero();
        assertThat(rates.hasHadMore("dina", 249, 0)).isTrue();
    }
}
