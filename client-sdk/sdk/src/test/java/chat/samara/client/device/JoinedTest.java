package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.Refusal;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ClientFrame.BodyCase;
import chat.samara.wire.proto.ErrorCode;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A device that joins")
class JoinedTest {
    private final Village village = new Village(51);
    private final Resident alice = village.arrive("alice");
    private final long command = alice.nextCommand();

    private void join() {
        alice.command(new DeviceEvent.Join(command, village.server.invite(), "alice"));
        village.settle();
    }

    @Test
    @DisplayName("has not joined before its server says that it has the KeyPackages by which others add it")
    void waitsForItsKeyPackages() {
        village.server.check = (device, frame) -> {
            if (frame.getBodyCase() == BodyCase.PUBLISH_KEY_PACKAGES) {
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        join();
        assertThat(alice.engine().account().orElseThrow().registered()).isTrue();
        assertThat(alice.outcomes).doesNotContainKey(command);

        village.server.check = (device, frame) -> Optional.empty();
        alice.cut();
        alice.reconnect();
        assertThat(alice.outcome(command)).isEqualTo(new Outcome.Joined(alice.user()));
        Resident bob = village.join("bob");
        assertThat(bob.outcome(bob.add(bob.create("home"), alice))).isInstanceOf(Outcome.Changed.class);
    }

    @Test
    @DisplayName(
            "is told that nobody can add it where its server takes no KeyPackages, and joins by doing the same again")
    void noneTaken() {
        village.server.check = (device, frame) -> frame.getBodyCase() == BodyCase.PUBLISH_KEY_PACKAGES
                ? Optional.of(Refusal.of(ErrorCode.DISK_FULL, "the disk is nearly full"))
                : Optional.empty();
        join();
        assertThat(alice.outcome(command)).isInstanceOfSatisfying(Outcome.Refused.class, refused -> {
            assertThat(refused.refusal().code()).isEqualTo(RefusalCode.SERVER_DISK_FULL);
            assertThat(refused.refusal().sentence())
                    .contains("the account " + alice.user() + " is there", "nobody can add it yet", "nearly full");
        });

        village.server.check = (device, frame) -> Optional.empty();
        alice.cut();
        alice.reconnect();
        long again = alice.nextCommand();
        alice.command(new DeviceEvent.Join(again, village.server.invite(), "alice"));
        village.settle();
        assertThat(alice.outcome(again)).isEqualTo(new Outcome.Joined(alice.user()));
    }

    @Test
    @DisplayName("has joined where its server has room for the KeyPackage of last resort only")
    void lastResortOnly() {
        village.server.check = (device, frame) -> frame.getBodyCase() == BodyCase.PUBLISH_KEY_PACKAGES
                        && frame.getPublishKeyPackages().getLastResort().isEmpty()
                ? Optional.of(Refusal.of(ErrorCode.LIMIT_REACHED, "too many KeyPackages"))
                : Optional.empty();
        join();
        assertThat(alice.outcome(command)).isEqualTo(new Outcome.Joined(alice.user()));
    }

    @Test
    @DisplayName("and was never online since cannot be added, and whoever tries is told what helps")
    void neverOnline() {
        join();
        Resident bob = village.join("bob");
        village.server.devices.values().stream()
                .filter(device -> device.user.equals(alice.user()))
                .forEach(device -> {
                    device.keyPackages.clear();
                    device.lastResort.clear();
                });
        ChannelId channel = bob.create("home");
        assertThat(bob.outcome(bob.add(channel, alice))).isInstanceOfSatisfying(Outcome.Refused.class, refused -> {
            assertThat(refused.refusal().code()).isEqualTo(RefusalCode.NO_KEY_PACKAGE);
            assertThat(refused.refusal().sentence())
                    .contains("has not been online since joining", "ask them to open Samara once")
                    .doesNotContain("version of Samara");
        });
    }
}
