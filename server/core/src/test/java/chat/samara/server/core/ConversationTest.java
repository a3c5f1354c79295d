package chat.samara.server.core;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The main job, seen from outside. */
final class ConversationTest {
    private final World world = new World(1);

    @Test
    @DisplayName("two members of one server talk in a channel")
    void oneServer() {
        TestServer berlin = world.server("berlin.example");
        TestDevice alice = berlin.member("alice");
        TestDevice bob = berlin.member("bob");
        TestChannel home = alice.found();

        ServerFrame added = alice.invite(home, bob);
        assertThat(added.getReceipt().getStatus()).as(added.toString()).isEqualTo(ReceiptStatus.ORDERED);
        bob.join();
        alice.say(home, "hello");
        bob.say(bob.channel(home.id()), "hello yourself");

        assertThat(home.texts()).containsExactly("hello", "hello yourself");
        assertThat(bob.channel(home.id()).texts()).containsExactly("hello", "hello yourself");
    }

    @Test
    @DisplayName("members of two servers talk, and every log has the same entries (I2)")
    void twoServers() {
        TestServer berlin = world.server("berlin.example");
        TestServer tunis = world.server("tunis.example");
        world.peer(berlin, tunis);
        TestDevice alice = berlin.member("alice");
        TestDevice bob = tunis.member("bob");
        TestChannel home = alice.found();

        alice.invite(home, bob);
        bob.join();
        ServerFrame stored = bob.say(bob.channel(home.id()), "salam");
        alice.say(home, "hallo");
        world.settle();

        assertThat(stored.getReceipt().getStatus()).isEqualTo(ReceiptStatus.STORED);
        assertThat(home.texts()).containsExactlyInAnyOrder("salam", "hallo");
        assertThat(bob.channel(home.id()).texts()).isEqualTo(home.texts());
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        assertThat(berlin.core().figures().faults()).isZero();
        assertThat(tunis.core().figures().faults()).isZero();
    }
}
