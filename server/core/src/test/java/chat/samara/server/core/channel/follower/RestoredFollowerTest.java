package chat.samara.server.core.channel.follower;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ReceiptStatus;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A follower that was restored from an older backup")
class RestoredFollowerTest {
    /** Long enough for a link to be dialled and for everything to be said again, and far below the time for which a dropped channel stays dropped. */
    private static final long HEAL = 90_000;

    private final World world = new World(19);
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer oran = world.server("oran.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestChannel town = alice.channel(alice.draft().id());

    @BeforeEach
    void found() {
        world.peer(berlin, oran);
        alice = berlin.member("alice");
        town = alice.found();
        alice.say(town, "welcome");
    }

    /** Becomes a member, says something, is removed again. */
    private void comesAndGoes(TestDevice dora) {
        Expect.receipt(alice.invite(town, dora), ReceiptStatus.ORDERED);
        dora.join();
        dora.say(dora.channel(town.id()), "hello");
        world.pass(HEAL);
        alice.submit(alice.remove(town, dora));
        world.pass(HEAL);
    }

    private void restore(MemoryStore backup) {
        oran.crash();
        oran.restore(backup);
        oran.start();
    }

    private void isAddedAndTalks(String local) {
        TestDevice anew = oran.member(local);
        Expect.receipt(alice.invite(town, anew), ReceiptStatus.ORDERED);
        world.pass(HEAL);
        anew.join();
        anew.say(anew.channel(town.id()), "I am back");
        alice.say(town, "and we hear you");
        world.pass(HEAL);
        assertThat(anew.channel(town.id()).texts()).containsExactly("I am back", "and we hear you");
        assertThat(oran.logs().position(town.id())).isEqualTo(berlin.logs().position(town.id()));
        assertThat(oran.logs().outboxSize(town.id())).isZero();
        assertThat(town.texts()).endsWith("I am back", "and we hear you");
        Expect.sound(berlin, oran);
    }

    @Test
    @DisplayName("to before it knew a channel has it as soon as a member of it is added again")
    void beforeItKnewTheChannel() {
        MemoryStore backup = oran.disk().copy();
        comesAndGoes(oran.member("dora"));
        restore(backup);
        world.pass(HEAL);
        isAddedAndTalks("dora");
    }

    @Test
    @DisplayName("the same, where its hub is away while it is restored")
    void whileTheHubIsAway() {
        MemoryStore backup = oran.disk().copy();
        comesAndGoes(oran.member("dora"));
        world.cut(berlin, oran);
        restore(backup);
        world.pass(HEAL);
        world.heal(berlin, oran);
        world.pass(HEAL);
        isAddedAndTalks("dora");
    }

    @Test
    @DisplayName("the same, twice")
    void twice() {
        MemoryStore backup = oran.disk().copy();
        comesAndGoes(oran.member("dora"));
        restore(backup);
        world.pass(HEAL);
        comesAndGoes(oran.member("dora"));
        restore(backup);
        world.pass(HEAL);
        isAddedAndTalks("dora");
    }

    @Test
    @DisplayName("to the midst of a membership reads on to the removal, and from the next addition on")
    void inTheMidst() {
        TestDevice dora = oran.member("dora");
        Expect.receipt(alice.invite(town, dora), ReceiptStatus.ORDERED);
        dora.join();
        dora.say(dora.channel(town.id()), "one");
        MemoryStore backup = oran.disk().copy();
        dora.say(dora.channel(town.id()), "two");
        alice.submit(alice.remove(town, dora));
        alice.say(town, "among ourselves");
        world.pass(HEAL);
        restore(backup);
        world.pass(HEAL);
        isAddedAndTalks("dora2");
    }

    @Test
    @DisplayName("while an earlier device of its own is still a member, it keeps the channel and serves a new member")
    void earlierDeviceStillThere() {
        MemoryStore backup = oran.disk().copy();
        TestDevice dora = oran.member("dora");
        Expect.receipt(alice.invite(town, dora), ReceiptStatus.ORDERED);
        dora.join();
        world.pass(HEAL);
        restore(backup);
        world.pass(HEAL);
        isAddedAndTalks("emil");
    }

    @Test
    @DisplayName(
            "reads on to a device that follows before the server has learnt from the hub that it is in the channel")
    void devicesThatFollowTooEarly() {
        TestDevice dora = oran.member("dora");
        MemoryStore backup = oran.disk().copy();
        Expect.receipt(alice.invite(town, dora), ReceiptStatus.ORDERED);
        dora.join();
        dora.say(dora.channel(town.id()), "one");
        world.pass(HEAL);
        world.cut(berlin, oran);
        restore(backup);
        dora.reconnect();
        Expect.error(dora.follow(), ErrorCode.UNKNOWN_CHANNEL);
        alice.say(town, "two");
        world.heal(berlin, oran);
        world.pass(HEAL);
        alice.say(town, "three");
        world.pass(HEAL);
        assertThat(dora.channel(town.id()).texts()).containsExactly("one", "two", "three");
        Expect.sound(berlin, oran);
    }

    @Test
    @DisplayName(
            "reads on to a device that was removed and added again after the copy was made, and follows before the server knows that")
    void devicesThatCameBack() {
        TestDevice dora = oran.member("dora");
        Expect.receipt(alice.invite(town, dora), ReceiptStatus.ORDERED);
        dora.join();
        MemoryStore backup = oran.disk().copy();
        alice.submit(alice.remove(town, dora));
        Expect.receipt(alice.invite(town, dora), ReceiptStatus.ORDERED);
        dora.join();
        dora.say(dora.channel(town.id()), "one");
        world.pass(HEAL);
        world.cut(berlin, oran);
        restore(backup);
        dora.reconnect();
        dora.follow();
        alice.say(town, "two");
        world.heal(berlin, oran);
        world.pass(HEAL);
        alice.say(town, "three");
        world.pass(HEAL);
        assertThat(dora.channel(town.id()).texts()).containsExactly("one", "two", "three");
        Expect.sound(berlin, oran);
    }
}
