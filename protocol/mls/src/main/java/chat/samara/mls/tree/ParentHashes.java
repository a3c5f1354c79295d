package chat.samara.mls.tree;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Parent hashes (RFC 9420 §7.9): their computation and the verification of all of a received tree's. */
final class ParentHashes {
    private ParentHashes() {}

    /**
     * The parent hash of a parent node with a copath child.
     *
     * @param parentHash the node's own {@code parent_hash} field
     * @param originalSiblingTreeHash the tree hash of the copath child without the node's unmerged leaves
     */
    static Bytes of(CipherSuite suite, Bytes encryptionKey, Bytes parentHash, Bytes originalSiblingTreeHash) {
        return suite.hash(new TlsWriter()
                .opaque(encryptionKey)
                .opaque(parentHash)
                .opaque(originalSiblingTreeHash)
                .toByteArray());
    }

    /**
     * Verifies that every non-blank parent node is parent-hash valid (RFC 9420 §7.9.2), top-down: it has exactly one
     * descendant that was set in the same UpdatePath. One is looked for on either side; two there cannot be, since the hash of each would
     * have to cover the other's.
     *
     * <p>Expects a tree whose unmerged leaves have been checked. The effort is bounded by the tree's encoded size times its
     * depth: a child whose resolution is longer than the unmerged leaves allow is given up early.
     *
     * @throws MlsException with {@link MlsError#INVALID_PARENT_HASH}
     */
    static void verifyAll(CipherSuite suite, Subtree at) throws MlsException {
        if (at.members() == 0 || TreeMath.isLeaf(at.node)) {
            return;
        }
        Optional<ParentNode> parent = at.parentNode();
        if (parent.isPresent()
                && !wasSetWith(suite, parent.get(), at.left(), at.right())
                && !wasSetWith(suite, parent.get(), at.right(), at.left())) {
            throw new MlsException(
                    MlsError.INVALID_PARENT_HASH,
                    "node " + at.node + " has no descendant with its parent hash, expected one (RFC 9420 §7.9.2)");
        }
        verifyAll(suite, at.left());
        verifyAll(suite, at.right());
    }

    /**
     * Whether a descendant on the child's side was set in the same UpdatePath. The resolution of the child without that descendant has
     * to be the parent's unmerged leaves on this side. Those are all in it, as was checked before, so there is at most one other.
     */
    private static boolean wasSetWith(CipherSuite suite, ParentNode parent, Subtree child, Subtree sibling) {
        LeafSet unmerged = parent.unmergedLeaves().under(child.node);
        List<Subtree> resolution = new ArrayList<>();
        if (!collectResolution(child, unmerged.size() + 1, resolution)) {
            return false;
        }
        for (Subtree node : resolution) {
            if (!TreeMath.isLeaf(node.node) || !unmerged.contains(node.node / 2)) {
                Bytes siblingHash =
                        sibling.withoutLeaves(parent.unmergedLeaves()).hash(suite);
                Bytes expected = of(suite, parent.encryptionKey(), parent.parentHash(), siblingHash);
                return parentHashField(node).equals(Optional.of(expected));
            }
        }
        return false;
    }

    private static Optional<Bytes> parentHashField(Subtree node) {
        if (node instanceof Subtree.Leaf leaf) {
            return leaf.content().source() instanceof LeafNodeSource.FromCommit commit
                    ? Optional.of(commit.parentHash())
                    : Optional.empty();
        }
        return node.parentNode().map(ParentNode::parentHash);
    }

    /** Collects the nodes of a resolution; false once there are more than {@code most}. */
    private static boolean collectResolution(Subtree at, int most, List<Subtree> nodes) {
        if (at.members() == 0) {
            return true;
        }
        Optional<ParentNode> parent = at.parentNode();
        if (parent.isPresent()) {
            nodes.add(at);
            for (int leaf : parent.get().unmergedLeaves().stream().toArray()) {
                nodes.add(at.descend(TreeMath.leafNode(leaf)));
            }
        } else if (TreeMath.isLeaf(at.node)) {
            nodes.add(at);
        } else {
            return collectResolution(at.left(), most, nodes) && collectResolution(at.right(), most, nodes);
        }
        return nodes.size() <= most;
    }
}
