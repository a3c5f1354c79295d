package chat.samara.server.core.channel.rule;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.group.GroupInfoDraft;
import chat.samara.server.core.Limits;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is refused after it was verified costs whoever sent it as much as it may cost all others. */
final class VerifiedInVainTest {
    private static final int BALLAST = 0xf0a0;
    private static final long FULL_AGAIN_MILLIS =
            Limits.VERIFIED_IN_VAIN_AT_ONCE_KIBIBYTES_MAX * Limits.VERIFIED_IN_VAIN_KIBIBYTE_OF_A_MEMBER_EVERY_MILLIS;

    private final World world = new World(32);
    private final TestServer berlin = world.server("berlin.example");
    private final TestDevice alice = berlin.member("alice");
    private final TestDevice bob = berlin.member("bob");
    private final TestChannel home = alice.found();

    VerifiedInVainTest() {
        Expect.receipt(alice.invite(home, bob), ReceiptStatus.ORDERED);
        bob.join();
    }

    private static Extension ballast(int bytes) {
        return new Extension(BALLAST, Bytes.wrapUnsafe(new byte[bytes]));
    }

    /** Nearly as large as fits, and not signed as a whole. */
    private Submission large() {
        Submission good = alice.update(home);
        try {
            CommitPayload payload = CommitPayload.parseFrom(good.payload().arrayUnsafe()).toBuilder()
                    .setAuthorSignature(ByteString.copyFrom(new byte[Ed25519.SIGNATURE_BYTES]))
                    .setUnknownFields(UnknownFieldSet.newBuilder()
                            .addField(
                                    4_000,
                                    UnknownFieldSet.Field.newBuilder()
                                            .addLengthDelimited(ByteString.copyFrom(new byte[900 << 10]))
                                            .build())
                            .build())
                    .build();
            return new Submission(good.channel(), good.kind(), good.epoch(), good.key(), Protobuf.encode(payload));
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static Error overBudget(ServerFrame answer) {
        Error error = Expect.error(answer, ErrorCode.LIMIT_REACHED);
        assertThat(error.getDetail()).startsWith("verified-in-vain-kib<=");
        return error;
    }

    @Test
    @DisplayName("a member whose large commit was refused sends the next one later; all others go on at once")
    void largeCommits() {
        Expect.rejected(alice.submit(large()), ErrorCode.INVALID_HANDSHAKE);
        Submission second = large();
        Error refused = overBudget(alice.submit(second));
        assertThat(refused.getRetryAfterMillis()).isBetween(1L, FULL_AGAIN_MILLIS);
        Expect.receipt(bob.submit(bob.update(bob.channel(home.id()))), ReceiptStatus.ORDERED);
        world.leap(FULL_AGAIN_MILLIS);
        alice.reconnect();
        alice.follow();
        Expect.rejected(alice.submit(large()), ErrorCode.INVALID_HANDSHAKE);
    }

    @Test
    @DisplayName("another connection begins with no other budget")
    void reconnecting() {
        Expect.rejected(alice.submit(large()), ErrorCode.INVALID_HANDSHAKE);
        alice.reconnect();
        alice.follow();
        overBudget(alice.submit(large()));
    }

    @Test
    @DisplayName("small ones count as well, and what the member says besides is taken")
    void small() {
        int most = Limits.VERIFIED_IN_VAIN_AT_ONCE_KIBIBYTES_MAX / Limits.VERIFIED_IN_VAIN_KIBIBYTES_MIN;
        for (int i = 0; i < most; i++) {
            Expect.rejected(alice.submit(notSigned()), ErrorCode.INVALID_HANDSHAKE);
        }
        overBudget(alice.submit(notSigned()));
        home.group().clearPendingCommit();
        Expect.receipt(alice.say(home, "still here"), ReceiptStatus.ORDERED);
    }

    private Submission notSigned() {
        Submission good = alice.update(home);
        byte[] broken = good.payload().toByteArray();
        broken[broken.length - 1] ^= 1;
        return new Submission(good.channel(), good.kind(), good.epoch(), good.key(), Bytes.wrapUnsafe(broken));
    }

    @Test
    @DisplayName("what is accepted, and what is refused for its epoch alone, costs nothing of it")
    void worthwhile() {
        int many = 2 * Limits.VERIFIED_IN_VAIN_AT_ONCE_KIBIBYTES_MAX / Limits.VERIFIED_IN_VAIN_KIBIBYTES_MIN;
        Submission late = alice.update(home);
        Expect.receipt(bob.submit(bob.update(bob.channel(home.id()))), ReceiptStatus.ORDERED);
        for (int i = 0; i < many / 2; i++) {
            IdempotencyKey key =
                    new IdempotencyKey(Bytes.wrapUnsafe(world.random().bytes(16)));
            Submission again = new Submission(late.channel(), late.kind(), late.epoch(), key, late.payload());
            Expect.rejected(alice.submit(again), ErrorCode.STALE_EPOCH);
            Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
        }
    }

    /** Of some 30 KiB. */
    private static Submission adding(TestDevice committer, TestChannel channel, TestDevice added) {
        GroupInfoDraft draft = GroupInfoDraft.USUAL.withExtensions(List.of(ballast(15 << 10)));
        return committer.commit(
                channel,
                builder ->
                        builder.add(added.verifiedKeyPackage()).groupInfo(draft).welcome(draft));
    }

    @Test
    @DisplayName(
            "what one member of another server sends after that its own server refuses, and its fellows go on at once")
    void origins() {
        TestServer tunis = world.server("tunis.example");
        world.peer(berlin, tunis);
        TestDevice dina = tunis.member("dina");
        Expect.receipt(alice.invite(home, dina), ReceiptStatus.ORDERED);
        world.settle();
        dina.join();
        TestChannel hers = dina.channel(home.id());
        TestDevice emil = tunis.member("emil");
        Expect.receipt(alice.invite(home, emil), ReceiptStatus.ORDERED);
        world.settle();
        emil.join();
        dina.follow();
        emil.follow();
        world.settle();
        // Only the hub knows that there is no such device.
        TestDevice ghost = TestDevice.stranger(berlin, "ghost");
        int each = 30;
        int needed = Limits.VERIFIED_IN_VAIN_AT_ONCE_KIBIBYTES_MAX / each;
        for (int i = 0; i < needed; i++) {
            dina.submit(adding(dina, hers, ghost));
        }
        tunis.takeSentToPeers();
        berlin.takeSentToPeers();
        hers.group().clearPendingCommit();
        // What the hub refused counts at her own server, which does not send any more of it.
        overBudget(dina.submit(adding(dina, hers, ghost)));
        assertThat(tunis.takeSentToPeers()).noneMatch(PeerFrame::hasSubmitRecords);
        // Her server forgets that when it starts again.
        tunis.restart();
        for (TestDevice device : List.of(dina, emil)) {
            device.reconnect();
            device.follow();
        }
        world.pass(5_000);
        dina.takePushes();
        hers.group().clearPendingCommit();
        for (int i = 0; i < 7; i++) {
            dina.submit(adding(dina, hers, ghost));
        }
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        // To see that there is no such device takes the hub no signature.
        assertThat(dina.takePushes().stream()
                        .filter(frame -> frame.getReceipt().getStatus() == ReceiptStatus.REJECTED)
                        .map(frame -> frame.getReceipt().getError().getCode()))
                .hasSizeGreaterThanOrEqualTo(5)
                .containsOnly(ErrorCode.UNKNOWN_MEMBER);
        Expect.receipt(emil.submit(emil.update(emil.channel(home.id()))), ReceiptStatus.STORED);
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        Expect.receipt(alice.say(home, "others go on"), ReceiptStatus.ORDERED);
        world.pass(10 * world.config().retryMillis());
        hers.group().clearPendingCommit();
        Expect.receipt(dina.submit(dina.update(hers)), ReceiptStatus.STORED);
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        Expect.sound(berlin, tunis);
    }
}
