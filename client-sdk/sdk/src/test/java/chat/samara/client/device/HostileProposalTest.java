package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.group.ProposalDraft;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.wire.channel.MemberCredential;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a member only proposes")
class HostileProposalTest {
    private final Village village = new Village(31);
    private Resident alice;
    private Resident bob;
    private Resident carol;
    private ChannelId channel;
    private Saboteur saboteur;

    @BeforeEach
    void theyTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        carol = village.join("carol");
        Resident mallory = village.join("mallory");
        channel = alice.create("home town");
        alice.add(channel, bob);
        alice.add(channel, mallory);
        village.pass(1_000);
        saboteur = new Saboteur(village, mallory);
    }

    private void requireCarolJoinsAndNothingElse() {
        long command = alice.add(channel, carol);
        village.pass(60_000);
        assertThat(alice.outcome(command)).isInstanceOf(Outcome.Changed.class);
        for (Resident each : new Resident[] {alice, bob, carol}) {
            assertThat(each.engine().channel(channel).orElseThrow().membership())
                    .as(each.name)
                    .isEqualTo(Membership.MEMBER);
        }
        assertThat(village.server.channel(channel).group.members()).hasSize(4);
    }

    @Test
    @DisplayName("is no other member's change: nobody is removed in the name of one who adds somebody")
    void removal() {
        saboteur.propose(channel, bob);
        requireCarolJoinsAndNothingElse();
    }

    @Test
    @DisplayName("keeps nobody from speaking, though no hub takes a commit of it: a leaf under another's name")
    void impostor() {
        assertThat(saboteur.propose(channel, new ProposalDraft.Add(keyPackageUnder(bob.user())))
                        .getStatus())
                .isEqualTo(ReceiptStatus.ORDERED);
        bob.send(channel, "all the same");
        village.pass(60_000);
        assertThat(alice.texts(channel)).containsExactly("all the same");
        assertThat(village.server.channel(channel).group.members()).hasSize(3);
    }

    @Test
    @DisplayName("nor keeps the next change from being made")
    void impostorBeforeAChange() {
        saboteur.propose(channel, new ProposalDraft.Add(keyPackageUnder(bob.user())));
        requireCarolJoinsAndNothingElse();
    }

    @Test
    @DisplayName("brings in nobody whose key no person has seen")
    void stranger() {
        saboteur.propose(channel, new ProposalDraft.Add(keyPackageUnder(new UserId("eve", FakeServer.NAME))));
        requireCarolJoinsAndNothingElse();
    }

    @Test
    @DisplayName("keeps nobody from speaking who has read it, nor from removing who proposed it")
    void readBefore() {
        saboteur.propose(channel, bob);
        village.pass(1_000);
        alice.send(channel, "I have read it");
        assertThat(alice.outcome(alice.remove(channel, village.resident("mallory"))))
                .isInstanceOf(Outcome.Changed.class);
        village.pass(60_000);
        assertThat(bob.texts(channel)).containsExactly("I have read it");
    }

    private KeyPackage keyPackageUnder(UserId name) {
        SignatureKeyPair deviceKey = Ed25519.generate(village.random());
        DeviceCertificate certificate =
                DeviceCertificate.issue(Ed25519.generate(village.random()), name, deviceKey.publicKey());
        return KeyPackageBundle.generate(
                        ChannelSuite.STANDARD.cipherSuite(),
                        deviceKey,
                        MemberCredential.of(certificate),
                        OwnLeaf.capabilities(),
                        OwnKeyPackages.lifetime(village.now),
                        List.of(),
                        village.random())
                .keyPackage();
    }
}
