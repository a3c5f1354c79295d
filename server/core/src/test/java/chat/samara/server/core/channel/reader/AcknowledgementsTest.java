package chat.samara.server.core.channel.reader;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.proto.Acknowledge;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Credit;
import chat.samara.wire.proto.ErrorCode;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What devices say that they have read is cheap: no answer, no write each; and nothing goes by one that a crash may undo. */
@DisplayName("What a device says that it has read")
final class AcknowledgementsTest {
    private final World world = new World(7);
    private final TestServer berlin = world.server("berlin.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice bob = alice;
    private TestChannel home = alice.channel(alice.draft().id());

    @BeforeEach
    void theyTalk() {
        alice = berlin.member("alice");
        bob = berlin.member("bob");
        home = alice.found();
        alice.invite(home, bob);
        bob.join();
        alice.say(home, "one");
    }

    private ClientFrame.Builder acknowledge(long seq, boolean quiet) {
        return ClientFrame.newBuilder()
                .setAcknowledge(Acknowledge.newBuilder()
                        .addCursors(TestDevice.cursor(home.id(), seq))
                        .setQuiet(quiet));
    }

    private long toldAtLogin() {
        return bob.reconnect().getLoggedIn().getChannels(0).getAcknowledgedSeq();
    }

    @Test
    @DisplayName("is remembered of so many places at once: of more, those that have waited longest are written (I7)")
    void unwritten() {
        Journal journal = new Journal(new MemoryStore());
        Acknowledgements places = new Acknowledgements(journal);
        DeviceId first = device(0);
        for (int i = 0; i < Limits.ACKNOWLEDGEMENTS_UNWRITTEN_MAX; i++) {
            places.take(device(i), home.id(), 1);
        }
        places.take(device(Limits.ACKNOWLEDGEMENTS_UNWRITTEN_MAX), home.id(), 1);
        assertThat(places.write(first))
                .as("places of the first that are not written")
                .isZero();
        assertThat(places.write(device(1))).isEqualTo(1);
    }

    private static DeviceId device(int number) {
        return new DeviceId(
                Bytes.of(ByteBuffer.allocate(DeviceId.SIZE_BYTES).putInt(number).array()));
    }

    @Test
    @DisplayName("is not answered if it asks for none, and neither is credit")
    void quiet() {
        long acknowledged = bob.send(acknowledge(3, true));
        long credited = bob.send(ClientFrame.newBuilder()
                .setCredit(Credit.newBuilder().setCreditBytes(1).setQuiet(true)));
        world.settle();
        assertThat(bob.answer(acknowledged)).isEmpty();
        assertThat(bob.answer(credited)).isEmpty();
        assertThat(bob.ask(acknowledge(3, false)).hasDone()).isTrue();
    }

    @Test
    @DisplayName("is refused all the same where it cannot be")
    void refused() {
        Expect.error(bob.ask(acknowledge(99, true)), ErrorCode.UNKNOWN_CHANNEL);
    }

    @Test
    @DisplayName("costs no place among the requests under way")
    void leavesNoRequestBehind() {
        for (int i = 0; i < 2 * chat.samara.server.core.Limits.REQUESTS_IN_FLIGHT_PER_SESSION_MAX; i++) {
            bob.send(acknowledge(3, true));
        }
        world.settle();
        assertThat(bob.ask(acknowledge(3, false)).hasDone()).isTrue();
    }

    @Test
    @DisplayName("is written not at once but within a tick: a crash before forgets it, one afterwards does not")
    void writtenLater() {
        berlin.crashAfter(0, TestServer.CrashPoint.BEFORE_WRITE);
        bob.send(acknowledge(2, true));
        bob.send(acknowledge(3, true));
        world.settle();
        assertThat(berlin.hasCrashed()).as("nothing was written").isFalse();
        world.pass(world.config().tickMillis());
        assertThat(berlin.hasCrashed()).as("the tick writes it").isTrue();
        assertThat(toldAtLogin()).as("the write was lost").isZero();
        bob.send(acknowledge(3, true));
        world.settle();
        world.pass(world.config().tickMillis());
        berlin.restart();
        assertThat(toldAtLogin()).isEqualTo(3);
    }

    @Test
    @DisplayName("holds for what there is, if the device follows from behind the end and says that it has read that")
    void behindTheEnd() {
        bob.ask(ClientFrame.newBuilder()
                .setFollow(chat.samara.wire.proto.Follow.newBuilder()
                        .setCreditBytes(TestDevice.MUCH_CREDIT)
                        .addCursors(TestDevice.cursor(home.id(), 99))));
        bob.send(acknowledge(99, true));
        world.settle();
        world.pass(world.config().tickMillis());
        assertThat(toldAtLogin()).isEqualTo(3);
    }

    @Test
    @DisplayName("goes over to the device that takes its place")
    void succeeded() {
        bob.send(acknowledge(3, true));
        world.settle();
        TestDevice next = bob.successor();
        next.connect();
        assertThat(next.replace(bob.who().device()).getLoggedIn().getChannels(0).getAcknowledgedSeq())
                .isEqualTo(3);
    }
}
