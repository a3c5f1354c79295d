package chat.samara.server.core.channel.follower;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Channels that a restored server does not know")
class UnknownChannelsTest {
    private final World world = new World(89);
    private final TestServer berlin = world.server("berlin.example");
    private final TestDevice alice = berlin.member("alice");
    private final TestDevice eve = berlin.member("eve");

    private List<String> warnings() {
        return ((AdminResult.Status) berlin.admin(new AdminCommand.ShowStatus())).warnings();
    }

    private void nameMadeUp(TestDevice device, int count) {
        for (int i = 0; i < count; i++) {
            device.channel(new ChannelId(Bytes.of(world.random().bytes(ChannelId.SIZE_BYTES))));
        }
    }

    @Test
    @DisplayName(
            "are named to the operator by what devices read on in, and told apart where the server's own signature proves it")
    void named() {
        MemoryStore copy = berlin.disk().copy();
        TestChannel home = alice.found();
        alice.say(home, "lost");
        berlin.crash();
        berlin.restore(copy);
        berlin.start();
        assertThat(warnings()).isEmpty();
        alice.reconnect();
        Expect.error(alice.follow(), ErrorCode.UNKNOWN_CHANNEL);
        assertThat(warnings())
                .singleElement()
                .satisfies(it -> assertThat(it)
                        .contains(home.id().toString(), "alice@berlin.example reads on in it", "After a restore")
                        .doesNotContain("signed"));
        alice.showHeads();
        assertThat(warnings())
                .singleElement()
                .satisfies(it -> assertThat(it).contains("what this server has signed of it"));
        Expect.sound(berlin);
    }

    @Test
    @DisplayName("that one member makes up are few, and hide neither those of others nor proven ones")
    void madeUp() {
        MemoryStore copy = berlin.disk().copy();
        TestChannel home = alice.found();
        alice.say(home, "lost");
        TestChannel quiet = alice.found();
        berlin.crash();
        berlin.restore(copy);
        berlin.start();
        nameMadeUp(eve, 2_000);
        eve.reconnect();
        eve.follow();
        alice.reconnect();
        alice.follow();
        alice.show(Optional.of(home).flatMap(TestChannel::newestHead).stream().toList());
        assertThat(warnings())
                .hasSize(2 + Limits.UNKNOWN_CHANNELS_TOLD_PER_MEMBER_MAX)
                .anyMatch(it -> it.contains(quiet.id().toString()));
        assertThat(warnings().get(0)).contains(home.id().toString(), "signed");
        Expect.sound(berlin);
    }
}
