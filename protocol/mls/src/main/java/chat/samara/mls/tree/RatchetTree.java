package chat.samara.mls.tree;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The public ratchet tree of a group (RFC 9420 §4, §7).
 *
 * <p>Immutable. Every change yields a new tree that shares all subtrees off the changed path with the old one, together
 * with their tree hashes; so a commit costs O(log n) new nodes and hashes for each path it touches, an old epoch's tree
 * stays valid for nothing, and a refused commit is undone by forgetting the new tree. Beside the nodes, the tree keeps
 * what the checks of a commit ask for: which node holds which key ({@link KeyIndex}) and what the members support
 * ({@link Census}), both maintained with the same sharing.
 *
 * <p>Leaves are given by their index among leaves, nodes by their index in the array representation (Appendix C).
 */
public final class RatchetTree {
    private static final int NODE_TYPE_BYTES = 1;

    private final CipherSuite suite;
    private final Subtree root;
    private final KeyIndex encryptionKeys;
    private final KeyIndex signatureKeys;
    private final Census census;

    RatchetTree(CipherSuite suite, Subtree root, KeyIndex encryptionKeys, KeyIndex signatureKeys, Census census) {
        this.suite = suite;
        this.root = root;
        this.encryptionKeys = encryptionKeys;
        this.signatureKeys = signatureKeys;
        this.census = census;
    }

    /** The tree of a new group: one leaf (RFC 9420 §11). */
    public static RatchetTree of(CipherSuite suite, LeafNode creator) {
        RatchetTree empty = new RatchetTree(
                suite,
                new Subtree.Empty(TreeMath.leafNode(0)),
                KeyIndex.of(KeyField.ENCRYPTION_KEY),
                KeyIndex.of(KeyField.SIGNATURE_KEY),
                Census.EMPTY);
        return empty.edited(0, new SetLeaf(creator));
    }

    public CipherSuite suite() {
        return suite;
    }

    /** The number of leaf places, blank ones included: a power of two. */
    public int leafPlaces() {
        return TreeMath.leafPlaces(root.node);
    }

    /** The number of non-blank leaves. */
    public int memberCount() {
        return root.members();
    }

    /** The index of the root node. */
    public int rootNode() {
        return root.node;
    }

    /** The leaf at an index; empty when it is blank or beyond the tree. */
    public Optional<LeafNode> leaf(int leafIndex) {
        if (leafIndex < 0 || leafIndex >= leafPlaces()) {
            return Optional.empty();
        }
        return root.descend(TreeMath.leafNode(leafIndex)) instanceof Subtree.Leaf leaf
                ? Optional.of(leaf.content())
                : Optional.empty();
    }

    /** The intermediate node at a node index; empty when it is blank, a leaf or beyond the tree. */
    public Optional<ParentNode> parent(int node) {
        return TreeMath.isInSubtree(node, root.node) && node >= 0 && !TreeMath.isLeaf(node)
                ? root.descend(node).parentNode()
                : Optional.empty();
    }

    /** The HPKE key of a node; empty when it is blank or beyond the tree. */
    public Optional<Bytes> encryptionKey(int node) {
        return key(node, KeyField.ENCRYPTION_KEY);
    }

    /** The signature key of a leaf; empty when it is blank or beyond the tree. Costs less than {@link #leaf}. */
    public Optional<Bytes> signatureKey(int leafIndex) {
        return leafIndex < 0 || leafIndex >= leafPlaces()
                ? Optional.empty()
                : key(TreeMath.leafNode(leafIndex), KeyField.SIGNATURE_KEY);
    }

    private Optional<Bytes> key(int node, KeyField field) {
        if (node < 0 || !TreeMath.isInSubtree(node, root.node)) {
            return Optional.empty();
        }
        byte[] encoded = root.descend(node).encoded();
        return encoded.length == 0 ? Optional.empty() : Optional.of(field.of(encoded));
    }

    /** Hands over every member's leaf with its leaf index, from left to right. */
    public void forEachLeaf(ObjIntConsumer<LeafNode> visitor) {
        visitLeaves(root, visitor);
    }

    private static void visitLeaves(Subtree at, ObjIntConsumer<LeafNode> visitor) {
        if (at instanceof Subtree.Leaf leaf) {
            visitor.accept(leaf.content(), at.node / 2);
        } else if (at.members() > 0) {
            visitLeaves(at.left(), visitor);
            visitLeaves(at.right(), visitor);
        }
    }

    /** The leaf index of the member with a signature key. O(log n). */
    public OptionalInt leafWithSignatureKey(Bytes signatureKey) {
        OptionalInt node = signatureKeys.find(signatureKey);
        return node.isPresent() ? OptionalInt.of(node.getAsInt() / 2) : node;
    }

    /** Whether any node, leaf or parent, has this HPKE key. O(log n). */
    public boolean hasEncryptionKey(Bytes encryptionKey) {
        return encryptionKeys.contains(encryptionKey);
    }

    /** Whether two nodes share an HPKE key. O(1). */
    public boolean hasDuplicateEncryptionKeys() {
        return encryptionKeys.duplicates() > 0;
    }

    /** Whether two members share a signature key. O(1). */
    public boolean hasDuplicateSignatureKeys() {
        return signatureKeys.duplicates() > 0;
    }

    /** What the members have in common. */
    public Census census() {
        return census;
    }

    /** The tree hash of the root (RFC 9420 §7.8). */
    public Bytes hash() {
        return root.hash(suite);
    }

    /** The tree hash of a node. */
    public Bytes hash(int node) {
        return root.descend(node).hash(suite);
    }

    /** The resolution of a node, in its order, as node indices (RFC 9420 §4.1.1). */
    public List<Integer> resolution(int node) {
        List<Integer> nodes = new ArrayList<>();
        root.descend(node).resolve(nodes::add);
        return nodes;
    }

    /**
     * One step of a filtered direct path (RFC 9420 §4.1.2).
     *
     * @param node the node on the path
     * @param copathChild its child that is not on the path
     */
    public record PathStep(int node, int copathChild) {}

    /** The filtered direct path of a leaf, from the leaf to the root: without nodes whose copath child resolves to nothing. */
    public List<PathStep> filteredDirectPath(int leafIndex) {
        List<PathStep> steps = new ArrayList<>();
        int leafNode = TreeMath.leafNode(leafIndex);
        for (Subtree at = root; at.node != leafNode; ) {
            Subtree on = leafNode < at.node ? at.left() : at.right();
            Subtree off = leafNode < at.node ? at.right() : at.left();
            if (off.members() > 0) {
                steps.add(0, new PathStep(at.node, off.node));
            }
            at = on;
        }
        return steps;
    }

    /** The tree as {@code optional<Node> ratchet_tree<V>} (RFC 9420 §12.4.3.3); {@link RatchetTreeIn} reads it. */
    public byte[] encode() {
        return RatchetTreeCodec.encode(root);
    }

    /** How many bytes the leaf at an index has as it is encoded; 0 where it is blank or beyond the tree. */
    public int leafBytes(int leafIndex) {
        return leafIndex < 0 || leafIndex >= leafPlaces()
                ? 0
                : root.descend(TreeMath.leafNode(leafIndex)).encoded().length;
    }

    /**
     * How many bytes {@link #encode} has at most after whatever commits that add no leaf and leave those that are here as large as they are:
     * until every node with members on both sides has a key (RFC 9420 §7.5). O(n).
     */
    public int bytesWhenFilled() {
        return encode().length + blankForks(root) * parentBytes();
    }

    private static int blankForks(Subtree at) {
        if (TreeMath.isLeaf(at.node) || at.members() < 2) {
            return 0;
        }
        boolean isFork = at.left().members() > 0 && at.right().members() > 0;
        int here = isFork && at.encoded().length == 0 ? 1 : 0;
        return here + blankForks(at.left()) + blankForks(at.right());
    }

    /** What a blank node takes more once it has a key that every member below it holds. */
    private int parentBytes() {
        // All HPKE keys of a suite are as long; of a tree without members nothing is asked.
        Bytes key = resolution(rootNode()).stream()
                .findFirst()
                .flatMap(this::encryptionKey)
                .orElse(Bytes.EMPTY);
        Bytes hash = Bytes.wrapUnsafe(new byte[suite.hashBytes()]);
        return NODE_TYPE_BYTES + new ParentNode(key, hash, LeafSet.EMPTY).encode().length;
    }

    /**
     * The nodes in which this tree differs from an earlier one, by node index: their encoding, or empty where they are blank
     * or gone by now. For storage by node; {@link RatchetTreeIn#ofNodes} reads it. Costs O(log n) for each changed path.
     */
    public SortedMap<Integer, Optional<Bytes>> changesSince(RatchetTree before) {
        return TreeChanges.between(before.root, root);
    }

    /** All nodes that are not blank, by node index, as {@link #changesSince} gives them. */
    public SortedMap<Integer, Optional<Bytes>> allNodes() {
        return TreeChanges.between(new Subtree.Empty(root.node), root);
    }

    /** The subtree of a node, for the verification of parent hashes. */
    Subtree subtree(int node) {
        return root.descend(node);
    }

    // ---- changes ----

    /** The tree after an Update of a leaf: the leaf is replaced and its direct path blanked (RFC 9420 §12.1.2). */
    public RatchetTree withUpdatedLeaf(int leafIndex, LeafNode leaf) {
        return edited(leafIndex, new SetLeaf(leaf));
    }

    /** The tree after a Remove: leaf and direct path blanked, then truncated (RFC 9420 §12.1.3, §7.7). */
    public RatchetTree withoutLeaf(int leafIndex) {
        RatchetTree blanked = edited(leafIndex, new SetLeaf(null));
        Subtree top = blanked.root;
        while (!TreeMath.isLeaf(top.node) && top.right().members() == 0) {
            // Nothing is lost from the indexes: a node above an empty subtree is blank, since every removal blanks its
            // path.
            top = top.left();
        }
        return top == blanked.root ? blanked : blanked.withRoot(top);
    }

    /** Where an added leaf went, or is to go. */
    public record Added(RatchetTree tree, int leafIndex) {}

    /**
     * The tree after an Add: the leaf goes to the leftmost blank place, extending the tree if there is none, and becomes an
     * unmerged leaf of every non-blank node above it (RFC 9420 §12.1.1, §7.7).
     *
     * @throws MlsException with {@link MlsError#LIMIT} when the tree cannot be extended any more
     */
    public Added withAddedLeaf(LeafNode leaf) throws MlsException {
        Added room = withRoom();
        return new Added(room.tree.edited(room.leafIndex, new AddLeaf(leaf, room.leafIndex)), room.leafIndex);
    }

    /**
     * The tree with its leftmost blank leaf, which whoever joins by an external commit takes with its path (RFC 9420 §12.4.1);
     * extended if there is none, so that its right half may be blank until then.
     *
     * @throws MlsException with {@link MlsError#LIMIT} when the tree cannot be extended any more
     */
    public Added withRoom() throws MlsException {
        RatchetTree roomy = this;
        if (root.members() == leafPlaces()) {
            if (leafPlaces() >= Limits.LEAVES_MAX) {
                throw new MlsException(
                        MlsError.LIMIT, "a tree of " + leafPlaces() + " leaves, expected fewer than LEAVES_MAX");
            }
            int node = TreeMath.parent(root.node);
            roomy = withRoot(Subtree.inner(node, null, root, new Subtree.Empty(TreeMath.right(node))));
        }
        return new Added(roomy, leftmostBlankLeaf(roomy.root));
    }

    private static int leftmostBlankLeaf(Subtree from) {
        Subtree at = from;
        while (!TreeMath.isLeaf(at.node)) {
            Subtree left = at.left();
            at = left.members() < TreeMath.leafPlaces(left.node) ? left : at.right();
        }
        return at.node / 2;
    }

    /** The tree with a leaf and, of its direct path, exactly the given nodes; the rest of the path is blank. */
    RatchetTree withPath(int leafIndex, LeafNode leaf, PathNodes nodes) {
        return edited(leafIndex, new SetPath(leaf, nodes));
    }

    /** The new content of the nodes of a path. */
    @FunctionalInterface
    interface PathNodes {
        @Nullable
        ParentNode at(int node);
    }

    private record SetLeaf(@Nullable LeafNode leaf) implements Subtree.PathEdit {
        @Override
        public @Nullable ParentNode parent(int node, @Nullable ParentNode current) {
            return null;
        }
    }

    private record AddLeaf(LeafNode leaf, int leafIndex) implements Subtree.PathEdit {
        @Override
        public @Nullable ParentNode parent(int node, @Nullable ParentNode current) {
            return current == null
                    ? null
                    : current.withUnmergedLeaves(current.unmergedLeaves().with(leafIndex));
        }
    }

    private record SetPath(LeafNode leaf, PathNodes nodes) implements Subtree.PathEdit {
        @Override
        public @Nullable ParentNode parent(int node, @Nullable ParentNode current) {
            return nodes.at(node);
        }
    }

    private RatchetTree withRoot(Subtree newRoot) {
        return new RatchetTree(suite, newRoot, encryptionKeys, signatureKeys, census);
    }

    private RatchetTree edited(int leafIndex, Subtree.PathEdit edit) {
        Subtree newRoot = root.edit(leafIndex, edit);
        KeyIndex keys = encryptionKeys;
        int leafNode = TreeMath.leafNode(leafIndex);
        Subtree before = root;
        Subtree after = newRoot;
        while (before.node != leafNode) {
            keys = reindexed(keys, before, after);
            before = leafNode < before.node ? before.left() : before.right();
            after = leafNode < after.node ? after.left() : after.right();
        }
        keys = reindexed(keys, before, after);
        KeyIndex signers = reindexed(signatureKeys, before, after);
        Census counted = before instanceof Subtree.Leaf leaf ? census.without(leaf.content()) : census;
        LeafNode fresh = edit.leaf();
        return new RatchetTree(suite, newRoot, keys, signers, fresh == null ? counted : counted.with(fresh));
    }

    @SuppressWarnings("ReferenceEquality") // the same array holds the same key; another one is compared by the index
    private static KeyIndex reindexed(KeyIndex index, Subtree before, Subtree after) {
        KeyIndex changed = index;
        if (before.encoded() == after.encoded()) {
            return index;
        }
        if (before.encoded().length > 0) {
            changed = changed.without(before.encoded(), before.node);
        }
        if (after.encoded().length > 0) {
            changed = changed.with(after.encoded(), after.node);
        }
        return changed;
    }
}
