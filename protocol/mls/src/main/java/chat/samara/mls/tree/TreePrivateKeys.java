package chat.samara.mls.tree;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.Secret;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The private half of a member's tree: the key pairs of its leaf and of those ancestors whose secret it has been told
 * (RFC 9420 §4.2, §7.5), by node index. At most one for each level of the tree, so each can be stored as a small blob of its
 * own: a commit changes only the keys of one path.
 *
 * <p>A value is not changed once made, so a staged commit can be dropped; but its secrets can be erased, which is why it
 * is confined to its group's thread. Successive values share the key pairs that did not change; {@link #eraseAllBut}
 * erases what the successor no longer holds.
 */
public final class TreePrivateKeys {
    private final int leafIndex;
    private final SortedMap<Integer, HpkeKeyPair> keys;

    private TreePrivateKeys(int leafIndex, SortedMap<Integer, HpkeKeyPair> keys) {
        this.leafIndex = leafIndex;
        this.keys = Collections.unmodifiableSortedMap(keys);
    }

    /** The keys of a member that knows only its own leaf's. */
    public static TreePrivateKeys of(int leafIndex, HpkeKeyPair leafKey) {
        return new TreePrivateKeys(leafIndex, new TreeMap<>(Map.of(TreeMath.leafNode(leafIndex), leafKey)));
    }

    /** Restores keys from {@link #byNode}. */
    public static TreePrivateKeys restored(int leafIndex, Map<Integer, HpkeKeyPair> byNode) {
        return new TreePrivateKeys(leafIndex, new TreeMap<>(byNode));
    }

    /**
     * The keys of a member that joins by a Welcome (RFC 9420 §12.4.3.1).
     *
     * @param committer the leaf of the member that made the Welcome
     * @param pathSecret of the lowest common ancestor of the joiner's and the committer's leaf, if the commit had a path
     * @throws MlsException {@link MlsError#KEY_MISMATCH} when a derived key is not the one in the tree
     */
    public static TreePrivateKeys joined(
            RatchetTree tree, int leafIndex, HpkeKeyPair leafKey, int committer, Optional<Secret> pathSecret)
            throws MlsException {
        TreePrivateKeys own = of(leafIndex, leafKey);
        if (pathSecret.isPresent()) {
            int ancestor = TreeMath.commonAncestor(TreeMath.leafNode(leafIndex), TreeMath.leafNode(committer));
            TreeMap<Integer, HpkeKeyPair> keys = new TreeMap<>(own.keys);
            Secret last = TreeKem.implant(tree, committer, ancestor, pathSecret.get(), keys);
            last.erase();
            own = new TreePrivateKeys(leafIndex, keys);
        }
        own.requireMatch(tree);
        own.requireComplete(tree);
        return own;
    }

    /**
     * A joiner knows every key above its leaf, but of nodes that list it as unmerged (RFC 9420 §7.1, §12.4.3.1). A Welcome that keeps
     * one back makes a member that cannot process what others will commit, and would take them for cheats.
     */
    private void requireComplete(RatchetTree tree) throws MlsException {
        for (int node : TreeMath.directPath(TreeMath.leafNode(leafIndex), tree.rootNode())) {
            boolean expected = tree.parent(node)
                    .filter(parent -> !parent.unmergedLeaves().contains(leafIndex))
                    .isPresent();
            if (expected && !keys.containsKey(node)) {
                throw new MlsException(
                        MlsError.INVALID_WELCOME,
                        "no secret for node " + node + " above leaf " + leafIndex + " (RFC 9420 §12.4.3.1)");
            }
        }
    }

    /** The own leaf, by its index among leaves. */
    public int leafIndex() {
        return leafIndex;
    }

    /** All key pairs, by node index; the live objects. */
    public SortedMap<Integer, HpkeKeyPair> byNode() {
        return keys;
    }

    /** The key pair of a node, if it is known. */
    public Optional<HpkeKeyPair> at(int node) {
        return Optional.ofNullable(keys.get(node));
    }

    /** With another key pair for the own leaf: when an own Update is committed. */
    public TreePrivateKeys withLeafKey(HpkeKeyPair leafKey) {
        TreeMap<Integer, HpkeKeyPair> changed = new TreeMap<>(keys);
        changed.put(TreeMath.leafNode(leafIndex), leafKey);
        return new TreePrivateKeys(leafIndex, changed);
    }

    TreePrivateKeys with(Map<Integer, HpkeKeyPair> fresh) {
        TreeMap<Integer, HpkeKeyPair> changed = new TreeMap<>(keys);
        changed.putAll(fresh);
        return new TreePrivateKeys(leafIndex, changed);
    }

    /** Without the keys of nodes that are blank or have another key in the tree by now. Erases nothing. */
    public TreePrivateKeys prunedTo(RatchetTree tree) {
        TreeMap<Integer, HpkeKeyPair> kept = new TreeMap<>(keys);
        kept.entrySet().removeIf(entry -> !isInTree(tree, entry.getKey(), entry.getValue()));
        return kept.size() == keys.size() ? this : new TreePrivateKeys(leafIndex, kept);
    }

    /**
     * Checks that every key pair is that of its node in the tree, the own leaf's among them.
     *
     * @throws MlsException {@link MlsError#KEY_MISMATCH}
     */
    public void requireMatch(RatchetTree tree) throws MlsException {
        for (Map.Entry<Integer, HpkeKeyPair> entry : keys.entrySet()) {
            if (!isInTree(tree, entry.getKey(), entry.getValue())) {
                throw mismatch(entry.getKey());
            }
        }
        if (!keys.containsKey(TreeMath.leafNode(leafIndex))) {
            throw mismatch(TreeMath.leafNode(leafIndex));
        }
    }

    /** Erases the private keys that the successor does not hold any more (RFC 9420 §7.5). */
    @SuppressWarnings("ReferenceEquality") // an equal copy of a key pair has a secret of its own, which is to go
    public void eraseAllBut(TreePrivateKeys successor) {
        for (Map.Entry<Integer, HpkeKeyPair> entry : keys.entrySet()) {
            if (successor.keys.get(entry.getKey()) != entry.getValue()) {
                entry.getValue().erase();
            }
        }
    }

    /** Erases every private key. */
    public void erase() {
        keys.values().forEach(HpkeKeyPair::erase);
    }

    static HpkeKeyPair nodeKey(CipherSuite suite, Secret pathSecret) {
        Secret nodeSecret = suite.deriveSecret(pathSecret, "node");
        HpkeKeyPair pair = suite.deriveKeyPair(nodeSecret);
        nodeSecret.erase();
        return pair;
    }

    static MlsException mismatch(int node) {
        return new MlsException(
                MlsError.KEY_MISMATCH, "the key of node " + node + " is not the one in the tree (RFC 9420 §7.5)");
    }

    private static boolean isInTree(RatchetTree tree, int node, HpkeKeyPair pair) {
        Optional<Bytes> key = tree.encryptionKey(node);
        return key.isPresent() && key.get().equals(pair.publicKey());
    }

    @Override
    public String toString() {
        return "TreePrivateKeys(leaf " + leafIndex + ", nodes " + keys.keySet() + ")";
    }
}
