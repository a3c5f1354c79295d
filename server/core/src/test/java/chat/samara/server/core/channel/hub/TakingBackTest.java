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
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.ClaimKeyPackages;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Done;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.SharedChannel;
import chat.samara.wire.proto.SharedChannels;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
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

    /** The hub is restored from a copy of before a channel was founded, of which these have all. */
    private TestChannel restoreWithout(TestServer... others) {
        MemoryStore copy = berlin.disk().copy();
        TestChannel lost = alice.found();
        Expect.receipt(alice.invite(lost, scene.dina), ReceiptStatus.ORDERED);
        scene.dina.join();
        for (TestServer other : others) {
            TestDevice member = other.member("linh");
            Expect.receipt(alice.invite(lost, member), ReceiptStatus.ORDERED);
            member.join();
            world.cut(berlin, other);
        }
        world.pass(ManyChannels.HEAL);
        world.cut(berlin, tunis);
        berlin.crash();
        berlin.restore(copy);
        berlin.start();
        return lost;
    }

    @Test
    @DisplayName(
            "a follower that is asked first for a channel that the copy does not know, and says nothing, holds it for one turn")
    void silent() {
        world.peer(berlin, hanoi);
        TestChannel lost = restoreWithout(hanoi);
        hanoi.tamper(frame -> frame.hasEntries() ? NOTHING : frame);
        world.heal(berlin, hanoi);
        world.pass(10_000);
        world.heal(berlin, tunis);
        world.pass(2 * Limits.TAKING_BACK_TURN_MILLIS);
        assertThat(berlin.logs().position(lost.id()))
                .isPresent()
                .isEqualTo(tunis.logs().position(lost.id()));
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName(
            "a follower that once gave nothing of a channel that the copy does not know is asked again when it names the channel again")
    void namedAgain() {
        TestChannel lost = restoreWithout();
        tunis.tamper(frame -> frame.hasEntries()
                ? frame.toBuilder()
                        .setEntries(frame.getEntries().toBuilder().clearEntries())
                        .build()
                : frame);
        world.heal(berlin, tunis);
        world.pass(10_000);
        tunis.tamper(frame -> frame);
        world.pass(2 * world.config().exchangeMillis());
        assertThat(berlin.logs().position(lost.id()))
                .isPresent()
                .isEqualTo(tunis.logs().position(lost.id()));
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("what is made up in small pieces is not remembered: whoever gives it loses its turn")
    void smallPieces() {
        Queue<PeerFrame> ofHanoi = givesOneEntryAtATime(hanoi);
        restoreBehind("lost", 200, hanoi);
        world.heal(berlin, hanoi);
        world.pass(10_000);
        world.pushFromPeer(hanoi, berlin, ofHanoi.remove());
        world.pass(5_000);
        world.pushFromPeer(hanoi, berlin, ofHanoi.remove());
        world.pass(5_000);
        assertThat(ofHanoi).isEmpty();
    }

    private ClientFrame.Builder claimOfDina(int number) {
        return ClientFrame.newBuilder()
                .setClaimKeyPackages(ClaimKeyPackages.newBuilder()
                        .setUserId(scene.dina.user().toString())
                        .setCipherSuite(1)
                        .setClaimId(ByteString.copyFrom(
                                ByteBuffer.allocate(16).putInt(number).array())));
    }

    @Test
    @DisplayName("a link that is full of other requests when a channel is to be asked for ends nobody's turn")
    void fullLink() {
        restoreBehind("lost", 20);
        List<PeerFrame> named = new ArrayList<>();
        tunis.tamper(frame -> {
            if (frame.hasSharedChannels() && frame.getSharedChannels().getChannelsCount() > 0) {
                named.add(frame);
                return NOTHING;
            }
            return frame;
        });
        world.heal(berlin, tunis);
        world.pass(ManyChannels.HEAL);
        assertThat(hasAllBack()).isFalse();
        tunis.tamper(frame -> frame.getAnswer() ? NOTHING : frame);
        for (int i = 0; i < Limits.REQUESTS_PER_LINK_MAX / Limits.REMOTE_REQUESTS_PER_SESSION_MAX; i++) {
            TestDevice member = berlin.member("member" + i);
            for (int k = 0; k < Limits.REMOTE_REQUESTS_PER_SESSION_MAX; k++) {
                member.send(claimOfDina(k));
            }
        }
        world.settle();
        assertThat(berlin.member("late").ask(claimOfDina(0)).getError().toString())
                .contains("too many requests to tunis.example");
        world.pushFromPeer(tunis, berlin, named.get(0));
        tunis.tamper(frame -> frame.hasSharedChannels() ? NOTHING : frame);
        world.pass(20_000);
        assertThat(hasAllBack()).isTrue();
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName(
            "peers that are not in the channel, say that they have more of it and give nothing hold it for no moment longer than a follower takes")
    void notInIt() {
        TestServer lagos = world.server("lagos.example");
        world.peer(berlin, hanoi);
        world.peer(berlin, lagos);
        restoreBehind("lost", 20);
        for (TestServer liar : List.of(hanoi, lagos)) {
            liar.tamper(frame -> frame.getAnswer() ? NOTHING : frame);
            world.pushFromPeer(
                    liar,
                    berlin,
                    PeerFrame.newBuilder()
                            .setSharedChannels(SharedChannels.newBuilder()
                                    .addChannels(SharedChannel.newBuilder()
                                            .setChannelId(Protobuf.toByteString(
                                                    home.id().bytes()))
                                            .setHub(berlin.name().value())
                                            .setTerm(1)
                                            .setSeq(1_000)
                                            .setEntryHash(ByteString.copyFrom(new byte[32]))))
                            .build());
        }
        world.heal(berlin, tunis);
        world.pass(Limits.TAKING_BACK_TURN_MILLIS / 2);
        assertThat(hasAllBack()).isTrue();
        Expect.sound(berlin, tunis);
    }
}
