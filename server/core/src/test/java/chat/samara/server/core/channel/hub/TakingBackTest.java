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
import java.util.Queue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A restored hub that two followers can give back what it lacks. */
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

    private void restoreBehindBoth(String text, int lost) {
        world.peer(berlin, hanoi);
        TestDevice linh = hanoi.member("linh");
        Expect.receipt(alice.invite(home, linh), ReceiptStatus.ORDERED);
        linh.join();
        MemoryStore copy = berlin.disk().copy();
        for (int i = 0; i < lost; i++) {
            Expect.receipt(alice.say(home, text), ReceiptStatus.ORDERED);
        }
        world.cut(berlin, tunis);
        world.cut(berlin, hanoi);
        berlin.crash();
        berlin.restore(copy);
        berlin.start();
    }

    private boolean hasAllBack() {
        return berlin.logs().position(home.id()).equals(tunis.logs().position(home.id()));
    }

    @Test
    @DisplayName(
            "a follower that gives back an entry now and then keeps another, which gives all, waiting for some minutes only")
    void trickles() {
        Queue<PeerFrame> held = new ArrayDeque<>();
        hanoi.tamper(frame -> {
            if (!frame.hasEntries()) {
                return frame;
            }
            var first = frame.getEntries().toBuilder().clearEntries();
            frame.getEntries().getEntriesList().stream().limit(1).forEach(first::addEntries);
            held.add(frame.toBuilder().setEntries(first).build());
            return NOTHING;
        });
        restoreBehindBoth("lost", 50);
        world.heal(berlin, hanoi);
        world.pass(ManyChannels.HEAL);
        assertThat(held).isNotEmpty();
        world.heal(berlin, tunis);
        long step = Limits.TAKING_BACK_PATIENCE_MILLIS - 1_000;
        for (long passed = 0; passed < Limits.TAKING_BACK_TURN_MILLIS + ManyChannels.HEAL; passed += step) {
            while (!held.isEmpty()) {
                world.pushFromPeer(hanoi, berlin, held.remove());
            }
            world.pass(step);
        }
        assertThat(hasAllBack()).isTrue();
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("two followers whose lines are so slow that a turn is not enough give all back in the end")
    void slowLines() {
        String text = "m".repeat(200_000);
        int lost = 14;
        restoreBehindBoth(text, lost);
        world.slow(8_000);
        world.heal(berlin, hanoi);
        world.heal(berlin, tunis);
        world.pass(Limits.TAKING_BACK_TURN_MILLIS);
        assertThat(hasAllBack()).isFalse();
        world.pass(ManyChannels.HEAL + 2 * Limits.TAKING_BACK_TURN_MILLIS);
        assertThat(hasAllBack()).isTrue();
        Expect.sound(berlin, tunis, hanoi);
    }
}
