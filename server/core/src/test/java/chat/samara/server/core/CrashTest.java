package chat.samara.server.core;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.TestServer.CrashPoint;
import chat.samara.server.core.harness.World;
import chat.samara.wire.proto.ClaimedKeyPackage;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A server dies at every single step of a conversation between two servers, once before and once after its batch reaches the disk:
 * whatever was acknowledged is in the log, once, and all logs agree (I1, I2, I3).
 */
final class CrashTest {
    private static final int STEPS_MAX = 400;
    private static final int TRIES_MAX = 12;

    /** Which server dies. */
    private enum Victim {
        HUB,
        FOLLOWER
    }

    @ParameterizedTest
    @EnumSource(Victim.class)
    @DisplayName("a crash before the batch is written loses nothing that was acknowledged")
    void beforeWrite(Victim victim) {
        everyStep(victim, CrashPoint.BEFORE_WRITE);
    }

    @ParameterizedTest
    @EnumSource(Victim.class)
    @DisplayName("a crash after the batch is written, before anybody is told, doubles nothing")
    void afterWrite(Victim victim) {
        everyStep(victim, CrashPoint.AFTER_WRITE);
    }

    private void everyStep(Victim victim, CrashPoint point) {
        int step = 0;
        while (step < STEPS_MAX) {
            Conversation conversation = new Conversation();
            TestServer dying = victim == Victim.HUB ? conversation.berlin : conversation.tunis;
            dying.crashAfter(step, point);
            try {
                conversation.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(victim + " died " + point + " in step " + step + ": " + e.getMessage(), e);
            }
            if (!dying.hasCrashed()) {
                assertThat(step).as("steps of the " + victim).isGreaterThan(10);
                return;
            }
            step++;
        }
        throw new AssertionError(
                "still crashing after " + STEPS_MAX + " steps, expected the conversation to end before");
    }

    @Test
    @DisplayName("without a crash the conversation takes no retries")
    void calm() {
        new Conversation().run();
    }

    /** What is said, by devices that try again until they are answered. */
    private static final class Conversation {
        private final World world = new World(11);
        private final TestServer berlin = world.server("berlin.example");
        private final TestServer tunis = world.server("tunis.example");
        private final TestDevice alice = TestDevice.stranger(berlin, "alice");
        private final TestDevice dina = TestDevice.stranger(tunis, "dina");
        private final List<String> acknowledged = new ArrayList<>();

        Conversation() {
            world.peer(berlin, tunis);
            for (TestDevice device : List.of(alice, dina)) {
                device.connect();
                device.register(device.server().invite(1).token());
                device.publish(2);
            }
        }

        void run() {
            TestDevice.Draft draft = alice.draft();
            until(alice, () -> alice.create(draft).hasReceipt());
            TestChannel home = alice.channel(draft.id());
            home.begin(draft.group());
            until(alice, () -> alice.follow().hasDone());
            Bytes claim = Bytes.of(world.random().bytes(16));
            List<ClaimedKeyPackage> claimed = new ArrayList<>();
            until(alice, () -> {
                claimed.clear();
                claimed.addAll(
                        alice.claim(dina.user(), claim).getClaimedKeyPackages().getKeyPackagesList());
                return !claimed.isEmpty();
            });
            Submission add = alice.add(home, claimed);
            until(alice, () -> settled(alice, home, add));
            until(dina, () -> {
                dina.join();
                return dina.channel(draft.id()).seq() > 0;
            });
            TestChannel dinas = dina.channel(draft.id());
            for (int i = 0; i < 2; i++) {
                say(alice, home, "b" + i);
                say(dina, dinas, "t" + i);
            }
            Submission update = dina.update(dinas);
            until(dina, () -> settled(dina, dinas, update));
            say(alice, home, "end");
            world.pass(90_000);
            check(home, dinas);
        }

        private void say(TestDevice device, TestChannel channel, String text) {
            Submission submission = device.text(channel, text);
            until(device, () -> settled(device, channel, submission));
            acknowledged.add(text);
        }

        private boolean settled(TestDevice device, TestChannel channel, Submission submission) {
            ServerFrame answer = device.submit(submission);
            if (answer.hasError() && answer.getError().getExpected() > 0) {
                channel.expectDeviceSeq(answer.getError().getExpected());
                return false;
            }
            assertThat(answer.getReceipt().getStatus()).as(answer.toString()).isNotEqualTo(ReceiptStatus.REJECTED);
            return answer.hasReceipt();
        }

        /** Connects if need be, and tries until it works. */
        private void until(TestDevice device, java.util.function.BooleanSupplier attempt) {
            for (int i = 0; i < TRIES_MAX; i++) {
                if (!device.isConnected()) {
                    device.connect();
                    if (device.isConnected()) {
                        device.ask(ClientFrame.newBuilder(device.loginFrame().build()));
                    }
                    if (device.isConnected()) {
                        device.follow();
                    }
                }
                if (device.isConnected() && attempt.getAsBoolean()) {
                    return;
                }
                world.pass(5_000);
            }
            throw new AssertionError(device.user() + " tried " + TRIES_MAX + " times");
        }

        private void check(TestChannel home, TestChannel dinas) {
            for (TestDevice device : List.of(alice, dina)) {
                until(device, () -> device.follow().hasDone());
            }
            assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
            assertThat(tunis.logs().outboxSize(home.id())).isZero();
            assertThat(home.texts()).containsExactlyInAnyOrderElementsOf(acknowledged);
            assertThat(dinas.texts()).isEqualTo(home.texts());
            assertThat(tunis.logs().stopped(home.id())).isEmpty();
            Expect.sound(berlin, tunis);
        }
    }
}
