package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.SigningLabel;
import chat.samara.wire.proto.CommitPayload;
import java.nio.ByteBuffer;

/**
 * A device's signature over all of a commit's payload. MLS signs the commit but not its tags, and nothing binds the Welcome and the
 * GroupInfo beside it to the commit's author: a server on the way could change a tag that only members can check, and everybody
 * would take the author for a cheat. So the author signs the whole, for one channel and one record; what comes out wrong for the
 * members afterwards is the author's work.
 *
 * <p>Signed is, under {@link SigningLabel#COMMIT_PAYLOAD}: channel id (32) | idempotency key (16) | SHA-256 of commit (32) |
 * SHA-256 of welcome (32) | SHA-256 of group_info (32) | refused (8, big-endian).
 */
public final class CommitSignature {
    /**
     * What {@code CommitPayload.refused} is counted from where it names an epoch: no log has as many places, so that a version which takes it for a place
     * finds no commit there, and accuses nobody.
     */
    private static final long EPOCHS_FROM = 1L << 62;

    private CommitSignature() {}

    /**
     * What the author signs, beside where it belongs.
     *
     * @param commit MLSMessage with the Commit as a PublicMessage
     * @param welcome MLSMessage with the Welcome; empty if nobody is added
     * @param groupInfo MLSMessage with the GroupInfo of the epoch that begins
     * @param refusedEpoch of a commit by which its author returns: the epoch that the commit would have begun which it could not process; 0
     *     if none
     */
    public record Parts(Bytes commit, Bytes welcome, Bytes groupInfo, long refusedEpoch) {}

    /**
     * The payload of a COMMIT record with the author's signature.
     *
     * @param deviceKey the MLS signature key of the author's leaf; of one who joins by the commit, of its new leaf
     */
    public static Bytes sign(SignatureKeyPair deviceKey, ChannelId channel, IdempotencyKey key, Parts parts) {
        CommitPayload unsigned = Payload.unsigned(parts.commit(), parts.welcome(), parts.groupInfo())
                .setRefused(parts.refusedEpoch() == 0 ? 0 : EPOCHS_FROM + parts.refusedEpoch())
                .build();
        Bytes signature = SigningLabel.COMMIT_PAYLOAD.sign(deviceKey, statement(channel, key, unsigned));
        return Protobuf.encode(unsigned.toBuilder()
                .setAuthorSignature(Protobuf.toByteString(signature))
                .build());
    }

    /** Whether there is a signature at all: in a log of before, there may be none. */
    public static boolean isSigned(CommitPayload payload) {
        return !payload.getAuthorSignature().isEmpty();
    }

    /**
     * The epoch that the commit would have begun which the author could not process; 0 if it names none. What a version of before has named is a
     * place, which not everybody knows who reads the log: it counts as none.
     */
    public static long refusedEpoch(CommitPayload payload) {
        return Math.max(0, payload.getRefused() - EPOCHS_FROM);
    }

    /** Whether the payload bears the signature of the device with this key, for this channel and record. */
    public static boolean verify(Bytes deviceKey, ChannelId channel, IdempotencyKey key, CommitPayload signed) {
        return SigningLabel.COMMIT_PAYLOAD.verify(
                deviceKey, statement(channel, key, signed), Protobuf.toBytes(signed.getAuthorSignature()));
    }

    private static Bytes statement(ChannelId channel, IdempotencyKey key, CommitPayload payload) {
        return Bytes.wrapUnsafe(
                ByteBuffer.allocate(ChannelId.SIZE_BYTES + IdempotencyKey.SIZE_BYTES + 3 * Sha256.BYTES + Long.BYTES)
                        .put(channel.bytes().asReadOnlyBuffer())
                        .put(key.bytes().asReadOnlyBuffer())
                        .put(Sha256.of(payload.getCommit().toByteArray()).asReadOnlyBuffer())
                        .put(Sha256.of(payload.getWelcome().toByteArray()).asReadOnlyBuffer())
                        .put(Sha256.of(payload.getGroupInfo().toByteArray()).asReadOnlyBuffer())
                        .putLong(payload.getRefused())
                        .array());
    }
}
