package chat.samara.server.core.channel.hub;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.Limits;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.ManyChannels;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.wire.proto.Done;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A restored hub that several followers can give back what it lacks. */
final class TakingBackTest {
    private static final PeerFrame NOTHING =
            PeerFrame.newBuilder().setDone(Done.getDefaultInstance()).build();

    private final ManyChannels scene = new ManyChannels(31, 1);
    private final World world = scene.world;
    private final TestServer berlin = scene.berlin;
    private final TestServer tunis = scene.tunis;
    private final TestServer hanoi = world.server("hanoi.example");
    private final TestDevice alice = scene.alice;
    private final TestChannel home = scene.channels.get(0);

    /** The hub is restored from a copy that lacks some entries; tunis and these have them, and nobody is linked. */
    private void restoreBehind(String text, int lost, TestServer... others) {
        List<TestServer> followers = new ArrayList<>(List.of(others));
        for (TestServer other : others) {
            world.peer(berlin, other);
            TestDevice member = other.member("linh");
            Expect.receipt(alice.invite(home, member), ReceiptStatus.ORDERED);
            member.join();
        }
        followers.add(tunis);
        MemoryStore copy = berlin.disk().copy();
        for (int i = 0; i < lost; i++) {
            Expect.receipt(alice.say(home, text), ReceiptStatus.ORDERED);
        }
        followers.forEach(follower -> world.cut(berlin, follower));
        berlin.crash();
        berlin.restore(copy);
        berlin.start();
    }

    /** It answers, but with one entry of those that it has; and only when it is told to. */
    private Queue<PeerFrame> givesOneEntryAtATime(TestServer follower) {
        Queue<PeerFrame> held = new ArrayDeque<>();
        follower.tamper(frame -> {
            if (!frame.hasEntries()) {
                return frame;
            }
            var first = frame.getEntries().toBuilder().clearEntries();
            frame.getEntries().getEntriesList().stream().limit(1).forEach(first::addEntries);
            held.add(frame.toBuilder().setEntries(first).build());
            return NOTHING;
        });
        return held;
    }

    private boolean hasAllBack() {
        return berlin.logs().position(home.id()).equals(tunis.logs().position(home.id()));
    }

    @Test
    @DisplayName(
            "of two that give back one true entry each forty seconds, and one that gives all, that one is asked within two turns")
    void trickles() {
        TestServer lagos = world.server("lagos.example");
        Queue<PeerFrame> ofHanoi = givesOneEntryAtATime(hanoi);
        Queue<PeerFrame> ofLagos = givesOneEntryAtATime(lagos);
        restoreBehind("lost", 200, hanoi, lagos);
        world.heal(berlin, hanoi);
        world.heal(berlin, lagos);
        world.pass(ManyChannels.HEAL);
        assertThat(ofHanoi.size() + ofLagos.size()).isPositive();
        world.heal(berlin, tunis);
        for (long passed = 0; passed < 2 * Limits.TAKING_BACK_TURN_MILLIS + ManyChannels.HEAL; passed += 40_000) {
            while (!ofHanoi.isEmpty()) {
                world.pushFromPeer(hanoi, berlin, ofHanoi.remove());
            }
            while (!ofLagos.isEmpty()) {
                world.pushFromPeer(lagos, berlin, ofLagos.remove());
            }
            world.pass(40_000);
        }
        assertThat(hasAllBack()).isTrue();
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("two followers whose lines are so slow that a turn is not enough give all back in the end")
    void slowLines() {
        String text = "m".repeat(200_000);
        int lost = 14;
        restoreBehind(text, lost, hanoi);
        world.slow(8_000);
        world.heal(berlin, hanoi);
        world.heal(berlin, tunis);
        world.pass(10 * Limits.TAKING_BACK_TURN_MILLIS);
        assertThat(hasAllBack()).isFalse();
        world.pass(ManyChannels.HEAL + 20 * Limits.TAKING_BACK_TURN_MILLIS);
        assertThat(hasAllBack()).isTrue();
        Expect.sound(berlin, tunis, hanoi);
    }

    @Test
    @DisplayName(
            "a channel that the copy does not know is held from its first entry on: what waits for it comes behind all that is given back")
    void unknownChannel() {
        MemoryStore copy = berlin.disk().copy();
        TestChannel lost = alice.found();
        Expect.receipt(alice.invite(lost, scene.dina), ReceiptStatus.ORDERED);
        scene.dina.join();
        world.pass(ManyChannels.HEAL);
        for (int i = 0; i < 20; i++) {
            Expect.receipt(alice.say(lost, "m".repeat(30_000)), ReceiptStatus.ORDERED);
        }
        world.pass(ManyChannels.HEAL);
        long all = tunis.logs().position(lost.id()).orElseThrow().seq();
        world.cut(berlin, tunis);
        berlin.crash();
        berlin.restore(copy);
        berlin.start();
        Expect.receipt(scene.dina.say(scene.dina.channel(lost.id()), "waits"), ReceiptStatus.STORED);
        // So slow that what waits comes between two frames.
        world.slow(8_000);
        world.heal(berlin, tunis);
        world.pass(1_200_000);
        Expect.sound(berlin, tunis);
        assertThat(berlin.logs().position(lost.id())).isEqualTo(tunis.logs().position(lost.id()));
        assertThat(berlin.logs().position(lost.id()).orElseThrow().seq()).isEqualTo(all + 1);
    }
}
