package chat.samara.server.core;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Primitives;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.PublishKeyPackages;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Signatures that are remembered")
final class SignaturesRememberedTest {
    private static final int KEPT = 1 << 12;

    private final long seed = new Random().nextLong();

    /** All that two servers do for members who talk, and for one who forges: decided by the seed alone. */
    private List<Effect> story() {
        World world = new World(seed);
        TestServer berlin = world.server("berlin.example");
        TestServer tunis = world.server("tunis.example");
        world.peer(berlin, tunis);
        TestDevice alice = berlin.member("alice");
        TestDevice bob = berlin.member("bob");
        TestDevice dina = tunis.member("dina");
        alice.publish(5);
        TestChannel home = alice.found();
        Expect.receipt(alice.invite(home, bob, dina), ReceiptStatus.ORDERED);
        alice.say(home, "hello");
        Bytes good = bob.keyPackage(false);
        publish(bob, good);
        // The signature is the end of a KeyPackage; what is before its last byte is signed.
        publish(bob, changed(good, good.size() - 1));
        publish(bob, changed(good, good.size() / 2));
        Submission update = alice.update(home);
        alice.submit(new Submission(
                update.channel(),
                update.kind(),
                update.epoch(),
                new IdempotencyKey(Bytes.wrapUnsafe(new byte[IdempotencyKey.SIZE_BYTES])),
                update.payload()));
        Expect.receipt(alice.submit(update), ReceiptStatus.ORDERED);
        List<Effect> effects = new ArrayList<>(berlin.takeEffects());
        effects.addAll(tunis.takeEffects());
        return effects;
    }

    private static void publish(TestDevice device, Bytes keyPackage) {
        ServerFrame unused = device.ask(ClientFrame.newBuilder()
                .setPublishKeyPackages(
                        PublishKeyPackages.newBuilder().addKeyPackages(Protobuf.toByteString(keyPackage))));
    }

    private static Bytes changed(Bytes good, int at) {
        byte[] bytes = good.toByteArray();
        bytes[at] ^= 1;
        return Bytes.wrapUnsafe(bytes);
    }

    @Test
    @DisplayName("change nothing of what servers decide and say, whether few are remembered or all")
    void sameDecisions() {
        List<Effect> without = story();
        Primitives.rememberSignatures(KEPT);
        List<Effect> some = story();
        long before = Primitives.signaturesRemembered();
        List<Effect> all = story();
        assertThat(Primitives.signaturesRemembered()).isGreaterThan(before + 20);
        assertThat(some).as("seed %s", seed).isEqualTo(without);
        assertThat(all).as("seed %s", seed).isEqualTo(without);
        assertThat(without.toString()).contains("SendToSession");
    }
}
