package chat.samara.server.core.account;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ListDevices;
import chat.samara.wire.proto.ServerFrame;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A device takes the place of another of the same member. */
final class ReplacementTest {
    private final World world = new World(3);
    private final TestServer berlin = world.server("berlin.example");
    private final TestDevice alice = berlin.member("alice");

    private TestDevice connected(TestDevice device) {
        device.connect();
        return device;
    }

    @Test
    @DisplayName("the successor is logged in, and the member has this device and no other")
    void replaces() {
        TestDevice successor = connected(alice.successor());
        assertThat(successor.replace(alice.who().device()).hasLoggedIn()).isTrue();
        ServerFrame devices = successor.ask(ClientFrame.newBuilder()
                .setListDevices(ListDevices.newBuilder().setUserId(alice.user().toString())));
        assertThat(devices.getDevices().getDevicesList())
                .extracting(it -> Bytes.of(it.getDeviceId().toByteArray()))
                .containsExactly(successor.who().device().bytes());
    }

    @Test
    @DisplayName(
            "the device that was struck off loses its session, and its login says who has its place, also after a restart")
    void struckOff() {
        TestDevice successor = connected(alice.successor());
        successor.replace(alice.who().device());
        assertThat(alice.takePushes())
                .filteredOn(ServerFrame::hasError)
                .extracting(it -> it.getError().getCode())
                .containsExactly(ErrorCode.DEVICE_REPLACED);
        berlin.restart();
        alice.connect();
        var error = Expect.error(alice.login(), ErrorCode.DEVICE_REPLACED);
        assertThat(error.getDetail()).isEqualTo(successor.who().device().bytes().hex());
    }

    @Test
    @DisplayName("a device that was struck off cannot register again with the old certificate")
    void registersNoMore() {
        connected(alice.successor()).replace(alice.who().device());
        alice.connect();
        Expect.error(alice.register(Bytes.of(new byte[16])), ErrorCode.DEVICE_REPLACED);
    }

    @Test
    @DisplayName("an answer that was lost is given again")
    void repeated() {
        TestDevice successor = connected(alice.successor());
        successor.replace(alice.who().device());
        successor.connect();
        assertThat(successor.replace(alice.who().device()).hasLoggedIn()).isTrue();
        assertThat(successor.reconnect().hasLoggedIn()).isTrue();
    }

    @Test
    @DisplayName(
            "of two copies that ask for the same place, the second is told of the first, and can take over only from that one")
    void twoCopies() {
        TestDevice first = connected(alice.successor());
        TestDevice second = connected(alice.successor());
        first.replace(alice.who().device());
        var error = Expect.error(second.replace(alice.who().device()), ErrorCode.DEVICE_REPLACED);
        assertThat(error.getDetail()).isEqualTo(first.who().device().bytes().hex());
        second.connect();
        assertThat(second.replace(first.who().device()).hasLoggedIn()).isTrue();
        first.connect();
        Expect.error(first.login(), ErrorCode.DEVICE_REPLACED);
    }

    @Test
    @DisplayName("another identity key, another member's device and a device of nobody cannot be given")
    void refused() {
        TestDevice bob = berlin.member("bob");
        Expect.error(connected(alice.impostor()).replace(alice.who().device()), ErrorCode.LOGIN_FAILED);
        Expect.error(connected(alice.successor()).replace(bob.who().device()), ErrorCode.LOGIN_FAILED);
        TestDevice nobody = TestDevice.stranger(berlin, "nobody");
        Expect.error(connected(nobody.successor()).replace(nobody.who().device()), ErrorCode.LOGIN_FAILED);
        assertThat(alice.reconnect().hasLoggedIn()).isTrue();
        assertThat(bob.reconnect().hasLoggedIn()).isTrue();
    }

    @Test
    @DisplayName("a device cannot take its own place, nor that of one that is registered besides")
    void ownPlace() {
        alice.connect();
        Expect.error(alice.replace(alice.who().device()), ErrorCode.LOGIN_FAILED);
        assertThat(alice.reconnect().hasLoggedIn()).isTrue();
    }

    @Test
    @DisplayName("KeyPackages of the device that was struck off are handed out no more")
    void keyPackages() {
        TestDevice bob = berlin.member("bob");
        alice.publish(2);
        TestDevice successor = connected(alice.successor());
        successor.replace(alice.who().device());
        Expect.error(bob.claim(alice.user(), Bytes.of(new byte[16])), ErrorCode.NO_KEY_PACKAGE);
        successor.publish(1);
        Bytes claim = Bytes.ofHex("01".repeat(16));
        assertThat(bob.claim(alice.user(), claim).getClaimedKeyPackages().getKeyPackagesList())
                .extracting(it -> Bytes.of(it.getDeviceId().toByteArray()))
                .containsExactly(successor.who().device().bytes());
    }

    @Test
    @DisplayName("the successor may read what the other could, and a Welcome that waited waits for it")
    void reads() {
        TestChannel channel = alice.found();
        alice.say(channel, "before");
        TestDevice bob = berlin.member("bob");
        bob.publish(1);
        alice.invite(channel, bob);
        TestDevice successor = connected(bob.successor());
        ServerFrame answer = successor.replace(bob.who().device());
        assertThat(answer.getLoggedIn().getWelcomesWaiting()).isEqualTo(1);
        assertThat(answer.getLoggedIn().getChannelsList())
                .extracting(it -> Bytes.of(it.getChannelId().toByteArray()))
                .containsExactly(channel.id().bytes());
    }
}
