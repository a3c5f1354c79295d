package chat.samara.mls.tree;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.CredentialEvent;
import chat.samara.mls.crypto.Aead;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.tree.RatchetTree.PathStep;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * New keys for a committer's filtered direct path, put in place in a tree to which the commit's proposals have been applied
 * (RFC 9420 §7.5): the public half of TreeKEM, the same for sender, receivers and observers.
 *
 * <p>Immutable. Costs O(log n) hashes: every copath child is unchanged and its tree hash is kept in the tree.
 */
public final class PathMerge {
    private final RatchetTree tree;
    private final int sender;
    private final List<PathStep> steps;
    private final Map<Integer, ParentNode> parents;
    private final Bytes leafParentHash;

    private PathMerge(
            RatchetTree tree,
            int sender,
            List<PathStep> steps,
            Map<Integer, ParentNode> parents,
            Bytes leafParentHash) {
        this.tree = tree;
        this.sender = sender;
        this.steps = steps;
        this.parents = parents;
        this.leafParentHash = leafParentHash;
    }

    /**
     * Computes the parent hashes for new keys, from the root downwards (RFC 9420 §7.9).
     *
     * @param keys one for each step of the sender's filtered direct path, from the leaf to the root
     */
    static PathMerge of(RatchetTree tree, int sender, List<Bytes> keys) {
        List<PathStep> steps = tree.filteredDirectPath(sender);
        if (steps.size() != keys.size()) {
            throw new IllegalArgumentException(keys.size() + " keys, expected " + steps.size());
        }
        Map<Integer, ParentNode> parents = new HashMap<>();
        Bytes parentHash = Bytes.EMPTY;
        for (int i = steps.size() - 1; i >= 0; i--) {
            parents.put(steps.get(i).node(), new ParentNode(keys.get(i), parentHash, LeafSet.EMPTY));
            Bytes siblingHash = tree.hash(steps.get(i).copathChild());
            parentHash = ParentHashes.of(tree.suite(), keys.get(i), parentHash, siblingHash);
        }
        return new PathMerge(tree, sender, steps, parents, parentHash);
    }

    /**
     * Verifies a received path against the tree and the rules for its leaf (RFC 9420 §7.5, §12.4.2), all but what
     * {@link TreeRules#checkMembers} says of the tree that results.
     *
     * @param tree with the commit's proposals applied; the sender's leaf is blank if it joins by this commit
     * @param oldSelf the leaf of an old version of a joiner that the commit removes
     * @param addedLeaves the leaves that the commit adds: no path secret is encrypted to them
     * @return the tree with the path merged into it
     */
    public static RatchetTree verifyAndMerge(
            RatchetTree tree,
            int sender,
            Optional<LeafNode> oldSelf,
            UpdatePath path,
            Set<Integer> addedLeaves,
            Bytes groupId,
            AuthenticationService authentication)
            throws MlsException {
        checkLeaf(tree, sender, oldSelf, path.leafNode(), groupId, authentication);
        checkKeysAreNew(tree, path);
        checkFit(tree, sender, path, addedLeaves);
        PathMerge merge = of(
                tree,
                sender,
                path.nodes().stream().map(UpdatePathNode::encryptionKey).toList());
        if (!path.leafNode().source().equals(new LeafNodeSource.FromCommit(merge.leafParentHash))) {
            throw new MlsException(
                    MlsError.INVALID_PARENT_HASH,
                    "the path's leaf has another parent hash, expected " + merge.leafParentHash + " (RFC 9420 §7.9.2)");
        }
        return merge.mergedWith(path.leafNode());
    }

    /** As the other, of a path by a member, or a joiner that is new. */
    public static RatchetTree verifyAndMerge(
            RatchetTree tree,
            int sender,
            UpdatePath path,
            Set<Integer> addedLeaves,
            Bytes groupId,
            AuthenticationService authentication)
            throws MlsException {
        return verifyAndMerge(tree, sender, Optional.empty(), path, addedLeaves, groupId, authentication);
    }

    /** The leaf meets the rules for an Update's leaf, but for its source (RFC 9420 §7.3, §7.5, §12.4.2). */
    private static void checkLeaf(
            RatchetTree tree,
            int sender,
            Optional<LeafNode> oldSelf,
            LeafNode leaf,
            Bytes groupId,
            AuthenticationService authentication)
            throws MlsException {
        leaf.requireSourceIn(LeafNodeSource.FromCommit.class);
        Optional<LeafNode> replaced = tree.leaf(sender);
        if (replaced.isPresent()) {
            TreeRules.checkReplacement(replaced.get(), leaf, authentication);
            LeafNodeValidation.requireValidReplacement(
                    leaf, replaced.get(), tree.suite(), CredentialEvent.COMMIT, authentication);
        } else {
            LeafNodeValidation.requireValidJoiner(leaf, oldSelf, tree.suite(), authentication);
        }
        leaf.verifySignature(tree.suite(), groupId, sender);
    }

    /** RFC 9420 §12.4.2: no key of the path is in the tree yet; nor is one twice in the path. */
    private static void checkKeysAreNew(RatchetTree tree, UpdatePath path) throws MlsException {
        Set<Bytes> keys = new HashSet<>();
        keys.add(path.leafNode().encryptionKey());
        requireNew(tree, path.leafNode().encryptionKey());
        for (UpdatePathNode node : path.nodes()) {
            tree.suite().requireValidHpkeKey(node.encryptionKey());
            requireNew(tree, node.encryptionKey());
            if (!keys.add(node.encryptionKey())) {
                throw new MlsException(MlsError.DUPLICATE_KEY, "one encryption key twice in a path");
            }
        }
    }

    private static void requireNew(RatchetTree tree, Bytes key) throws MlsException {
        if (tree.hasEncryptionKey(key)) {
            throw new MlsException(
                    MlsError.DUPLICATE_KEY, "an encryption key of the path is in the tree already (RFC 9420 §12.4.2)");
        }
    }

    /** RFC 9420 §7.6: as many nodes as the filtered direct path has, as many ciphertexts as the resolutions, each of a secret. */
    private static void checkFit(RatchetTree tree, int sender, UpdatePath path, Set<Integer> addedLeaves)
            throws MlsException {
        List<PathStep> steps = tree.filteredDirectPath(sender);
        if (steps.size() != path.nodes().size()) {
            throw new MlsException(
                    MlsError.INVALID_PATH,
                    path.nodes().size() + " nodes in the path, expected " + steps.size() + " (RFC 9420 §7.6)");
        }
        for (int i = 0; i < steps.size(); i++) {
            int ciphertexts = path.nodes().get(i).encryptedPathSecrets().size();
            int receivers = receivers(tree, steps.get(i), addedLeaves).size();
            if (ciphertexts != receivers) {
                throw new MlsException(
                        MlsError.INVALID_PATH,
                        ciphertexts + " path secrets for node " + steps.get(i).node() + ", expected " + receivers
                                + " (RFC 9420 §7.6)");
            }
            for (HpkeCiphertext sealed : path.nodes().get(i).encryptedPathSecrets()) {
                checkSealed(tree.suite(), sealed);
            }
        }
    }

    /**
     * What nobody could open a path secret from is refused by everybody, not only by those it is meant for: a KEM output that is none,
     * or a ciphertext of another length than that of a sealed path secret (RFC 9420 §7.5).
     */
    private static void checkSealed(CipherSuite suite, HpkeCiphertext sealed) throws MlsException {
        suite.requireValidKemOutput(sealed.kemOutput());
        int expected = suite.hashBytes() + Aead.TAG_BYTES;
        if (sealed.ciphertext().size() != expected) {
            throw new MlsException(
                    MlsError.INVALID_PATH,
                    "an encrypted path secret of " + sealed.ciphertext().size() + " bytes, expected " + expected
                            + " (RFC 9420 §7.5)");
        }
    }

    /** The nodes to which a step's path secret is encrypted, in order (RFC 9420 §7.5). */
    static List<Integer> receivers(RatchetTree tree, PathStep step, Set<Integer> addedLeaves) {
        List<Integer> receivers = new ArrayList<>();
        for (int node : tree.resolution(step.copathChild())) {
            if (!TreeMath.isLeaf(node) || !addedLeaves.contains(node / 2)) {
                receivers.add(node);
            }
        }
        return receivers;
    }

    /** The {@code parent_hash} of the sender's new leaf. */
    Bytes leafParentHash() {
        return leafParentHash;
    }

    List<PathStep> steps() {
        return steps;
    }

    /** The tree with the new leaf and exactly the new nodes on its direct path. */
    RatchetTree mergedWith(LeafNode leaf) {
        return tree.withPath(sender, leaf, parents::get);
    }
}
