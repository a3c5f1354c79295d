package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ClientFrame;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A server lists channels at login also where the device was removed long ago: what it reads there ends with that. */
@DisplayName("A device that was removed from channels")
class PastRemovalTest {
    private final Village village = new Village(56);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");

    private ChannelId addedAndRemoved(String name) {
        ChannelId channel = alice.create(name);
        alice.add(channel, bob);
        village.pass(1_000);
        alice.remove(channel, bob);
        village.pass(1_000);
        assertThat(membership(channel)).isEqualTo(Membership.REMOVED);
        return channel;
    }

    private Membership membership(ChannelId channel) {
        return bob.engine().channel(channel).orElseThrow().membership();
    }

    private long timesAskedForHandshakes() {
        return village.server.log.stream()
                .filter(ClientFrame.BodyCase.FETCH_HANDSHAKES::equals)
                .count();
    }

    private void newSession() {
        bob.dropConnection();
        bob.reconnect();
        village.pass(60_000);
    }

    @Test
    @DisplayName(
            "asks for nothing of theirs at login, where a head of the hub's covers the removal and nothing lies behind")
    void asksForNothing() {
        List<ChannelId> left = IntStream.range(0, 5)
                .mapToObj(i -> addedAndRemoved("left " + i))
                .toList();
        newSession();
        long before = timesAskedForHandshakes();
        newSession();
        assertThat(timesAskedForHandshakes()).isEqualTo(before);
        assertThat(left).allSatisfy(channel -> assertThat(membership(channel)).isEqualTo(Membership.REMOVED));
        assertThat(bob.events(ClientEvent.CaughtUp.class)).hasSizeGreaterThan(1);
    }

    /** The log goes on behind it, so that no head of the hub's comes with it: this device looks there again. */
    private ChannelId removedWhileAway(String name) {
        ChannelId channel = alice.create(name);
        alice.add(channel, bob);
        village.pass(1_000);
        bob.cut();
        alice.remove(channel, bob);
        alice.send(channel, "without him");
        return channel;
    }

    private void neverAnswers(ChannelId channel) {
        village.server.check = (device, frame) -> {
            if (frame.hasFetchHandshakes()
                    && frame.getFetchHandshakes().getChannelId().equals(Protobuf.toByteString(channel.bytes()))) {
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
    }

    @Test
    @DisplayName("joins by a Welcome into another channel at once, however long one of those is looked at")
    void welcomeElsewhere() {
        ChannelId left = removedWhileAway("left");
        ChannelId other = alice.create("other");
        neverAnswers(left);
        bob.reconnect();
        village.pass(1_000);
        assertThat(membership(left)).isEqualTo(Membership.REMOVED);
        alice.add(other, bob);
        alice.send(other, "welcome");
        assertThat(bob.texts(other)).containsExactly("welcome");
    }

    @Test
    @DisplayName("joins by a Welcome into one of those, too, though it comes while that is looked at")
    void welcomeThere() {
        ChannelId left = removedWhileAway("left");
        bob.reconnect();
        village.pass(1_000);
        int[] asked = new int[1];
        village.server.handshakes = (device, fetch) -> {
            if (asked[0]++ == 0) {
                // The answer is on its way when it is added again.
                alice.command(new DeviceEvent.AddMember(alice.nextCommand(), left, bob.user()));
                while (alice.deliver()) {
                    // Until there is nothing left for it to do.
                }
                assertThat(village.server.channel(left).roster().members()).hasSize(2);
            }
            return village.server.trueHandshakes(device, fetch);
        };
        newSession();
        assertThat(asked[0]).isPositive();
        alice.send(left, "welcome back");
        bob.send(left, "here I am");
        assertThat(membership(left)).isEqualTo(Membership.MEMBER);
        assertThat(bob.texts(left)).containsExactly("welcome back", "here I am");
        assertThat(alice.texts(left)).containsExactly("without him", "welcome back", "here I am");
    }
}
