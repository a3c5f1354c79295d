package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What one turn leaves to the next comes when the application has taken what it was told: that may be late, and frames come before it. */
@DisplayName("A device that was removed and added again while it was away")
class AddedAgainWhileAwayTest {
    private final Village village = new Village(54);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final ChannelId channel = alice.create("home town");
    private final long removal;

    AddedAgainWhileAwayTest() {
        // One entry a frame: the removal comes alone, and no head covers it.
        village.server.frameBytesMax = 1;
        alice.add(channel, bob);
        alice.send(channel, "before");
        village.pass(10_000);
        bob.cut();
        alice.remove(channel, bob);
        removal = village.server.channel(channel).position.seq();
        alice.send(channel, "without him");
        alice.add(channel, bob);
        alice.send(channel, "welcome back");
    }

    /** Of what comes behind the removal nothing is sent before Welcomes were asked for again. */
    private final class QuickAnswers implements OwnServer {
        private boolean removed;
        private boolean answered;

        @Override
        public List<ServerFrame> toDevice(FakeServer.FakeSession session, ServerFrame frame) {
            if (session.device.filter(it -> it.user.equals(bob.user())).isEmpty()) {
                return List.of(frame);
            }
            long seq = frame.getEntries().getEntriesList().stream()
                    .mapToLong(AddedAgainWhileAwayTest::seqOf)
                    .max()
                    .orElse(0);
            removed |= seq == removal;
            answered |= removed && frame.hasWelcomes();
            return seq > removal && !answered ? List.of() : List.of(frame);
        }

        @Override
        public boolean takes(FakeServer.FakeSession session, ClientFrame frame) {
            return true;
        }
    }

    private static long seqOf(LogEntry entry) {
        try {
            return EntryIn.of(entry).claimedSeq();
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    private FakeServer.FakeDevice atServer() {
        return Optional.ofNullable(village.server.devices.get(
                        bob.engine().account().orElseThrow().device()))
                .orElseThrow();
    }

    /** What its server answers is the next that it hears after its removal, before it could go on by itself. */
    private void comesBackBusy() {
        bob.holdGoingOn = true;
        village.server.between = Optional.of(new QuickAnswers());
        bob.reconnect();
        bob.holdGoingOn = false;
        village.settle();
        assertThat(bob.events(ClientEvent.RemovedFromChannel.class)).hasSize(1);
    }

    private Membership membership() {
        return bob.engine().channel(channel).orElseThrow().membership();
    }

    private void requireBack(String... read) {
        assertThat(membership()).isEqualTo(Membership.MEMBER);
        assertThat(bob.events(ClientEvent.WelcomeRefused.class)).isEmpty();
        alice.send(channel, "for bob");
        bob.send(channel, "for alice");
        assertThat(bob.texts(channel)).containsExactly(read);
        assertThat(alice.texts(channel)).endsWith("for bob", "for alice");
    }

    @Test
    @DisplayName("joins by its Welcome though that comes before the removal is settled, and refuses none")
    void welcomeComesFirst() {
        comesBackBusy();
        requireBack("before", "welcome back", "for bob", "for alice");
        assertThat(bob.events(ClientEvent.CaughtUp.class)).isNotEmpty();
    }

    @Test
    @DisplayName(
            "is back by the Welcome in the log where its own is lost, though its server has named the channel before the"
                    + " removal is settled")
    void namedFirst() {
        atServer().welcomes.clear();
        comesBackBusy();
        village.pass(60_000);
        requireBack("before", "welcome back", "for bob", "for alice");
    }
}
