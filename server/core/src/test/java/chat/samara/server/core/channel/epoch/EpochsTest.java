package chat.samara.server.core.channel.epoch;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.Table;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** When epochs are closed, and what that means for records of them. */
final class EpochsTest {
    private static final long GRACE = CoreConfig.standard().epochGraceMillis();

    private final World world = new World(9);
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice bob = alice;
    private TestDevice dina = alice;
    private TestChannel home = alice.channel(alice.draft().id());

    @BeforeEach
    void found() {
        world.peer(berlin, tunis);
        alice = berlin.member("alice");
        bob = berlin.member("bob");
        dina = tunis.member("dina");
        home = alice.found();
        alice.invite(home, bob);
        bob.join();
    }

    private List<Long> closed() {
        return home.entries().stream()
                .filter(it -> it.record().kind() == RecordKind.CONTROL && it.seq() > 1)
                .map(it -> {
                    try {
                        return Payload.control(it.record()).getEpochClosed().getThroughEpoch();
                    } catch (RefusedException e) {
                        throw new AssertionError(e);
                    }
                })
                .toList();
    }

    @Test
    @DisplayName("without followers an epoch is closed a grace after the commit that ended it, and not before")
    void alone() {
        world.pass(GRACE - 2_000);
        assertThat(closed()).isEmpty();
        world.pass(4_000);
        assertThat(closed()).containsExactly(0L);
    }

    @Test
    @DisplayName("in the grace, messages of the epoch before are still ordered; after the close they are EPOCH_EXPIRED")
    void grace() {
        Submission early = bob.text(bob.channel(home.id()), "early");
        Submission late = bob.text(bob.channel(home.id()), "late");
        alice.submit(alice.update(home));
        Expect.receipt(bob.submit(early), ReceiptStatus.ORDERED);
        world.pass(GRACE + 2_000);
        Expect.rejected(bob.submit(late), ErrorCode.EPOCH_EXPIRED);
        Expect.receipt(bob.submit(bob.textAs(bob.channel(home.id()), "late", late.key())), ReceiptStatus.ORDERED);
        assertThat(home.texts()).containsExactly("early", "late");
    }

    @Test
    @DisplayName("several epochs are closed by one entry")
    void several() {
        alice.submit(alice.update(home));
        alice.submit(alice.update(home));
        world.pass(GRACE + 2_000);
        assertThat(closed()).containsExactly(2L);
    }

    @Test
    @DisplayName("an epoch stays open until the follower has drained it, also over restarts of both")
    void waitsForFollower() {
        alice.invite(home, dina);
        dina.join();
        world.cut(berlin, tunis);
        alice.submit(alice.update(home));
        world.pass(10 * GRACE);
        assertThat(closed()).containsExactly(1L);
        berlin.restart();
        tunis.restart();
        world.heal(berlin, tunis);
        world.pass(120_000);
        alice.connect();
        alice.login();
        alice.follow();
        assertThat(closed()).containsExactly(1L, 2L);
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("a follower takes no record of an epoch that it has drained")
    void drained() {
        alice.invite(home, dina);
        dina.join();
        Submission late = dina.text(dina.channel(home.id()), "late");
        alice.submit(alice.update(home));
        world.pass(500);
        // The hub does not hear of it, and closes nothing.
        world.cut(berlin, tunis);
        world.pass(GRACE + 1_500);
        var receipt = Expect.rejected(dina.submit(late), ErrorCode.EPOCH_EXPIRED);
        assertThat(receipt.getError().getReason()).contains("encrypt");
        assertThat(receipt.getError().getDetail()).isEqualTo("drained");
        Expect.receipt(dina.submit(dina.textAs(dina.channel(home.id()), "late", late.key())), ReceiptStatus.STORED);
        world.heal(berlin, tunis);
        world.pass(120_000);
        assertThat(home.texts()).containsExactly("late");
    }

    @Test
    @DisplayName("a record that waits in the outbox keeps its epoch from being drained")
    void outboxHolds() {
        alice.invite(home, dina);
        dina.join();
        tunis.tamper(frame -> frame.hasSubmitRecords()
                ? frame.toBuilder()
                        .setDone(chat.samara.wire.proto.Done.getDefaultInstance())
                        .build()
                : frame);
        Expect.receipt(dina.say(dina.channel(home.id()), "slow"), ReceiptStatus.STORED);
        alice.submit(alice.update(home));
        world.pass(60_000);
        assertThat(closed()).containsExactly(1L);
        tunis.tamper(frame -> frame);
        world.pass(60_000);
        assertThat(home.texts()).containsExactly("slow");
        assertThat(closed()).containsExactly(1L, 2L);
    }

    @Test
    @DisplayName("while a follower is away for hours its channels are hardly looked at")
    void rests() {
        alice.invite(home, dina);
        dina.join();
        world.cut(berlin, tunis);
        alice.submit(alice.update(home));
        world.pass(10 * GRACE);
        long before = berlin.reads(Table.EPOCH);
        world.pass(3_600_000);
        assertThat(berlin.reads(Table.EPOCH) - before).isBetween(1L, 10L);
    }

    @Test
    @DisplayName("when the time is up an epoch is closed without its followers")
    void timeUp() {
        alice.invite(home, dina);
        dina.join();
        world.cut(berlin, tunis);
        alice.submit(alice.update(home));
        world.pass(CoreConfig.standard().epochOpenMillisMax() + 5_000);
        assertThat(closed()).containsExactly(1L, 2L);
    }

    @Test
    @DisplayName(
            "while its server is cut off more commits come than devices keep epochs: its record is returned, and encrypted again")
    void moreEpochsThanDevicesKeep() {
        assertThat(Limits.OPEN_EPOCHS_MAX).isLessThan(chat.samara.mls.Limits.PAST_EPOCHS_MAX);
        alice.invite(home, dina);
        dina.join();
        world.cut(berlin, tunis);
        Submission late = dina.text(dina.channel(home.id()), "late");
        Expect.receipt(dina.submit(late), ReceiptStatus.STORED);
        for (int i = 0; i <= Limits.OPEN_EPOCHS_MAX; i++) {
            Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
        }
        world.pass(GRACE + 2_000);
        // Epoch 2, in which dina spoke, is one too many; nobody has drained it, and its time is far from up.
        assertThat(closed().get(closed().size() - 1)).isEqualTo(2L);
        world.heal(berlin, tunis);
        world.pass(120_000);
        assertThat(home.texts()).isEmpty();
        Expect.receipt(dina.submit(dina.textAs(dina.channel(home.id()), "late", late.key())), ReceiptStatus.STORED);
        world.pass(10_000);
        assertThat(home.texts()).containsExactly("late");
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName(
            "before the hub has logged it closed, an epoch that is too far behind takes no record either, and one less far does")
    void tooFarBehind() {
        Submission tooLate = bob.text(bob.channel(home.id()), "too late");
        alice.submit(alice.update(home));
        Submission inTime = bob.text(bob.channel(home.id()), "in time");
        for (int i = 0; i < Limits.OPEN_EPOCHS_MAX; i++) {
            alice.submit(alice.update(home));
        }
        assertThat(Expect.rejected(bob.submit(tooLate), ErrorCode.EPOCH_EXPIRED)
                        .getError()
                        .getDetail())
                .isEqualTo("open-epochs<=" + Limits.OPEN_EPOCHS_MAX);
        Expect.receipt(bob.submit(inTime), ReceiptStatus.ORDERED);
        assertThat(home.texts()).containsExactly("in time");
    }
}
