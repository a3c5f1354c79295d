package chat.samara.server.core.channel.rule;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.group.LeafChange;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.tree.Capabilities;
import chat.samara.server.core.Limits;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Plan;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ReceiptStatus;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Each commit breaks two rules: by a signature that is none, the first that is verified of all, and by what shows without. */
@DisplayName("A commit is refused before any of its signatures is verified")
final class RefusedBeforeSignaturesTest {
    private static final int BALLAST = 0xf0a0;

    private final World world = new World(88);
    private final TestServer berlin = world.server("berlin.example");
    private final TestDevice alice = berlin.member("alice");
    private final TestDevice bob = berlin.member("bob");
    private final TestChannel home = alice.found();

    @BeforeEach
    void bobIsIn() {
        Expect.receipt(alice.invite(home, bob), ReceiptStatus.ORDERED);
    }

    private Error refused(Plan plan, UnaryOperator<CommitPayload.Builder> change, ErrorCode code) {
        Submission good = alice.commit(home, plan);
        try {
            CommitPayload payload = change.apply(
                            CommitPayload.parseFrom(good.payload().arrayUnsafe()).toBuilder())
                    .setAuthorSignature(ByteString.copyFrom(new byte[Ed25519.SIGNATURE_BYTES]))
                    .build();
            return Expect.rejected(
                            alice.submit(new Submission(
                                    good.channel(), good.kind(), good.epoch(), good.key(), Protobuf.encode(payload))),
                            code)
                    .getError();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private Error refused(Plan plan, ErrorCode code) {
        return refused(plan, it -> it, code);
    }

    @Test
    @DisplayName("for the signature, where nothing else is wrong")
    void signature() {
        assertThat(refused(builder -> builder.update(), ErrorCode.INVALID_HANDSHAKE)
                        .getDetail())
                .isEqualTo("author-signature");
    }

    @Test
    @DisplayName(
            "if it adds a device that is not registered with the hub that it names, or one that was replaced there")
    void notRegistered() {
        TestDevice ghost = TestDevice.stranger(berlin, "ghost");
        assertThat(refused(builder -> builder.add(ghost.verifiedKeyPackage()), ErrorCode.UNKNOWN_MEMBER)
                        .getReason())
                .contains("ghost@berlin.example", "is not registered");
    }

    @Test
    @DisplayName("if it adds a member of a server that is no peer")
    void noPeer() {
        TestDevice dina = TestDevice.stranger(world.server("tunis.example"), "dina");
        assertThat(refused(builder -> builder.add(dina.verifiedKeyPackage()), ErrorCode.NOT_A_PEER)
                        .getDetail())
                .isEqualTo("tunis.example");
    }

    @Test
    @DisplayName("if its Welcome is not for those whom it adds")
    void welcome() {
        TestDevice carl = berlin.member("carl");
        assertThat(refused(
                                builder -> builder.add(carl.verifiedKeyPackage()),
                                CommitPayload.Builder::clearWelcome,
                                ErrorCode.INVALID_HANDSHAKE)
                        .getDetail())
                .isEqualTo("welcome");
    }

    @Test
    @DisplayName("if it brings a second identity key of a member")
    void oneIdentity() {
        TestDevice impostor = bob.impostor();
        assertThat(refused(builder -> builder.add(impostor.verifiedKeyPackage()), ErrorCode.INVALID_HANDSHAKE)
                        .getDetail())
                .isEqualTo("one-identity");
    }

    @Test
    @DisplayName("if it removes a member and adds the same again")
    void exchanged() {
        int leaf = home.leafOf(bob);
        TestDevice successor = bob.successor();
        assertThat(refused(
                                builder -> builder.remove(leaf).add(successor.verifiedKeyPackage()),
                                ErrorCode.INVALID_HANDSHAKE)
                        .getDetail())
                .isEqualTo("exchanged-leaf");
    }

    @Test
    @DisplayName("if a leaf is too large")
    void leaf() {
        LeafChange large = LeafChange.NONE
                .withCapabilities(Capabilities.of(List.of(BALLAST), List.of()))
                .withExtensions(List.of(new Extension(BALLAST, Bytes.wrapUnsafe(new byte[9 << 10]))));
        assertThat(refused(builder -> builder.update().changeLeaf(large), ErrorCode.TOO_LARGE)
                        .getDetail())
                .startsWith("leaf-bytes<=");
    }

    @Test
    @DisplayName("if its author has added as many as one may, and is told when it may add more; others add at once")
    void additions() throws Exception {
        TestServer tunis = world.server("tunis.example");
        world.peer(berlin, tunis);
        // More than half of what is allowed at once.
        List<KeyPackage> many = new ArrayList<>();
        for (int i = 0; i <= Limits.ADDITIONS_AT_ONCE_MAX / 2; i++) {
            many.add(TestDevice.stranger(tunis, "m" + i).verifiedKeyPackage());
        }
        Expect.receipt(alice.submit(alice.commit(home, builder -> many.forEach(builder::add))), ReceiptStatus.ORDERED);
        TestChannel other = alice.found();
        Submission second = alice.commit(other, builder -> many.forEach(builder::add));
        Error limit =
                Expect.rejected(alice.submit(second), ErrorCode.LIMIT_REACHED).getError();
        assertThat(limit.getDetail()).isEqualTo("additions<=" + Limits.ADDITIONS_AT_ONCE_MAX);
        assertThat(limit.getReason()).contains("alice@berlin.example", "try again later");
        assertThat(limit.getRetryAfterMillis()).isPositive();
        TestChannel bobs = bob.found();
        Expect.receipt(bob.invite(bobs, alice), ReceiptStatus.ORDERED);

        world.leap(limit.getRetryAfterMillis());
        alice.reconnect();
        alice.follow();
        Expect.receipt(alice.submit(alice.commit(other, builder -> many.forEach(builder::add))), ReceiptStatus.ORDERED);
    }
}
