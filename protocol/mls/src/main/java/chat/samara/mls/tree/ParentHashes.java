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
     * descendant that was set in the same UpdatePath.
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
        if (parent.isPresent()) {
            int descendants = descendantsSetWith(suite, parent.get(), at.left(), at.right())
                    + descendantsSetWith(suite, parent.get(), at.right(), at.left());
            if (descendants != 1) {
                throw new MlsException(
                        MlsError.INVALID_PARENT_HASH,
                        "node " + at.node + " has " + descendants
                                + " descendants with its parent hash, expected exactly one (RFC 9420 §7.9.2)");
            }
        }
        verifyAll(suite, at.left());
        verifyAll(suite, at.right());
    }

    private static int descendantsSetWith(CipherSuite suite, ParentNode parent, Subtree child, Subtree sibling) {
        LeafSet unmerged = parent.unmergedLeaves().under(child.node);
        List<Subtree> candidates = new ArrayList<>();
        if (!collectResolution(child, unmerged.size() + 1, candidates) || candidates.size() != unmerged.size() + 1) {
            return 0;
        }
        // The resolution without the one descendant that is looked for must be the unmerged leaves, so there is at most
        // one
        // node of it that is not among them; if all are, each could be it only by standing outside: none is.
        Subtree descendant = null;
        for (Subtree candidate : candidates) {
            boolean isUnmerged = TreeMath.isLeaf(candidate.node) && unmerged.contains(candidate.node / 2);
            if (!isUnmerged) {
                if (descendant != null) {
                    return 0;
                }
                descendant = candidate;
            }
        }
        if (descendant == null) {
            return 0;
        }
        Bytes siblingHash = sibling.withoutLeaves(parent.unmergedLeaves()).hash(suite);
        Bytes expected = of(suite, parent.encryptionKey(), parent.parentHash(), siblingHash);
        return parentHashField(descendant).map(expected::equals).orElse(false) ? 1 : 0;
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
