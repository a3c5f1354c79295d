package chat.samara.mls.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.tree.TestLeaves.Owned;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Path secrets among members who each hold only their own keys. */
class TreeKemTest {
    private static final Bytes GROUP = Bytes.ofUtf8("a group");
    private static final byte[] CONTEXT = {1, 2, 3};

    private final TestLeaves leaves = new TestLeaves(11);
    private final Map<Integer, Owned> owned = new HashMap<>();
    private final Map<Integer, TreePrivateKeys> keys = new HashMap<>();
    private RatchetTree tree;

    @BeforeEach
    void fourMembers() throws MlsException {
        Owned alice = leaves.fromKeyPackage("alice");
        tree = RatchetTree.of(TestLeaves.SUITE, alice.leaf());
        owned.put(0, alice);
        keys.put(0, TreePrivateKeys.of(0, alice.encryption()));
        for (int i = 1; i < 4; i++) {
            Owned member = leaves.fromKeyPackage("member " + i);
            tree = tree.withAddedLeaf(member.leaf()).tree();
            owned.put(i, member);
            keys.put(i, TreePrivateKeys.of(i, member.encryption()));
        }
    }

    private TreePrivateKeys keysOf(int member) {
        return Objects.requireNonNull(keys.get(member));
    }

    private TreeKem.CreatedPath created(int sender, RatchetTree before, Set<Integer> added) throws MlsException {
        Owned owner = Objects.requireNonNull(owned.get(sender));
        return TreeKem.createPath(
                before,
                added,
                keysOf(sender),
                (key, parentHash) -> TestLeaves.committed(owner, key, parentHash, GROUP, sender),
                merged -> CONTEXT,
                leaves.random());
    }

    private TreeKem.OpenedPath opened(int member, TreeKem.CreatedPath created, UpdatePath path, RatchetTree before)
            throws MlsException {
        return TreeKem.openPath(before, created.tree(), 0, path, Set.of(), keysOf(member), CONTEXT);
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MlsException.class,
                        refused -> assertThat(refused.code()).isEqualTo(code));
    }

    private static UpdatePath withNode(UpdatePath path, int index, UpdatePathNode node) {
        List<UpdatePathNode> nodes = new ArrayList<>(path.nodes());
        nodes.set(index, node);
        return new UpdatePath(path.leafNode(), nodes);
    }

    @Test
    @DisplayName("in a random walk of adds, removals and paths everybody keeps the keys of its own path and no others")
    void everybodyKeepsItsKeys() throws MlsException {
        for (long seed = 1; seed <= 3; seed++) {
            new Walk(seed).run(60);
        }
    }

    /** Members that join with a path secret, leave, and follow each other's paths. */
    private final class Walk {
        private final Random random;
        private int names = 10;

        Walk(long seed) {
            random = new Random(seed);
        }

        void run(int steps) throws MlsException {
            for (int step = 0; step < steps; step++) {
                List<Integer> members = new ArrayList<>(keys.keySet());
                int sender = members.get(random.nextInt(members.size()));
                int other = members.get(random.nextInt(members.size()));
                RatchetTree before = tree;
                Optional<Owned> joiner = Optional.empty();
                int added = -1;
                if (random.nextInt(3) == 0 && other != sender) {
                    before = tree.withoutLeaf(other);
                    keys.remove(other);
                    owned.remove(other);
                } else if (random.nextInt(2) == 0) {
                    joiner = Optional.of(leaves.fromKeyPackage("member " + names++));
                    RatchetTree.Added place = before.withAddedLeaf(joiner.get().leaf());
                    before = place.tree();
                    added = place.leafIndex();
                }
                follow(sender, before, joiner, added);
            }
        }

        private void follow(int sender, RatchetTree before, Optional<Owned> joiner, int added) throws MlsException {
            Set<Integer> addedLeaves = joiner.isPresent() ? Set.of(added) : Set.of();
            TreeKem.CreatedPath path = created(sender, before, addedLeaves);
            for (int member : List.copyOf(keys.keySet())) {
                TreePrivateKeys after = path.privateKeys();
                if (member != sender) {
                    TreeKem.OpenedPath seen = TreeKem.openPath(
                            before, path.tree(), sender, path.path(), addedLeaves, keysOf(member), CONTEXT);
                    assertThat(seen.commitSecret()).isEqualTo(path.commitSecret());
                    after = seen.privateKeys();
                }
                after.requireMatch(path.tree());
                keysOf(member).eraseAllBut(after);
                keys.put(member, after);
            }
            if (joiner.isPresent()) {
                owned.put(added, joiner.get());
                keys.put(
                        added,
                        TreePrivateKeys.joined(
                                path.tree(),
                                added,
                                joiner.get().encryption(),
                                sender,
                                Optional.of(path.pathSecretFor(added).copy())));
            }
            tree = path.tree();
            for (TreePrivateKeys own : keys.values()) {
                assertThat(own.byNode().keySet()).allMatch(node -> isOnPath(own.leafIndex(), node));
                own.requireMatch(tree);
            }
        }

        private boolean isOnPath(int leaf, int node) {
            return TreeMath.isInSubtree(TreeMath.leafNode(leaf), node);
        }
    }

    @Test
    @DisplayName("a path whose public key is not that of its secret is refused by those who can tell")
    void keyThatIsNotDerived() throws MlsException {
        TreeKem.CreatedPath honest = created(0, tree, Set.of());
        HpkeKeyPair other = TestLeaves.SUITE.generateKeyPair(leaves.random());
        PathMerge forged =
                PathMerge.of(tree, 0, List.of(honest.path().nodes().get(0).encryptionKey(), other.publicKey()));
        RatchetTree merged = forged.mergedWith(honest.path().leafNode());
        for (int member = 1; member < 4; member++) {
            TreePrivateKeys own = keysOf(member);
            assertRefused(
                    () -> TreeKem.openPath(tree, merged, 0, honest.path(), Set.of(), own, CONTEXT),
                    MlsError.KEY_MISMATCH);
        }
    }

    @Test
    @DisplayName("a path secret that does not open, or was sealed in another context, is refused")
    void secretThatDoesNotOpen() throws MlsException {
        TreeKem.CreatedPath path = created(0, tree, Set.of());
        UpdatePathNode first = path.path().nodes().get(0);
        HpkeCiphertext sealed = first.encryptedPathSecrets().get(0);
        byte[] changed = sealed.ciphertext().toByteArray();
        changed[0] ^= 1;
        HpkeCiphertext broken = new HpkeCiphertext(sealed.kemOutput(), Bytes.of(changed));
        UpdatePath forged = withNode(path.path(), 0, new UpdatePathNode(first.encryptionKey(), List.of(broken)));
        assertRefused(() -> opened(1, path, forged, tree), MlsError.DECRYPTION_FAILED);
        assertRefused(
                () -> TreeKem.openPath(tree, path.tree(), 0, path.path(), Set.of(), keysOf(1), new byte[] {9}),
                MlsError.DECRYPTION_FAILED);
    }

    @Test
    @DisplayName("a path secret of the wrong length is refused")
    void secretOfWrongLength() throws MlsException {
        TreeKem.CreatedPath path = created(0, tree, Set.of());
        Bytes bobsKey = tree.encryptionKey(2).orElseThrow();
        HpkeCiphertext tooShort =
                TestLeaves.SUITE.encryptWithLabel(bobsKey, "UpdatePathNode", CONTEXT, new byte[16], leaves.random());
        UpdatePathNode first = path.path().nodes().get(0);
        UpdatePath forged = withNode(path.path(), 0, new UpdatePathNode(first.encryptionKey(), List.of(tooShort)));
        assertRefused(() -> opened(1, path, forged, tree), MlsError.INVALID_PATH_SECRET);
    }

    @Test
    @DisplayName("somebody without a key in the resolution gets no secret")
    void noSecretForOutsiders() throws MlsException {
        TreeKem.CreatedPath path = created(0, tree, Set.of());
        TreePrivateKeys stale = TreePrivateKeys.of(1, TestLeaves.SUITE.generateKeyPair(leaves.random()));
        assertRefused(
                () -> TreeKem.openPath(tree, path.tree(), 0, path.path(), Set.of(), stale, CONTEXT),
                MlsError.INVALID_PATH_SECRET);
    }

    @Test
    @DisplayName("a joiner refuses a path secret that does not lead to the keys in the tree")
    void joinerChecksItsPathSecret() throws MlsException {
        Owned eve = leaves.fromKeyPackage("eve");
        RatchetTree.Added place = tree.withAddedLeaf(eve.leaf());
        TreeKem.CreatedPath path = created(0, place.tree(), Set.of(place.leafIndex()));
        Secret other = Secret.random(32, leaves.random());
        assertRefused(
                () -> TreePrivateKeys.joined(path.tree(), place.leafIndex(), eve.encryption(), 0, Optional.of(other)),
                MlsError.KEY_MISMATCH);
        assertRefused(
                () -> TreePrivateKeys.joined(
                        path.tree(),
                        place.leafIndex(),
                        TestLeaves.SUITE.generateKeyPair(leaves.random()),
                        0,
                        Optional.empty()),
                MlsError.KEY_MISMATCH);
    }

    @Test
    @DisplayName("keys that a path replaces are erased, keys that live on are not")
    void replacedKeysAreErased() throws MlsException {
        TreeKem.CreatedPath first = created(0, tree, Set.of());
        TreePrivateKeys before = opened(1, first, first.path(), tree).privateKeys();
        keys.put(0, first.privateKeys());
        keys.put(1, before);
        TreeKem.CreatedPath second = created(0, first.tree(), Set.of());
        TreePrivateKeys after = TreeKem.openPath(
                        first.tree(), second.tree(), 0, second.path(), Set.of(), before, CONTEXT)
                .privateKeys();
        before.eraseAllBut(after);
        assertThat(before.at(1).orElseThrow().privateKey().isErased()).isTrue();
        assertThat(before.at(3).orElseThrow().privateKey().isErased()).isTrue();
        assertThat(before.at(2).orElseThrow().privateKey().isErased()).isFalse();
        after.requireMatch(second.tree());
        assertThat(after.toString()).doesNotContain("Secret");
    }
}
