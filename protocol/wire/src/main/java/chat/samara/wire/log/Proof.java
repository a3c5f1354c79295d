package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.SigningLabel;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One signature for a whole batch, and the path of one item in it (design §5). Signed is {@link #signedBody}: the number of
 * leaves and the Merkle root. Well formed by construction; proves nothing until {@link #proves} says so.
 *
 * @param signature Ed25519, 64 bytes, by the signing server's root key
 * @param leafIndex the item's place in the batch, from 0
 * @param leafCount how many items the batch has; 1 means an empty path
 * @param path sibling hashes from the leaf up, 32 bytes each
 */
public record Proof(Bytes signature, int leafIndex, int leafCount, List<Bytes> path) {
    public Proof {
        path = List.copyOf(path);
    }

    /** From a message. */
    public static Proof of(chat.samara.wire.proto.Proof message) throws RefusedException {
        Bytes signature = Field.exactly("Proof.signature", message.getSignature(), Ed25519.SIGNATURE_BYTES);
        if (message.getLeafCount() < 1 || message.getLeafCount() > Limits.BATCH_LEAVES_MAX) {
            throw Field.malformed(
                    "Proof.leaf_count",
                    Integer.toUnsignedString(message.getLeafCount()),
                    "1 to " + Limits.BATCH_LEAVES_MAX);
        }
        if (message.getLeafIndex() < 0 || message.getLeafIndex() >= message.getLeafCount()) {
            throw Field.malformed(
                    "Proof.leaf_index",
                    Integer.toUnsignedString(message.getLeafIndex()),
                    "less than leaf_count, " + message.getLeafCount());
        }
        Field.requireCount("Proof.path", message.getPathCount(), Limits.PROOF_PATH_HASHES_MAX);
        List<Bytes> path = new ArrayList<>(message.getPathCount());
        for (ByteString hash : message.getPathList()) {
            path.add(Field.exactly("Proof.path", hash, Sha256.BYTES));
        }
        return new Proof(signature, message.getLeafIndex(), message.getLeafCount(), path);
    }

    /** As part of another message. */
    public chat.samara.wire.proto.Proof toProto() {
        chat.samara.wire.proto.Proof.Builder message = chat.samara.wire.proto.Proof.newBuilder()
                .setSignature(Protobuf.toByteString(signature))
                .setLeafIndex(leafIndex)
                .setLeafCount(leafCount);
        path.forEach(hash -> message.addPath(Protobuf.toByteString(hash)));
        return message.build();
    }

    /** Whether the key's owner signed a batch that has this leaf. */
    public boolean proves(Bytes leafHash, Bytes rootKey) {
        return statement(leafHash).filter(s -> s.signedBy(rootKey)).isPresent();
    }

    /** As {@link #proves(Bytes, Bytes)}, without verifying a batch's signature anew for each of its items. */
    boolean proves(Bytes leafHash, Bytes rootKey, VerifiedBatches verified) {
        return statement(leafHash).filter(it -> verified.signedBy(rootKey, it)).isPresent();
    }

    /** What the signature must cover for this leaf; empty if the path does not fit the place. */
    Optional<Statement> statement(Bytes leafHash) {
        return MerkleTree.rootOf(leafHash, leafIndex, leafCount, path)
                .map(root -> new Statement(signedBody(leafCount, root), signature));
    }

    /** {@code uint32 leaf_count || root}, signed under {@link SigningLabel#BATCH}. */
    static Bytes signedBody(int leafCount, Bytes root) {
        return Bytes.wrapUnsafe(ByteBuffer.allocate(Integer.BYTES + Sha256.BYTES)
                .putInt(leafCount)
                .put(root.asReadOnlyBuffer())
                .array());
    }

    /** A batch's signature with what it covers: the same for all items of the batch, so it needs checking only once. */
    record Statement(Bytes body, Bytes signature) {
        boolean signedBy(Bytes rootKey) {
            return SigningLabel.BATCH.verify(rootKey, body, signature);
        }
    }
}
