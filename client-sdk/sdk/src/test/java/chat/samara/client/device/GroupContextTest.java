package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.Village.Resident;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Every commit repeats the GroupContext in its GroupInfo, every addition in its Welcome, too. */
@DisplayName("A commit that changes the GroupContext's extensions")
class GroupContextTest {
    private final Village village = new Village(53);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final Resident mallory = village.join("mallory");
    private final ChannelId channel = alice.create("home town");
    private final Saboteur saboteur = new Saboteur(village, mallory);

    GroupContextTest() {
        alice.add(channel, bob);
        alice.add(channel, mallory);
        village.pass(1_000);
    }

    @Test
    @DisplayName("is ordered by no hub")
    void notOrdered() {
        Receipt receipt = saboteur.extend(
                channel,
                List.of(new RequiredCapabilities(List.of(), List.of(), List.of(Credential.BASIC)).toExtension()),
                true);
        assertThat(receipt.getStatus()).isEqualTo(ReceiptStatus.REJECTED);
        assertThat(receipt.getError().getDetail()).isEqualTo(HandshakeRules.EXTENSIONS_NOT_ORDERED);
    }

    @Test
    @DisplayName("is followed and replayed where a hub of before has ordered one")
    void followed() {
        saboteur.extend(
                channel,
                List.of(new RequiredCapabilities(List.of(), List.of(), List.of(Credential.BASIC)).toExtension()),
                false);
        alice.send(channel, "for bob");
        Resident carol = village.join("carol");
        bob.add(channel, carol);
        village.pass(10_000);
        alice.send(channel, "for carol");
        village.pass(10_000);
        assertThat(bob.texts(channel)).containsExactly("for bob", "for carol");
        assertThat(carol.texts(channel)).containsExactly("for carol");
        assertThat(bob.events(ClientEvent.ForkDetected.class)).isEmpty();
        assertThat(carol.events(ClientEvent.WelcomeRefused.class)).isEmpty();
    }
}
