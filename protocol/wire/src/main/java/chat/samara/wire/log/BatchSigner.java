package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.Limits;
import chat.samara.wire.identity.SigningLabel;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects what a server vouches for in one group commit, across channels, and signs it once. Confined to one thread; for one
 * batch only.
 *
 * <pre>{@code
 * BatchSigner batch = new BatchSigner();
 * int place = batch.add(record);
 * BatchSigner.Signed signed = batch.sign(rootKey);
 * ProvenRecord proven = new ProvenRecord(record, signed.proof(place));
 * }</pre>
 */
public final class BatchSigner {
    private final List<Bytes> leafHashes = new ArrayList<>();

    /** Adds a record that this server is the origin of. Returns its place. */
    public int add(Record record) {
        return addLeaf(record.leafHash());
    }

    /** Adds a head that this server vouches for as the hub. Returns its place. */
    public int add(Head head) {
        return addLeaf(head.leafHash());
    }

    /** How many were added. */
    public int size() {
        return leafHashes.size();
    }

    /** Whether there is nothing to sign. */
    public boolean isEmpty() {
        return leafHashes.isEmpty();
    }

    /** Signs all that was added, at least one item. One signature, and one hash an item. */
    public Signed sign(SignatureKeyPair rootKey) {
        MerkleTree tree = MerkleTree.of(leafHashes);
        return new Signed(tree, SigningLabel.BATCH.sign(rootKey, Proof.signedBody(tree.size(), tree.root())));
    }

    private int addLeaf(Bytes leafHash) {
        if (leafHashes.size() == Limits.BATCH_LEAVES_MAX) {
            throw new IllegalStateException(
                    "a batch of more than " + Limits.BATCH_LEAVES_MAX + " items; seal it earlier");
        }
        leafHashes.add(leafHash);
        return leafHashes.size() - 1;
    }

    /** A signed batch. Immutable. */
    public static final class Signed {
        private final MerkleTree tree;
        private final Bytes signature;

        private Signed(MerkleTree tree, Bytes signature) {
            this.tree = tree;
            this.signature = signature;
        }

        /** The proof of the item at this place. */
        public Proof proof(int place) {
            return new Proof(signature, place, tree.size(), tree.path(place));
        }
    }
}
