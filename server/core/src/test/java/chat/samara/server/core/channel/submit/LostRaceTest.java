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
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.SharedChannels;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What it costs a member that another's commit was ordered first, by a hub elsewhere. */
final class LostRaceTest {
    private static final int ADDED = Limits.ADDITIONS_AT_ONCE_MAX * 4 / 5;

    private static final PeerFrame NOTHING = PeerFrame.newBuilder()
            .setSharedChannels(SharedChannels.getDefaultInstance())
            .build();

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

    @Test
    @DisplayName("it loses some races without a pause; one that loses without end is told to wait, by its own server")
    void races() {
        TestChannel hers = dina.channel(home.id());
        // Her own server hears of no other commit, so that it keeps hers for the hub.
        berlin.tamper(frame -> frame.hasEntries() || frame.hasHeadHint() ? NOTHING : frame);
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
        int most = Limits.VERIFIED_IN_VAIN_AT_ONCE_KIBIBYTES_MAX / Limits.VERIFIED_IN_VAIN_KIBIBYTES_MIN;
        for (int i = 0; i < most; i++) {
            Submission commit = dina.update(hers);
            Expect.receipt(dina.submit(commit), ReceiptStatus.STORED);
            assertThat(dina.status(home.id(), commit.key()).getError().getCode())
                    .isEqualTo(ErrorCode.STALE_EPOCH);
            hers.group().clearPendingCommit();
        }
        Error error = Expect.error(dina.submit(dina.update(hers)), ErrorCode.LIMIT_REACHED);
        assertThat(error.getDetail()).startsWith("verified-in-vain-kib<=");
        hers.group().clearPendingCommit();
        world.leap(error.getRetryAfterMillis());
        dina.reconnect();
        dina.follow();
        Expect.receipt(dina.submit(dina.update(hers)), ReceiptStatus.STORED);
    }
}
