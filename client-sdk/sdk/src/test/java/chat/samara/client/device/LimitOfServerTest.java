package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.log.ChannelId;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A limit that the own server's operator has set to what its members send")
class LimitOfServerTest {
    private static final long A_WHILE_MILLIS = 300_000;
    private static final int WITHIN_LIMIT = 2;

    private final Village village = new Village(62);
    private Resident alice;
    private ChannelId channel;
    private int taken;
    private int takenMax = Integer.MAX_VALUE;

    @BeforeEach
    void sheTalks() {
        alice = village.join("alice");
        channel = alice.create("home town");
        village.pass(1_000);
    }

    private void limit(long retryAfterMillis) {
        takenMax = WITHIN_LIMIT;
        village.server.check = (device, frame) -> frame.hasSubmit() && taken++ >= takenMax
                ? Optional.of(chat.samara.wire.Refusal.limitReached(
                        "each member may send 2 a day", "records-per-day<=2", retryAfterMillis))
                : Optional.empty();
    }

    @Test
    @DisplayName("is told once, with when it is over, however often it is met; and that it is over")
    void toldOnce() {
        limit(36 * 60_000);
        for (int i = 0; i < WITHIN_LIMIT + 2; i++) {
            alice.send(channel, "message " + i);
        }
        village.pass(A_WHILE_MILLIS);

        assertThat(alice.events(ClientEvent.SendingHeld.class)).singleElement().satisfies(held -> {
            assertThat(held.why().orElseThrow().code()).isEqualTo(RefusalCode.LIMIT_REACHED);
            assertThat(held.why().orElseThrow().sentence())
                    .isEqualTo("each member may send 2 a day (it goes on by itself, in 36 minutes)");
            assertThat(held.retryAfterMillis()).hasValue(36 * 60_000);
        });
        assertThat(alice.engine().pending(channel))
                .hasSize(2)
                .allSatisfy(message ->
                        assertThat(message.refusal().orElseThrow().sentence()).contains("in 36 minutes"));

        takenMax = Integer.MAX_VALUE;
        village.pass(A_WHILE_MILLIS);

        assertThat(alice.events(ClientEvent.SendingHeld.class))
                .extracting(held -> held.why().isPresent())
                .containsExactly(true, false);
        assertThat(alice.engine().pending(channel)).isEmpty();
    }

    @Test
    @DisplayName("is not told to be over because the server gives out somebody's keys")
    void claims() {
        Resident bob = village.join("bob");
        limit(36 * 60_000);
        for (int i = 0; i < WITHIN_LIMIT + 1; i++) {
            alice.send(channel, "message " + i);
        }
        village.pass(1_000);
        alice.add(channel, bob);
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.events(ClientEvent.SendingHeld.class))
                .singleElement()
                .satisfies(held -> assertThat(held.why()).isPresent());
    }

    @Test
    @DisplayName("is not told where it is over in a moment")
    void passing() {
        limit(Limits.HOLD_UNTOLD_MILLIS_MAX);
        for (int i = 0; i < WITHIN_LIMIT + 1; i++) {
            alice.send(channel, "message " + i);
        }
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.engine().pending(channel)).hasSize(1);
        assertThat(alice.events(ClientEvent.SendingHeld.class)).isEmpty();
    }

    @Test
    @DisplayName("is said with a time that is never too short")
    void words() {
        assertThat(WaitingTime.words(1)).isEqualTo("1 second");
        assertThat(WaitingTime.words(17_280)).isEqualTo("18 seconds");
        assertThat(WaitingTime.words(120_001)).isEqualTo("3 minutes");
        assertThat(WaitingTime.words(2_160_000)).isEqualTo("36 minutes");
        assertThat(WaitingTime.words(43_200_000)).isEqualTo("12 hours");
    }
}
