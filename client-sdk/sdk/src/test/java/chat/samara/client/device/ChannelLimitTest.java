package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredMembership;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.GenesisIn;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A device that is in as many channels as it can follow")
class ChannelLimitTest {
    private final Village village = new Village(47);
    private Resident alice;
    private Resident bob;

    @BeforeEach
    void bobIsAway() {
        alice = village.join("alice");
        bob = village.join("bob");
        DeviceId bobs = bob.engine().account().orElseThrow().device();
        bob.stop();
        // What is made up here no server knows.
        village.server.check = (device, frame) -> {
            if (frame.hasFollow() && device.equals(bobs)) {
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
    }

    private void fill(int count, StoredMembership membership) {
        OwnIdentity own =
                OwnIdentity.of(bob.store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).orElseThrow());
        for (int i = 0; i < count; i++) {
            Genesis genesis = Genesis.sign(
                    own.deviceKey(),
                    new Genesis.Content(
                            own.user(),
                            own.server(),
                            own.serverRootKey(),
                            ChannelSuite.STANDARD.cipherSuite().code(),
                            Bytes.wrapUnsafe(village.random().bytes(GenesisIn.NONCE_BYTES)),
                            village.now,
                            Genesis.RULES));
            bob.store.put(
                    DeviceTable.CHANNEL,
                    Keys.channel(genesis.channel()),
                    StoredChannel.newBuilder()
                            .setSignedGenesis(Stored.bytes(genesis.encoded()))
                            .setMembership(membership)
                            .setEntryHash(Stored.bytes(Bytes.of(new byte[32])))
                            .setTerm(1)
                            .setHandedOverClaimed(0)
                            .build()
                            .toByteArray());
        }
    }

    private boolean isIn(ChannelId channel) {
        return bob.engine()
                .channel(channel)
                .filter(it -> it.membership() == Membership.MEMBER)
                .isPresent();
    }

    @Test
    @DisplayName("joins one more where there is room for one, though two Welcomes come at once; the other is refused")
    void twoAtOnce() {
        fill(Limits.CHANNELS_MAX - 1, StoredMembership.MEMBER);
        ChannelId one = alice.create("one");
        ChannelId two = alice.create("two");
        alice.add(one, bob);
        alice.add(two, bob);
        bob.start();
        village.pass(20_000);
        assertThat(isIn(one)).isNotEqualTo(isIn(two));
        assertThat(bob.events(ClientEvent.WelcomeRefused.class))
                .singleElement()
                .satisfies(refused -> assertThat(refused.refusal().code()).isEqualTo(RefusalCode.LIMIT_REACHED));
    }

    @Test
    @DisplayName("does not count those that it was removed from: nobody uses the limit up by adding and removing it")
    void removedOnes() {
        fill(Limits.CHANNELS_MAX, StoredMembership.REMOVED);
        ChannelId one = alice.create("one");
        alice.add(one, bob);
        bob.start();
        village.pass(20_000);
        assertThat(isIn(one)).isTrue();
        assertThat(bob.events(ClientEvent.WelcomeRefused.class)).isEmpty();
    }
}
