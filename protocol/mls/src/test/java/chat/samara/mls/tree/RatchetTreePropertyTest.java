package chat.samara.mls.tree;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.tree.TestLeaves.Owned;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Random walks of adds, updates, removals and paths, next to {@link NaiveTree}. */
class RatchetTreePropertyTest {
    private static final Bytes GROUP = Bytes.ofUtf8("a group");
    private static final int SEEDS = 6;
    private static final int STEPS = 120;

    @Test
    @DisplayName("after every change: tree hash, shape, resolutions and indexes are those of a naive recomputation")
    void equalsNaiveRecomputation() throws MlsException {
        for (long seed = 1; seed <= SEEDS; seed++) {
            Walk walk = new Walk(seed);
            for (int step = 0; step < STEPS; step++) {
                String change = walk.step();
                walk.compare("seed " + seed + ", step " + step + ", " + change);
            }
        }
    }

    @Test
    @DisplayName("every tree that commits lead to is valid for a joiner and survives its encoding")
    void reachableTreesAreValid() throws MlsException {
        for (long seed = 100; seed < 100 + SEEDS; seed++) {
            Walk walk = new Walk(seed);
            for (int step = 0; step < STEPS; step++) {
                walk.step();
            }
            RatchetTree tree = walk.tree;
            RatchetTree received = RatchetTreeIn.decode(TestLeaves.SUITE, tree.encode())
                    .verify(GROUP, tree.hash(), List.of(), TestLeaves.ACCEPT_ALL);
            assertThat(received.hash()).as("seed %d", seed).isEqualTo(tree.hash());
            assertThat(received.encode()).isEqualTo(tree.encode());
        }
    }

    @Test
    @DisplayName("a change leaves the tree it started from as it was")
    void oldTreesAreUnchanged() throws MlsException {
        Walk walk = new Walk(7);
        List<RatchetTree> trees = new ArrayList<>();
        List<byte[]> encodings = new ArrayList<>();
        for (int step = 0; step < 60; step++) {
            trees.add(walk.tree);
            encodings.add(walk.tree.encode());
            walk.step();
        }
        for (int i = 0; i < trees.size(); i++) {
            assertThat(trees.get(i).encode()).isEqualTo(encodings.get(i));
        }
    }

    @Test
    @DisplayName("a tree stored node by node is restored from the sum of its changes, of which there are few each time")
    void changesAddUp() throws MlsException {
        for (long seed = 200; seed < 200 + SEEDS; seed++) {
            Walk walk = new Walk(seed);
            Map<Integer, Bytes> stored = new HashMap<>();
            apply(stored, walk.tree.allNodes());
            for (int step = 0; step < STEPS; step++) {
                RatchetTree before = walk.tree;
                String change = walk.step();
                SortedMap<Integer, Optional<Bytes>> changes = walk.tree.changesSince(before);
                int pathNodes = TreeMath.level(Math.max(before.rootNode(), walk.tree.rootNode())) + 1;
                assertThat(changes)
                        .as("seed %d, step %d, %s", seed, step, change)
                        .hasSizeLessThanOrEqualTo(pathNodes);
                apply(stored, changes);
                assertThat(RatchetTreeIn.ofNodes(TestLeaves.SUITE, stored)
                                .trusted()
                                .encode())
                        .isEqualTo(walk.tree.encode());
            }
        }
    }

    private static void apply(Map<Integer, Bytes> stored, SortedMap<Integer, Optional<Bytes>> changes) {
        changes.forEach((node, content) -> {
            if (content.isPresent()) {
                stored.put(node, content.get());
            } else {
                stored.remove(node);
            }
        });
    }

    private static final class Walk {
        private final Random random;
        private final TestLeaves leaves;
        private final Map<Integer, Owned> owners = new HashMap<>();
        private final NaiveTree naive;
        private RatchetTree tree;
        private int names;

        Walk(long seed) {
            random = new Random(seed);
            leaves = new TestLeaves(seed);
            Owned creator = leaves.fromKeyPackage("member 0");
            owners.put(0, creator);
            tree = RatchetTree.of(TestLeaves.SUITE, creator.leaf());
            naive = new NaiveTree(TestLeaves.SUITE, creator.leaf());
        }

        String step() throws MlsException {
            int roll = random.nextInt(10);
            int member = anyMember();
            if (roll < 4 || owners.size() == 1) {
                return add();
            }
            if (roll < 6) {
                naive.remove(member);
                tree = tree.withoutLeaf(member);
                owners.remove(member);
                return "remove " + member;
            }
            if (roll < 7) {
                Owned fresh = leaves.updated(owner(member), GROUP, member);
                owners.put(member, fresh);
                naive.update(member, fresh.leaf());
                tree = tree.withUpdatedLeaf(member, fresh.leaf());
                return "update " + member;
            }
            path(member);
            return "path of " + member;
        }

        private Owned owner(int member) {
            return Objects.requireNonNull(owners.get(member));
        }

        private int anyMember() {
            List<Integer> members = new ArrayList<>(owners.keySet());
            members.sort(Integer::compare);
            return members.get(random.nextInt(members.size()));
        }

        private String add() throws MlsException {
            Owned fresh = leaves.fromKeyPackage("member " + ++names);
            RatchetTree.Added added = tree.withAddedLeaf(fresh.leaf());
            tree = added.tree();
            assertThat(added.leafIndex()).isEqualTo(naive.add(fresh.leaf()));
            owners.put(added.leafIndex(), fresh);
            return "add at " + added.leafIndex();
        }

        private void path(int member) {
            List<Integer> filtered = naive.filteredPath(member);
            List<Bytes> keys = new ArrayList<>();
            for (int i = 0; i < filtered.size(); i++) {
                keys.add(TestLeaves.SUITE.generateKeyPair(leaves.random()).publicKey());
            }
            Map<Integer, Bytes> parentHashes = new HashMap<>();
            Bytes parentHash = Bytes.EMPTY;
            for (int i = filtered.size() - 1; i >= 0; i--) {
                int node = filtered.get(i);
                parentHashes.put(node, parentHash);
                int copathChild = 2 * member < node ? TreeMath.right(node) : TreeMath.left(node);
                parentHash = ParentHashes.of(TestLeaves.SUITE, keys.get(i), parentHash, naive.hash(copathChild));
            }
            PathMerge merge = PathMerge.of(tree, member, keys);
            assertThat(merge.leafParentHash()).isEqualTo(parentHash);
            var key = TestLeaves.SUITE.generateKeyPair(leaves.random());
            LeafNode leaf = TestLeaves.committed(owner(member), key.publicKey(), parentHash, GROUP, member);
            owners.put(member, new Owned(leaf, key, owner(member).signer()));
            tree = merge.mergedWith(leaf);
            naive.path(member, leaf, keys, parentHashes);
        }

        void compare(String when) {
            assertThat(tree.leafPlaces()).as(when).isEqualTo(naive.places);
            assertThat(tree.hash()).as(when).isEqualTo(naive.hash());
            assertThat(tree.memberCount()).as(when).isEqualTo(naive.leaves.size());
            Set<Bytes> keys = new HashSet<>();
            for (int node = 0; node < TreeMath.nodeWidth(naive.places); node++) {
                assertThat(tree.resolution(node)).as(when).isEqualTo(naive.resolution(node));
                tree.encryptionKey(node).ifPresent(keys::add);
            }
            for (Bytes key : keys) {
                assertThat(tree.hasEncryptionKey(key)).as(when).isTrue();
            }
            naive.leaves.forEach((at, leaf) -> {
                assertThat(tree.leaf(at)).as(when).hasValue(leaf);
                assertThat(tree.leafWithSignatureKey(leaf.signatureKey())).hasValue(at);
                List<Integer> filtered = tree.filteredDirectPath(at).stream()
                        .map(RatchetTree.PathStep::node)
                        .toList();
                assertThat(filtered).as(when).isEqualTo(naive.filteredPath(at));
            });
            assertThat(tree.hasDuplicateEncryptionKeys()).as(when).isFalse();
            assertThat(tree.hasDuplicateSignatureKeys()).as(when).isFalse();
        }
    }
}
