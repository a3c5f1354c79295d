package chat.samara.mls.tree;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.tree.TestLeaves.Owned;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Trees that a hostile member has put together at will, with the tree hash that fits: whatever comes out of their validation, it
 * is an {@link MlsException} or a tree that can be used (I9).
 */
class HostileTreeTest {
    private static final Bytes GROUP = Bytes.ofUtf8("a group");
    private static final int TREES = 200;
    private static final int MEMBERS = 11;

    @Test
    @DisplayName("nodes moved, copied, blanked and rewritten: refused by name, or usable")
    void rearrangedNodes() throws MlsException {
        int refused = 0;
        for (long seed = 1; seed <= TREES; seed++) {
            SeededRandom random = new SeededRandom(seed);
            SortedMap<Integer, Bytes> nodes = nodesOfSomeTree(random);
            for (int changes = 1 + random.below(4); changes > 0; changes--) {
                rearrange(nodes, random);
            }
            refused += isRefused(encoded(nodes), random) ? 1 : 0;
        }
        assertThat(refused).as("of %d", TREES).isGreaterThan(TREES / 2);
    }

    @Test
    @DisplayName("single bits flipped: refused by name, or usable")
    void flippedBits() throws MlsException {
        SeededRandom random = new SeededRandom(5);
        byte[] encoded = encoded(nodesOfSomeTree(random));
        for (int i = 0; i < 800; i++) {
            byte[] changed = encoded.clone();
            changed[random.below(changed.length)] ^= (byte) (1 << random.below(8));
            isRefused(changed, random);
        }
    }

    private static boolean isRefused(byte[] encoded, SeededRandom random) {
        RatchetTree tree;
        try {
            RatchetTreeIn received = RatchetTreeIn.decode(TestLeaves.SUITE, encoded);
            Bytes hash = received.trusted().hash();
            tree = received.verify(GROUP, hash, List.of(), TestLeaves.ACCEPT_ALL);
        } catch (MlsException refused) {
            return true;
        } catch (RuntimeException bug) {
            throw new AssertionError(random + ": " + Bytes.of(encoded).hex(), bug);
        }
        useAll(tree, random);
        return false;
    }

    /** Whatever commits do to a tree can be done to this one. */
    private static void useAll(RatchetTree tree, SeededRandom random) {
        try {
            TestLeaves leaves = new TestLeaves(77);
            RatchetTree changed = tree;
            for (int leaf = 0; leaf < tree.leafPlaces(); leaf++) {
                tree.filteredDirectPath(leaf).forEach(step -> tree.resolution(step.copathChild()));
                if (tree.leaf(leaf).isPresent() && changed.memberCount() > 1) {
                    changed = changed.withoutLeaf(leaf);
                }
            }
            changed = changed.withAddedLeaf(leaves.fromKeyPackage("eve").leaf()).tree();
            assertThat(RatchetTreeIn.decode(TestLeaves.SUITE, changed.encode())
                            .trusted()
                            .hash())
                    .isEqualTo(changed.hash());
        } catch (MlsException | RuntimeException bug) {
            throw new AssertionError(random + " led to a tree that cannot be used", bug);
        }
    }

    private static void rearrange(SortedMap<Integer, Bytes> nodes, SeededRandom random) throws MlsException {
        List<Integer> indices = new ArrayList<>(nodes.keySet());
        int node = indices.get(random.below(indices.size()));
        int other = indices.get(random.below(indices.size()));
        switch (random.below(5)) {
            case 0 -> nodes.remove(node);
            case 1 -> nodes.put(node, content(nodes, other));
            case 2 -> nodes.put(2 * random.below(16) + node % 2, content(nodes, node));
            case 3 -> nodes.put(1 + 2 * random.below(15), encodedParent(randomParent(random)));
            default -> swap(nodes, node, other);
        }
        if (nodes.isEmpty()) {
            nodes.put(1, encodedParent(randomParent(random)));
        }
    }

    private static Bytes content(Map<Integer, Bytes> nodes, int node) {
        return Objects.requireNonNull(nodes.get(node));
    }

    private static void swap(Map<Integer, Bytes> nodes, int one, int other) {
        Bytes content = content(nodes, one);
        nodes.put(one, content(nodes, other));
        nodes.put(other, content);
    }

    private static ParentNode randomParent(SeededRandom random) {
        LeafSet unmerged = LeafSet.EMPTY;
        for (int count = random.below(6); count > 0; count--) {
            unmerged = unmerged.with(random.below(16));
        }
        Bytes key = TestLeaves.SUITE.generateKeyPair(random).publicKey();
        Bytes parentHash = random.below(2) == 0 ? Bytes.EMPTY : Bytes.of(random.bytes(32));
        return new ParentNode(key, parentHash, unmerged);
    }

    private static Bytes encodedParent(ParentNode parent) {
        return new TlsWriter().uint8(2).struct(parent).toBytes();
    }

    private static SortedMap<Integer, Bytes> nodesOfSomeTree(SeededRandom random) throws MlsException {
        TestLeaves leaves = new TestLeaves(random.below(1 << 20));
        List<Owned> owned = new ArrayList<>();
        owned.add(leaves.fromKeyPackage("member 0"));
        RatchetTree tree = RatchetTree.of(TestLeaves.SUITE, owned.get(0).leaf());
        for (int i = 1; i < MEMBERS; i++) {
            owned.add(leaves.fromKeyPackage("member " + i));
            tree = tree.withAddedLeaf(owned.get(i).leaf()).tree();
            if (random.below(2) == 0) {
                tree = withPath(tree, owned, random.below(i + 1), leaves);
            }
        }
        SortedMap<Integer, Bytes> nodes = new TreeMap<>();
        tree.allNodes().forEach((index, content) -> nodes.put(index, content.orElseThrow()));
        return nodes;
    }

    private static RatchetTree withPath(RatchetTree tree, List<Owned> owned, int member, TestLeaves leaves) {
        List<Bytes> keys = new ArrayList<>();
        for (int i = 0; i < tree.filteredDirectPath(member).size(); i++) {
            keys.add(TestLeaves.SUITE.generateKeyPair(leaves.random()).publicKey());
        }
        PathMerge merge = PathMerge.of(tree, member, keys);
        Bytes key = TestLeaves.SUITE.generateKeyPair(leaves.random()).publicKey();
        return merge.mergedWith(TestLeaves.committed(owned.get(member), key, merge.leafParentHash(), GROUP, member));
    }

    private static byte[] encoded(SortedMap<Integer, Bytes> nodes) {
        List<TlsEncodable> list = new ArrayList<>();
        for (int node = 0; node <= nodes.lastKey(); node++) {
            Optional<Bytes> content = Optional.ofNullable(nodes.get(node));
            list.add(writer -> {
                writer.uint8(content.isPresent() ? 1 : 0);
                content.ifPresent(writer::raw);
            });
        }
        return new TlsWriter().vector(list).toByteArray();
    }
}
