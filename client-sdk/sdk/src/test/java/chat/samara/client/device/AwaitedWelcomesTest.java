package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A frame holds so many Welcomes: the oldest that wait. */
@DisplayName("Where more Welcomes wait than fit into a frame, a device")
class AwaitedWelcomesTest {
    private final Village village = new Village(61);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");

    @BeforeEach
    void oneInAFrame() {
        bob.cut();
        village.server.tamper = frame -> {
            if (!frame.hasWelcomes() || frame.getWelcomes().getWelcomesCount() < 2) {
                return frame;
            }
            ServerFrame.Builder first = frame.toBuilder();
            first.getWelcomesBuilder()
                    .clearWelcomes()
                    .addWelcomes(frame.getWelcomes().getWelcomes(0));
            return first.build();
        };
    }

    private ChannelId added(String name) {
        ChannelId channel = alice.create(name);
        alice.add(channel, bob);
        alice.send(channel, "welcome to " + name);
        return channel;
    }

    private FakeServer.FakeDevice atServer() {
        return Optional.ofNullable(village.server.devices.get(
                        bob.engine().account().orElseThrow().device()))
                .orElseThrow();
    }

    @Test
    @DisplayName("joins by all of them in the same session")
    void all() {
        List<ChannelId> channels =
                IntStream.range(0, 4).mapToObj(i -> added("channel " + i)).toList();
        bob.reconnect();
        village.pass(60_000);
        for (int i = 0; i < channels.size(); i++) {
            assertThat(bob.texts(channels.get(i))).containsExactly("welcome to channel " + i);
        }
        assertThat(atServer().welcomes).isEmpty();
    }

    @Test
    @DisplayName("looks for channels without a Welcome in the same session, too")
    void lostOnes() {
        ChannelId lost = added("lost");
        atServer().welcomes.clear();
        for (int i = 0; i < 3; i++) {
            added("channel " + i);
        }
        bob.reconnect();
        village.pass(60_000);
        assertThat(bob.engine().channels())
                .hasSize(4)
                .allSatisfy(channel -> assertThat(channel.membership()).isEqualTo(Membership.MEMBER));
        assertThat(bob.texts(lost)).containsExactly("welcome to lost");
    }
}
