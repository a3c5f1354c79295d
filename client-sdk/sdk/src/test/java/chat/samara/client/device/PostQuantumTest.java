package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Membership;
import chat.samara.client.device.FakeServer.FakeDevice;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.KeyPackageCount;
import chat.samara.wire.proto.KeyPackagesLow;
import chat.samara.wire.proto.ServerFrame;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A post-quantum channel")
class PostQuantumTest {
    private static final int STANDARD = ChannelSuite.STANDARD.cipherSuite().code();
    private static final int POST_QUANTUM =
            ChannelSuite.POST_QUANTUM.cipherSuite().code();

    private final Village village = new Village(5);

    private FakeDevice device(Resident resident) {
        return village.server.devices.values().stream()
                .filter(it -> it.user.equals(resident.user()))
                .findFirst()
                .orElseThrow();
    }

    private Map<Integer, Integer> published(Resident resident) {
        return device(resident).keyPackages.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, it -> it.getValue().size()));
    }

    @Test
    @DisplayName("is made, joined, talked in, left and read again after a restart, beside one that is not")
    void wholeLife() {
        Resident alice = village.join("alice");
        Resident bob = village.join("bob");
        Resident carol = village.join("carol");
        ChannelId secret = alice.create("secret", ChannelSuite.POST_QUANTUM);
        ChannelId plain = alice.create("plain");
        alice.add(secret, bob);
        alice.add(plain, bob);
        bob.add(secret, carol);
        alice.send(secret, "for the three of us");
        bob.send(secret, "and from bob");
        carol.send(secret, "and from carol");
        bob.send(plain, "here too");
        for (Resident resident : new Resident[] {alice, bob, carol}) {
            assertThat(resident.texts(secret)).contains("for the three of us", "and from bob", "and from carol");
            ChannelState state = resident.engine().channel(secret).orElseThrow();
            assertThat(state.cipherSuite()).isEqualTo(POST_QUANTUM);
            assertThat(state.isPostQuantum()).isTrue();
        }
        assertThat(alice.texts(plain)).contains("here too");
        assertThat(alice.engine().channel(plain).orElseThrow().isPostQuantum()).isFalse();

        alice.remove(secret, bob);
        assertThat(bob.engine().channel(secret).orElseThrow().membership()).isEqualTo(Membership.REMOVED);
        carol.stop();
        carol.start();
        village.settle();
        alice.send(secret, "without bob");
        assertThat(carol.texts(secret)).contains("without bob");
        assertThat(bob.texts(secret)).doesNotContain("without bob");
    }

    @Test
    @DisplayName("can be joined by everybody: devices publish KeyPackages of both suites, with one of last resort each")
    void bothSuites() {
        Resident alice = village.join("alice");
        assertThat(published(alice)).isEqualTo(Map.of(STANDARD, 3, POST_QUANTUM, 2));
        assertThat(device(alice).lastResort).containsOnlyKeys(STANDARD, POST_QUANTUM);
        alice.cut();
        alice.reconnect();
        assertThat(published(alice)).isEqualTo(Map.of(STANDARD, 3, POST_QUANTUM, 2));
    }

    @Test
    @DisplayName("can be joined by a device of before, once it connects to a server that takes them")
    void updatedServer() {
        village.server.knowsOneSuite = true;
        Resident alice = village.join("alice");
        assertThat(published(alice)).isEqualTo(Map.of(STANDARD, 3));
        assertThat(device(alice).lastResort).containsOnlyKeys(STANDARD);
        village.server.knowsOneSuite = false;
        alice.cut();
        alice.reconnect();
        assertThat(published(alice)).isEqualTo(Map.of(STANDARD, 3, POST_QUANTUM, 2));
        assertThat(device(alice).lastResort).containsOnlyKeys(STANDARD, POST_QUANTUM);
    }

    @Test
    @DisplayName("KeyPackages are made anew for the suite that runs low")
    void refill() {
        Resident alice = village.join("alice");
        device(alice).keyPackages.remove(POST_QUANTUM);
        alice.receive(ServerFrame.newBuilder()
                .setKeyPackagesLow(KeyPackagesLow.newBuilder()
                        .setKeyPackagesLeft(3)
                        .addKeyPackages(KeyPackageCount.newBuilder()
                                .setCipherSuite(STANDARD)
                                .setLeft(3))
                        .addKeyPackages(KeyPackageCount.newBuilder().setCipherSuite(POST_QUANTUM)))
                .build());
        village.settle();
        assertThat(published(alice)).isEqualTo(Map.of(STANDARD, 3, POST_QUANTUM, 2));
    }

    @Test
    @DisplayName("refuses a member without a KeyPackage of its suite, and says whose, which and what helps")
    void noKeyPackage() {
        Resident alice = village.join("alice");
        village.server.knowsOneSuite = true;
        Resident bob = village.join("bob");
        ChannelId secret = alice.create("secret", ChannelSuite.POST_QUANTUM);
        Refusal refusal = ((Outcome.Refused) alice.outcome(alice.add(secret, bob))).refusal();
        assertThat(refusal.code()).isEqualTo(RefusalCode.NO_KEY_PACKAGE);
        assertThat(refusal.sentence())
                .contains(bob.user().toString())
                .contains("0xf47a (post-quantum)")
                .contains("open Samara once");
        ChannelId plain = alice.create("plain");
        alice.add(plain, bob);
        assertThat(alice.engine().members(plain)).hasSize(2);
    }
}
