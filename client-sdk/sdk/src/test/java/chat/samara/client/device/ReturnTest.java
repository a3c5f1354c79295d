package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.group.Sabotage.Fault;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A device that cannot process a commit")
class ReturnTest {
    private static final long A_WHILE_MILLIS = 60_000;

    private final Village village = new Village(23);
    private Resident alice;
    private Resident bob;
    private Resident carol;
    private Resident mallory;
    private ChannelId channel;
    private Saboteur saboteur;

    @BeforeEach
    void theyTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        carol = village.join("carol");
        mallory = village.join("mallory");
        channel = alice.create("home town");
        List.of(bob, carol, mallory).forEach(other -> alice.add(channel, other));
        village.pass(1_000);
        saboteur = new Saboteur(village, mallory);
    }

    private List<Resident> honest() {
        return List.of(alice, bob, carol);
    }

    private Membership membership(Resident resident) {
        return resident.engine().channel(channel).orElseThrow().membership();
    }

    private void assertAllTalk(String text) {
        for (Resident speaker : honest()) {
            speaker.send(channel, text + " of " + speaker.name);
            village.pass(1_000);
        }
        for (Resident each : honest()) {
            assertThat(membership(each)).as(each.name).isEqualTo(Membership.MEMBER);
            assertThat(each.texts(channel))
                    .as(each.name)
                    .contains(text + " of alice", text + " of bob", text + " of carol");
            assertThat(each.pendingTexts(channel)).as(each.name).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("comes back by itself, whatever only members can find wrong with it, and everybody reads on")
    void comesBack(Fault fault) {
        assertThat(saboteur.commit(channel, fault).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        village.pass(A_WHILE_MILLIS);
        assertAllTalk("after");
        alice.remove(channel, mallory);
        village.pass(1_000);
        assertThat(membership(mallory)).isEqualTo(Membership.REMOVED);
        assertAllTalk("without mallory");
    }
}
