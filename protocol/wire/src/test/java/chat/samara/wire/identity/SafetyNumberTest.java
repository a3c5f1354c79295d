package chat.samara.wire.identity;

import static chat.samara.wire.Samples.ALICE;
import static chat.samara.wire.Samples.ALICE_IDENTITY;
import static chat.samara.wire.Samples.BOB;
import static chat.samara.wire.Samples.BOB_IDENTITY;
import static chat.samara.wire.Samples.TUNIS;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SafetyNumberTest {
    private final SafetyNumber number =
            SafetyNumber.of(ALICE, ALICE_IDENTITY.publicKey(), BOB, BOB_IDENTITY.publicKey());

    @Test
    void hasSixtyDigitsInTwelveGroups() {
        assertThat(number.digits()).matches("\\d{60}");
        assertThat(number.toString()).matches("(\\d{5} ){11}\\d{5}");
        assertThat(number.toString().replace(" ", "")).isEqualTo(number.digits());
    }

    @Test
    void isTheSameForBothMembers() {
        assertThat(SafetyNumber.of(BOB, BOB_IDENTITY.publicKey(), ALICE, ALICE_IDENTITY.publicKey()))
                .isEqualTo(number);
    }

    @Test
    void changesWithAnIdentityKeyAndWithAName() {
        assertThat(SafetyNumber.of(ALICE, BOB_IDENTITY.publicKey(), BOB, BOB_IDENTITY.publicKey()))
                .isNotEqualTo(number);
        assertThat(SafetyNumber.of(
                        new UserId("alice", TUNIS), ALICE_IDENTITY.publicKey(), BOB, BOB_IDENTITY.publicKey()))
                .isNotEqualTo(number);
    }

    @Test
    void isTheOneThatEveryVersionShows() {
        assertThat(number.toString())
                .isEqualTo("18381 12067 24282 53325 12884 22162 34028 95015 08705 62307 35133 43748");
    }
}
