package chat.samara.server.core;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A server whose clock is set back by an hour")
final class ClockTest {
    private static final long BACK = -3_600_000;
    private static final long HEAL = 90_000;

    private final World world = new World(23);
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice dina = alice;
    private TestChannel home = alice.channel(alice.draft().id());

    @BeforeEach
    void found() {
        world.peer(berlin, tunis);
        alice = berlin.member("alice");
        dina = tunis.member("dina");
        home = alice.found();
        Expect.receipt(alice.invite(home, dina), ReceiptStatus.ORDERED);
        dina.join();
        world.pass(5_000);
    }

    private TestChannel dinas() {
        return dina.channel(home.id());
    }

    private void setBack() {
        berlin.setClockAhead(BACK);
        tunis.setClockAhead(BACK);
    }

    @Test
    @DisplayName("dials its peers again as soon as otherwise, and they converge (I8)")
    void dials() {
        world.cut(berlin, tunis);
        world.pass(HEAL);
        setBack();
        dina.say(dinas(), "while apart");
        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertThat(home.texts()).containsExactly("while apart");
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("sends again what was lost, and notices a link that has died")
    void sendsAgain() {
        PeerFrame nothing = PeerFrame.newBuilder()
                .setDone(chat.samara.wire.proto.Done.getDefaultInstance())
                .build();
        tunis.tamper(frame -> frame.hasSubmitRecords() ? nothing : frame);
        Submission text = dina.text(dinas(), "lost at first");
        dina.submit(text);
        setBack();
        tunis.tamper(frame -> frame);
        world.pass(HEAL);
        assertThat(dina.status(home.id(), text.key()).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName(
            "closes connections on which nobody logs in, and lets members return and claim when their time has come")
    void limits() {
        for (int i = 0; i < Limits.RETURNS_AT_ONCE_MAX; i++) {
            Expect.receipt(alice.submit(alice.externalCommit(dinas(), true)), ReceiptStatus.ORDERED);
        }
        Expect.rejected(alice.submit(alice.externalCommit(dinas(), true)), ErrorCode.LIMIT_REACHED);
        TestDevice stranger = TestDevice.stranger(berlin, "eve");
        stranger.connect();
        setBack();
        world.pass(Limits.RETURN_EVERY_MILLIS);
        assertThat(stranger.isConnected()).isFalse();
        Expect.receipt(alice.submit(alice.externalCommit(dinas(), true)), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName("closes ended epochs after as much time as otherwise, also if it was started anew in between")
    void epochs() {
        world.pass(world.config().epochGraceMillis() + HEAL);
        long before = closedEpochs();
        world.cut(berlin, tunis);
        alice.submit(alice.update(home));
        long open = world.config().epochOpenMillisMax();
        world.pass(open / 2);
        berlin.setClockAhead(-open);
        world.pass(open / 2 + 10_000);
        assertThat(closedEpochs()).isEqualTo(before + 1);

        alice.submit(alice.update(home));
        berlin.setClockAhead(-2 * open);
        berlin.restart();
        assertThat(closedEpochs()).isEqualTo(before + 1);
        world.pass(open + 10_000);
        assertThat(closedEpochs()).as("from the start on, at the latest").isEqualTo(before + 2);
    }

    private long closedEpochs() {
        alice.disconnect();
        alice.connect();
        alice.login();
        alice.follow();
        return home.entries().stream()
                .filter(it -> it.record().kind() == RecordKind.CONTROL && it.seq() > 1)
                .count();
    }
}
