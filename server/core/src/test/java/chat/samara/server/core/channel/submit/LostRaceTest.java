package chat.samara.server.core.channel.submit;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.server.core.Limits;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.ManyChannels;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What it costs a member that another's commit was ordered first, by a hub elsewhere. */
final class LostRaceTest {
    private static final int ADDED = Limits.ADDITIONS_AT_ONCE_MAX * 4 / 5;

    private final World world = new World(61);
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");
    private final TestDevice alice;
    private final TestDevice dina;
    private final TestChannel home;

    LostRaceTest() {
        world.peer(berlin, tunis);
        alice = berlin.member("alice");
        dina = tunis.member("dina");
        home = alice.found();
        Expect.receipt(alice.invite(home, dina), ReceiptStatus.ORDERED);
        dina.join();
    }

    /** Another commit is ordered, and her own server has kept this one meanwhile. */
    private void loses(Submission commit) {
        Expect.receipt(dina.submit(commit), ReceiptStatus.STORED);
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
        world.heal(berlin, tunis);
        world.pass(ManyChannels.HEAL);
        assertThat(dina.status(home.id(), commit.key()).getError().getCode()).isEqualTo(ErrorCode.STALE_EPOCH);
        dina.channel(home.id()).group().clearPendingCommit();
        dina.reconnect();
        dina.follow();
    }

    @Test
    @DisplayName("it has added nobody, and may add as many as before")
    void additions() throws Exception {
        TestServer hanoi = world.server("hanoi.example");
        world.peer(berlin, hanoi);
        List<KeyPackage> many = new ArrayList<>();
        // More than there would be again by the time that the race is lost.
        for (int i = 0; i < ADDED; i++) {
            many.add(TestDevice.stranger(hanoi, "m" + i).verifiedKeyPackage());
        }
        TestChannel hers = dina.channel(home.id());
        world.cut(berlin, tunis);
        loses(dina.commit(hers, builder -> many.forEach(builder::add)));
        Submission again = dina.commit(hers, builder -> many.forEach(builder::add));
        Expect.receipt(dina.submit(again), ReceiptStatus.STORED);
        assertThat(dina.status(home.id(), again.key()).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
    }
}
