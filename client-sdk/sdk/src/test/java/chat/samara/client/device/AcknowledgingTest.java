package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.Village.Resident;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ClientFrame;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("That a device has read something it says to its server")
class AcknowledgingTest {
    private static final int MESSAGES = 9;

    private final Village village = new Village(56);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final ChannelId channel = alice.create("home town");

    @BeforeEach
    void bobHasReadAll() {
        alice.add(channel, bob);
        village.pass(20_000);
        alice.cut();
        alice.reconnect();
        village.pass(20_000);
        village.server.log.clear();
    }

    private long said() {
        return village.server.log.stream()
                .filter(ClientFrame.BodyCase.ACKNOWLEDGE::equals)
                .count();
    }

    private void talk() {
        for (int i = 0; i < MESSAGES; i++) {
            alice.send(channel, "message " + i);
            village.pass(1_000);
        }
    }

    private long saidOf(Resident resident) {
        return village.server.acknowledged(
                resident.engine().account().orElseThrow().device(), channel);
    }

    @Test
    @DisplayName("once in ten seconds, however much came, and not when nothing has")
    void onceForAll() {
        talk();
        assertThat(said()).isZero();
        village.pass(2_000);
        assertThat(said()).as("one of each of the two").isEqualTo(2);
        assertThat(saidOf(bob))
                .isEqualTo(bob.engine().channel(channel).orElseThrow().seq());
        village.pass(60_000);
        assertThat(said()).isEqualTo(2);
    }

    @Test
    @DisplayName("and waits for no answer, which servers of an earlier version give")
    void noAnswer() {
        village.server.answersEverything = true;
        talk();
        village.pass(2_000);
        village.server.answersEverything = false;
        talk();
        village.pass(10 * Village.CONFIG.silenceMillisMax());
        assertThat(village.server.log).doesNotContain(ClientFrame.BodyCase.LOGIN);
        assertThat(bob.texts(channel)).hasSize(2 * MESSAGES);
    }
}
