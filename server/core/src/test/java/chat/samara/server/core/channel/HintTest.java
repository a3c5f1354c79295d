package chat.samara.server.core.channel;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.Limits;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.ManyChannels;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.proto.Done;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A hub that tells its followers that there is more")
final class HintTest {
    private static final PeerFrame NOTHING =
            PeerFrame.newBuilder().setDone(Done.getDefaultInstance()).build();

    private final ManyChannels scene = new ManyChannels(31, 1);
    private final World world = scene.world;
    private final TestServer berlin = scene.berlin;
    private final TestServer tunis = scene.tunis;
    private final TestDevice alice = scene.alice;
    private final TestChannel home = scene.channels.get(0);

    @BeforeEach
    void settle() {
        world.pass(ManyChannels.HEAL);
        berlin.takeSentToPeers();
        tunis.takeSentToPeers();
    }

    private TestChannel dinas() {
        return scene.dina.channel(home.id());
    }

    private List<PeerFrame> takeHints() {
        return berlin.takeSentToPeers().stream().filter(PeerFrame::hasHeadHint).toList();
    }

    @Test
    @DisplayName("gives a follower that has all the rest what is new beside the hint: it has it without having asked")
    void besideTheHint() {
        berlin.tamper(frame -> frame.hasEntries() ? NOTHING : frame);
        alice.say(alice.channel(home.id()), "at once");
        assertThat(dinas().texts()).containsExactly("at once");
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName(
            "what a follower's own member has said comes back beside the hint, before the receipt, and is not pulled")
    void ownBesideTheHint() {
        berlin.tamper(frame -> frame.hasEntries() ? NOTHING : frame);
        scene.dina.say(dinas(), "my own");
        assertThat(dinas().texts()).containsExactly("my own");
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("hears by the pull that follows that it has come, and so gives the next beside its hint, too")
    void eachBesideItsHint() {
        for (int i = 0; i < 5; i++) {
            alice.say(alice.channel(home.id()), "text " + i);
        }
        assertThat(takeHints())
                .hasSize(5)
                .allSatisfy(frame ->
                        assertThat(frame.getHeadHint().getEntriesCount()).isEqualTo(1));
        assertThat(tunis.takeSentToPeers().stream().filter(PeerFrame::hasPull)).hasSize(5);
        assertThat(dinas().texts()).hasSize(5);
    }

    @Test
    @DisplayName("gives nothing beside a hint to one that has not asked since the last one, which it may not have had")
    void notTwice() {
        tunis.tamper(frame -> frame.hasPull() ? NOTHING : frame);
        alice.say(alice.channel(home.id()), "one");
        alice.say(alice.channel(home.id()), "two");
        assertThat(takeHints())
                .extracting(frame -> frame.getHeadHint().getEntriesCount())
                .containsExactly(1, 0);
    }

    @Test
    @DisplayName("is given no more to a follower whose last member was removed, whatever it was still to be told of")
    void removed() {
        tunis.tamper(frame -> frame.hasPull() ? NOTHING : frame);
        for (int i = 0; i < Limits.HINTS_AGAIN_MAX + 5; i++) {
            alice.say(alice.channel(home.id()), "text " + i);
        }
        Expect.receipt(alice.submit(alice.remove(alice.channel(home.id()), scene.dina)), ReceiptStatus.ORDERED);
        alice.say(alice.channel(home.id()), "among ourselves");
        takeHints();
        scene.world.pass(ManyChannels.HEAL);

        assertThat(takeHints()).isEmpty();
    }

    @Test
    @DisplayName("that was lost is made good by the next: the follower pulls what does not follow on what it has (I2)")
    void lostHint() {
        boolean[] isLost = new boolean[1];
        berlin.tamper(frame -> {
            boolean first = frame.hasHeadHint() && !isLost[0];
            isLost[0] |= first;
            return first ? NOTHING : frame;
        });
        alice.say(alice.channel(home.id()), "lost on the way");
        assertThat(dinas().texts()).isEmpty();
        alice.say(alice.channel(home.id()), "behind it");
        assertThat(dinas().texts()).containsExactly("lost on the way", "behind it");
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
    }
}
