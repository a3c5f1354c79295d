package chat.samara.mls.tree;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.tree.TestLeaves.Owned;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The verification of parent hashes takes what the RFC's words, followed one by one, take: on trees that a member has put together who can
 * compute any hash it likes.
 */
@DisplayName("The verification of parent hashes")
class ParentHashesTest {
    private static final CipherSuite SUITE = TestLeaves.SUITE;
    private static final Bytes GROUP = Bytes.ofUtf8("a group");
    private static final int TREES = 100;
    private static final int CHANGES_OF_EACH = 45;
    private static final int MEMBERS_MAX = 11;

    @Test
    @DisplayName("agrees with a literal reading of RFC 9420 §7.9.2 on 4,000 trees")
    void literalReading() throws MlsException {
        int valid = 0;
        int invalid = 0;
        for (long seed = 1; seed <= TREES; seed++) {
            SeededRandom random = new SeededRandom(seed);
            RatchetTree genuine = someTree(random);
            assertThat(isLiterallyValid(genuine)).as("%s, genuine", random).isTrue();
            for (int i = 0; i < CHANGES_OF_EACH; i++) {
                RatchetTree tree = genuine;
                for (int changes = random.below(4); changes > 0; changes--) {
                    tree = changed(tree, random);
                }
                if (!hasAllowedUnmergedLeaves(tree)) {
                    continue;
                }
                boolean isTaken = isTaken(tree);
                assertThat(isTaken).as("%s, tree %d", random, i).isEqualTo(isLiterallyValid(tree));
                valid += isTaken ? 1 : 0;
                invalid += isTaken ? 0 : 1;
            }
        }
        assertThat(valid + invalid).as("trees").isGreaterThan(4_000);
        assertThat(valid).as("trees taken").isGreaterThan(400);
        assertThat(invalid).as("trees refused").isGreaterThan(800);
    }

    private static boolean hasAllowedUnmergedLeaves(RatchetTree tree) {
        try {
            TreeRules.checkUnmergedLeaves(tree.subtree(tree.rootNode()), LeafSet.EMPTY);
            return true;
        } catch (MlsException e) {
            return false;
        }
    }

    private static boolean isTaken(RatchetTree tree) {
        try {
            ParentHashes.verifyAll(SUITE, tree.subtree(tree.rootNode()));
            return true;
        } catch (MlsException e) {
            return false;
        }
    }

    // ---- RFC 9420 §7.9.2, word by word ----

    private static boolean isLiterallyValid(RatchetTree tree) {
        NaiveTree naive = naive(tree);
        // "There is exactly one descendant of each non-blank parent node for which the parent node is parent-hash
        // valid."
        for (int p : naive.parents.keySet()) {
            int descendants = 0;
            for (int d = 0; d < 2 * naive.places - 1; d++) {
                descendants += d != p && isValidWithRespectTo(naive, d, p) ? 1 : 0;
            }
            if (descendants != 1) {
                return false;
            }
        }
        return true;
    }

    private static boolean isValidWithRespectTo(NaiveTree tree, int d, int p) {
        // "D is a descendant of P"; C is the child of P on the direct path of D, S the other.
        if (!TreeMath.isInSubtree(d, p)) {
            return false;
        }
        int c = TreeMath.isInSubtree(d, TreeMath.left(p)) ? TreeMath.left(p) : TreeMath.right(p);
        int s = TreeMath.sibling(c);
        NaiveTree.Node parent = Objects.requireNonNull(tree.parents.get(p));
        // "The parent_hash field of D is equal to the parent hash of P with copath child S."
        Optional<Bytes> field = parentHashField(tree, d);
        if (!field.equals(Optional.of(parentHash(tree, parent, s)))) {
            return false;
        }
        // "D is in the resolution of C, and the intersection of P's unmerged_leaves with the subtree under C is equal
        // to the
        // resolution of C with D removed."
        List<Integer> resolution = new ArrayList<>(tree.resolution(c));
        if (!resolution.remove((Integer) d)) {
            return false;
        }
        Set<Integer> unmerged = new HashSet<>();
        parent.unmerged.forEach(leaf -> {
            if (TreeMath.isInSubtree(2 * leaf, c)) {
                unmerged.add(2 * leaf);
            }
        });
        return unmerged.equals(new HashSet<>(resolution));
    }

    private static Optional<Bytes> parentHashField(NaiveTree tree, int node) {
        if (tree.parents.containsKey(node)) {
            return Optional.of(tree.parents.get(node).parentHash);
        }
        LeafNode leaf = TreeMath.isLeaf(node) ? tree.leaves.get(node / 2) : null;
        return leaf != null && leaf.source() instanceof LeafNodeSource.FromCommit commit
                ? Optional.of(commit.parentHash())
                : Optional.empty();
    }

    /** RFC 9420 §7.9: {@code ParentHashInput}, with the sibling's tree hash as it was before the unmerged leaves were added. */
    private static Bytes parentHash(NaiveTree tree, NaiveTree.Node parent, int sibling) {
        NaiveTree original = copy(tree);
        for (int leaf : parent.unmerged) {
            original.leaves.remove(leaf);
            original.parents.values().forEach(node -> node.unmerged.remove(leaf));
        }
        return SUITE.hash(new TlsWriter()
                .opaque(parent.key)
                .opaque(parent.parentHash)
                .opaque(original.hash(sibling))
                .toByteArray());
    }

    private static NaiveTree copy(NaiveTree tree) {
        NaiveTree copy = new NaiveTree(SUITE, tree.leaves.values().iterator().next());
        copy.places = tree.places;
        copy.leaves.clear();
        copy.leaves.putAll(tree.leaves);
        tree.parents.forEach((node, parent) -> {
            NaiveTree.Node other = new NaiveTree.Node();
            other.key = parent.key;
            other.parentHash = parent.parentHash;
            other.unmerged.addAll(parent.unmerged);
            copy.parents.put(node, other);
        });
        return copy;
    }

    private static NaiveTree naive(RatchetTree tree) {
        Map<Integer, LeafNode> leaves = new HashMap<>();
        tree.forEachLeaf((leaf, index) -> leaves.put(index, leaf));
        NaiveTree naive = new NaiveTree(SUITE, leaves.values().iterator().next());
        naive.places = tree.leafPlaces();
        naive.leaves.clear();
        naive.leaves.putAll(leaves);
        for (int node = 1; node < 2 * naive.places - 1; node += 2) {
            int at = node;
            tree.parent(node).ifPresent(parent -> {
                NaiveTree.Node other = new NaiveTree.Node();
                other.key = parent.encryptionKey();
                other.parentHash = parent.parentHash();
                parent.unmergedLeaves().stream().forEach(other.unmerged::add);
                naive.parents.put(at, other);
            });
        }
        return naive;
    }

    // ---- trees ----

    private static RatchetTree someTree(SeededRandom random) throws MlsException {
        TestLeaves leaves = new TestLeaves(random.below(1 << 20));
        List<Owned> owned = new ArrayList<>();
        owned.add(leaves.fromKeyPackage("member 0"));
        RatchetTree tree = RatchetTree.of(SUITE, owned.get(0).leaf());
        int members = 2 + random.below(MEMBERS_MAX - 1);
        for (int i = 1; i < members; i++) {
            owned.add(leaves.fromKeyPackage("member " + i));
            tree = tree.withAddedLeaf(owned.get(i).leaf()).tree();
            if (random.below(2) == 0) {
                tree = withPath(tree, owned, random.below(i + 1), random);
            }
            if (random.below(6) == 0) {
                tree = tree.withoutLeaf(i).withAddedLeaf(owned.get(i).leaf()).tree();
            }
        }
        return tree;
    }

    private static RatchetTree withPath(RatchetTree tree, List<Owned> owned, int member, SeededRandom random) {
        List<Bytes> keys = new ArrayList<>();
        for (int i = 0; i < tree.filteredDirectPath(member).size(); i++) {
            keys.add(Bytes.of(random.bytes(32)));
        }
        PathMerge merge = PathMerge.of(tree, member, keys);
        Bytes key = Bytes.of(random.bytes(32));
        return merge.mergedWith(TestLeaves.committed(owned.get(member), key, merge.leafParentHash(), GROUP, member));
    }

    private static RatchetTree changed(RatchetTree tree, SeededRandom random) {
        Map<Integer, Bytes> nodes = new TreeMap<>();
        tree.allNodes().forEach((index, content) -> nodes.put(index, content.orElseThrow()));
        List<Integer> parents =
                nodes.keySet().stream().filter(node -> node % 2 == 1).toList();
        if (parents.isEmpty()) {
            return tree;
        }
        int p = parents.get(random.below(parents.size()));
        ParentNode parent = tree.parent(p).orElseThrow();
        switch (random.below(6)) {
            case 0 -> nodes.remove(p);
            case 1 ->
                nodes.put(
                        p, encoded(new ParentNode(parent.encryptionKey(), parent.parentHash(), someLeaves(p, random))));
            case 2 ->
                nodes.put(
                        p,
                        encoded(new ParentNode(
                                Bytes.of(random.bytes(32)), parent.parentHash(), parent.unmergedLeaves())));
            case 3 ->
                nodes.put(
                        1 + 2 * random.below(tree.leafPlaces() - 1),
                        encoded(new ParentNode(Bytes.of(random.bytes(32)), Bytes.EMPTY, LeafSet.EMPTY)));
            // The hash that fits, in a node where it may or may not count.
            default -> fit(tree, nodes, p, random);
        }
        try {
            return RatchetTreeIn.ofNodes(SUITE, nodes).trusted();
        } catch (MlsException e) {
            // A shape that is not even decoded.
            return tree;
        }
    }

    private static void fit(RatchetTree tree, Map<Integer, Bytes> nodes, int p, SeededRandom random) {
        List<Integer> below = nodes.keySet().stream()
                .filter(node -> node != p && TreeMath.isInSubtree(node, p))
                .toList();
        if (below.isEmpty()) {
            return;
        }
        int d = below.get(random.below(below.size()));
        int c = TreeMath.isInSubtree(d, TreeMath.left(p)) ? TreeMath.left(p) : TreeMath.right(p);
        NaiveTree naive = naive(tree);
        Bytes hash = parentHash(naive, Objects.requireNonNull(naive.parents.get(p)), TreeMath.sibling(c));
        if (TreeMath.isLeaf(d)) {
            LeafNode leaf = tree.leaf(d / 2).orElseThrow();
            LeafNode fitting = TestLeaves.withKey(leaf, leaf.encryptionKey(), new LeafNodeSource.FromCommit(hash));
            nodes.put(d, new TlsWriter().uint8(1).struct(fitting).toBytes());
        } else {
            ParentNode old = tree.parent(d).orElseThrow();
            nodes.put(d, encoded(new ParentNode(old.encryptionKey(), hash, old.unmergedLeaves())));
        }
    }

    private static LeafSet someLeaves(int node, SeededRandom random) {
        LeafSet leaves = LeafSet.EMPTY;
        for (int count = random.below(4); count > 0; count--) {
            leaves = leaves.with(TreeMath.firstLeaf(node) + random.below(TreeMath.leafPlaces(node)));
        }
        return leaves;
    }

    private static Bytes encoded(ParentNode parent) {
        return new TlsWriter().uint8(2).struct(parent).toBytes();
    }
}
