package chat.samara.mls.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.tree.TestLeaves.Owned;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A received tree (RFC 9420 §12.4.3.1): each test sends one violation. */
class TreeRulesTest {
    private static final Bytes GROUP = Bytes.ofUtf8("a group");
    private static final int OWN_EXTENSION = 0xF001;

    private final TestLeaves leaves = new TestLeaves(42);
    private final List<Owned> owned = new ArrayList<>();
    private RatchetTree tree;

    @BeforeEach
    void fourMembersAndAPath() throws MlsException {
        owned.add(leaves.fromKeyPackage("alice"));
        tree = RatchetTree.of(TestLeaves.SUITE, owned.get(0).leaf());
        for (String name : List.of("bob", "carol", "dan")) {
            owned.add(leaves.fromKeyPackage(name));
            tree = tree.withAddedLeaf(owned.get(owned.size() - 1).leaf()).tree();
        }
        tree = withPath(tree, 0);
    }

    private RatchetTree withPath(RatchetTree before, int member) {
        List<Bytes> keys = new ArrayList<>();
        for (int i = 0; i < before.filteredDirectPath(member).size(); i++) {
            keys.add(newKey());
        }
        PathMerge merge = PathMerge.of(before, member, keys);
        return merge.mergedWith(
                TestLeaves.committed(owned.get(member), newKey(), merge.leafParentHash(), GROUP, member));
    }

    private Bytes newKey() {
        return TestLeaves.SUITE.generateKeyPair(leaves.random()).publicKey();
    }

    private static RatchetTree verified(RatchetTree tree, List<Extension> extensions, AuthenticationService service)
            throws MlsException {
        return RatchetTreeIn.decode(TestLeaves.SUITE, tree.encode()).verify(GROUP, tree.hash(), extensions, service);
    }

    private static void assertRefused(RatchetTree tree, MlsError code) {
        assertRefused(() -> verified(tree, List.of(), TestLeaves.ACCEPT_ALL), code);
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MlsException.class,
                        refused -> assertThat(refused.code()).isEqualTo(code));
    }

    /** The tree with other content in intermediate nodes, whatever follows from it. */
    private static RatchetTree withParent(RatchetTree tree, int leaf, RatchetTree.PathNodes nodes) {
        return tree.withPath(leaf, tree.leaf(leaf).orElseThrow(), nodes);
    }

    @Test
    @DisplayName("the tree that the violations start from is accepted")
    void validTreeIsAccepted() throws MlsException {
        assertThat(verified(tree, List.of(), TestLeaves.ACCEPT_ALL).hash()).isEqualTo(tree.hash());
    }

    @Test
    @DisplayName("a tree with another hash than the GroupContext's is refused")
    void otherTreeHash() {
        assertRefused(
                () -> RatchetTreeIn.decode(TestLeaves.SUITE, tree.encode())
                        .verify(GROUP, Bytes.of(new byte[32]), List.of(), TestLeaves.ACCEPT_ALL),
                MlsError.TREE_HASH_MISMATCH);
    }

    @Test
    @DisplayName("a parent node whose key was exchanged is refused by its parent hash")
    void exchangedParentKey() {
        RatchetTree forged = withParent(
                tree,
                3,
                node -> tree.parent(node)
                        .map(parent -> new ParentNode(newKey(), parent.parentHash(), parent.unmergedLeaves()))
                        .orElse(null));
        assertRefused(forged, MlsError.INVALID_PARENT_HASH);
    }

    @Test
    @DisplayName("a parent node above members none of whom has set it is refused")
    void parentThatNobodySet() {
        RatchetTree forged = withParent(
                tree,
                3,
                node -> node == 5
                        ? new ParentNode(newKey(), Bytes.of(new byte[32]), LeafSet.EMPTY)
                        : tree.parent(node).orElse(null));
        assertRefused(forged, MlsError.INVALID_PARENT_HASH);
    }

    @Test
    @DisplayName("an unmerged leaf that is blank is refused")
    void blankUnmergedLeaf() throws MlsException {
        RatchetTree bigger =
                withPath(tree.withAddedLeaf(leaves.fromKeyPackage("eve").leaf()).tree(), 0);
        RatchetTree forged = withUnmerged(bigger, 0, bigger.rootNode(), LeafSet.of(6));
        assertRefused(forged, MlsError.INVALID_TREE);
    }

    @Test
    @DisplayName("an unmerged leaf that is not below its node is refused")
    void foreignUnmergedLeaf() {
        assertRefused(withUnmerged(tree, 0, 1, LeafSet.of(3)), MlsError.INVALID_TREE);
    }

    @Test
    @DisplayName("an unmerged leaf that a node in between does not list is refused")
    void unmergedLeafNotListedBetween() {
        RatchetTree two = withPath(tree, 2);
        assertRefused(withUnmerged(two, 0, 3, LeafSet.of(3)), MlsError.INVALID_TREE);
    }

    @Test
    @DisplayName("a node of which all leaves are unmerged is refused, and does no other harm")
    void allLeavesUnmerged() {
        assertRefused(withUnmerged(tree, 0, 1, LeafSet.of(0, 1)), MlsError.INVALID_TREE);
    }

    private static RatchetTree withUnmerged(RatchetTree tree, int leaf, int forgedNode, LeafSet unmerged) {
        return withParent(
                tree,
                leaf,
                node -> tree.parent(node)
                        .map(parent -> node == forgedNode ? parent.withUnmergedLeaves(unmerged) : parent)
                        .orElse(null));
    }

    @Test
    @DisplayName("two members with one signature key are refused")
    void sameSignatureKey() throws MlsException {
        Owned twin = new Owned(
                TestLeaves.unsigned(
                                "twin",
                                newKey(),
                                owned.get(1).leaf().signatureKey(),
                                new LeafNodeSource.FromKeyPackage(TestLeaves.LIFETIME))
                        .signed(TestLeaves.SUITE, owned.get(1).signer()),
                owned.get(1).encryption(),
                owned.get(1).signer());
        assertRefused(tree.withAddedLeaf(twin.leaf()).tree(), MlsError.DUPLICATE_KEY);
    }

    @Test
    @DisplayName("two members with one encryption key are refused")
    void sameEncryptionKeyOfLeaves() throws MlsException {
        assertRefused(
                tree.withAddedLeaf(leafWithKey(owned.get(1).leaf().encryptionKey()))
                        .tree(),
                MlsError.DUPLICATE_KEY);
    }

    @Test
    @DisplayName("a leaf with the encryption key of a parent node is refused")
    void sameEncryptionKeyOfLeafAndParent() throws MlsException {
        Bytes key = tree.encryptionKey(tree.rootNode()).orElseThrow();
        assertRefused(tree.withAddedLeaf(leafWithKey(key)).tree(), MlsError.DUPLICATE_KEY);
    }

    private LeafNode leafWithKey(Bytes encryptionKey) {
        Owned other = leaves.fromKeyPackage("mallory");
        return TestLeaves.withKey(other.leaf(), encryptionKey, other.leaf().source())
                .signed(TestLeaves.SUITE, other.signer());
    }

    @Test
    @DisplayName("a leaf whose signature was made for another group is refused")
    void signatureForAnotherGroup() {
        assertRefused(
                () -> RatchetTreeIn.decode(TestLeaves.SUITE, tree.encode())
                        .verify(Bytes.ofUtf8("another"), tree.hash(), List.of(), TestLeaves.ACCEPT_ALL),
                MlsError.INVALID_SIGNATURE);
    }

    @Test
    @DisplayName("a leaf that was changed after it was signed is refused")
    void changedLeaf() throws MlsException {
        Owned other = leaves.fromKeyPackage("mallory");
        LeafNode leaf = other.leaf();
        LeafNode changed = new LeafNode(
                leaf.encryptionKey(),
                leaf.signatureKey(),
                Credential.basic(Bytes.ofUtf8("the pope")),
                leaf.capabilities(),
                leaf.source(),
                leaf.extensions(),
                leaf.signature());
        assertRefused(tree.withAddedLeaf(changed).tree(), MlsError.INVALID_SIGNATURE);
    }

    @Test
    @DisplayName("a credential that the authentication service does not accept is refused")
    void rejectedCredential() {
        AuthenticationService service =
                (credential, key) -> !credential.content().equals(Bytes.ofUtf8("carol"));
        assertRefused(() -> verified(tree, List.of(), service), MlsError.CREDENTIAL_REJECTED);
    }

    @Test
    @DisplayName("a credential type that not every member lists is refused")
    void credentialTypeNotSupportedByAll() throws MlsException {
        Owned other = leaves.fromKeyPackage("mallory");
        LeafNode leaf = other.leaf();
        int type = 0xF00D;
        LeafNode exotic = new LeafNode(
                leaf.encryptionKey(),
                leaf.signatureKey(),
                new Credential.Unknown(type, Bytes.ofUtf8("mallory")),
                Capabilities.of(List.of(), List.of(type)),
                leaf.source(),
                leaf.extensions(),
                Bytes.EMPTY);
        assertRefused(
                tree.withAddedLeaf(exotic.signed(TestLeaves.SUITE, other.signer()))
                        .tree(),
                MlsError.UNSUPPORTED_CREDENTIAL);
    }

    @Test
    @DisplayName("a capability that one member lists twice does not make up for a member that lacks it")
    void capabilityListedTwice() throws MlsException {
        Owned other = leaves.fromKeyPackage("mallory");
        Capabilities own = other.leaf().capabilities();
        Capabilities doubled = new Capabilities(
                own.versions(),
                own.cipherSuites(),
                List.of(OWN_EXTENSION, OWN_EXTENSION, OWN_EXTENSION, OWN_EXTENSION, OWN_EXTENSION),
                own.proposals(),
                own.credentials());
        LeafNode leaf = TestLeaves.withCapabilities(other.leaf(), doubled).signed(TestLeaves.SUITE, other.signer());
        RatchetTree five = tree.withAddedLeaf(leaf).tree();
        List<Extension> extensions = List.of(new Extension(OWN_EXTENSION, Bytes.EMPTY));
        assertRefused(() -> verified(five, extensions, TestLeaves.ACCEPT_ALL), MlsError.UNSUPPORTED_EXTENSION);
    }

    @Test
    @DisplayName("a GroupContext extension that not every member supports is refused (RFC 9420 §13.4)")
    void unsupportedGroupContextExtension() {
        List<Extension> extensions = List.of(new Extension(OWN_EXTENSION, Bytes.EMPTY));
        assertRefused(() -> verified(tree, extensions, TestLeaves.ACCEPT_ALL), MlsError.UNSUPPORTED_EXTENSION);
    }

    @Test
    @DisplayName("required extensions, proposals and credentials that a member lacks are refused (RFC 9420 §11.1)")
    void missingRequiredCapabilities() {
        for (RequiredCapabilities required : List.of(
                new RequiredCapabilities(List.of(OWN_EXTENSION), List.of(), List.of()),
                new RequiredCapabilities(List.of(), List.of(0xF002), List.of()),
                new RequiredCapabilities(List.of(), List.of(), List.of(0xF003)))) {
            assertRefused(
                    () -> verified(tree, List.of(required.toExtension()), TestLeaves.ACCEPT_ALL),
                    MlsError.UNSUPPORTED_EXTENSION);
        }
    }

    @Test
    @DisplayName("a parent key that nobody can encrypt to is refused")
    void unusableParentKey() {
        // Everything but the key itself is in order: alice commits to a point of small order.
        List<Bytes> keys = List.of(newKey(), Bytes.of(new byte[32]));
        PathMerge merge = PathMerge.of(tree, 0, keys);
        RatchetTree forged =
                merge.mergedWith(TestLeaves.committed(owned.get(0), newKey(), merge.leafParentHash(), GROUP, 0));
        assertRefused(forged, MlsError.INVALID_PUBLIC_KEY);
    }

    @Test
    @DisplayName("a parent key that nobody can encrypt to is refused in the right half of the tree, too")
    void unusableParentKeyOnTheRight() {
        PathMerge merge = PathMerge.of(tree, 3, List.of(Bytes.of(new byte[32]), newKey()));
        RatchetTree forged =
                merge.mergedWith(TestLeaves.committed(owned.get(3), newKey(), merge.leafParentHash(), GROUP, 3));
        assertRefused(forged, MlsError.INVALID_PUBLIC_KEY);
    }

    @Test
    @DisplayName("blank nodes at the end are refused (RFC 9420 §12.4.3.3)")
    void trailingBlanks() throws MlsException {
        RatchetTree three = tree.withoutLeaf(3);
        List<TlsEncodable> nodes = new ArrayList<>();
        for (int node = 0; node < 7; node++) {
            Optional<Bytes> content = RatchetTreeCodec.encodeNode(three.subtree(node));
            nodes.add(writer -> {
                writer.uint8(content.isPresent() ? 1 : 0);
                content.ifPresent(writer::raw);
            });
        }
        byte[] encoded = new TlsWriter().vector(nodes).toByteArray();
        assertRefused(() -> RatchetTreeIn.decode(TestLeaves.SUITE, encoded), MlsError.INVALID_TREE);
    }

    @Test
    @DisplayName("an empty tree, a leaf in a parent's place and a node of no known type are refused")
    void impossibleShapes() {
        assertRefused(
                () -> RatchetTreeIn.decode(
                        TestLeaves.SUITE, new TlsWriter().vector(List.of()).toByteArray()),
                MlsError.INVALID_TREE);
        TlsEncodable leaf =
                writer -> writer.uint8(1).uint8(1).struct(owned.get(0).leaf());
        byte[] leafAsParent = new TlsWriter().vector(List.of(leaf, leaf)).toByteArray();
        assertRefused(() -> RatchetTreeIn.decode(TestLeaves.SUITE, leafAsParent), MlsError.INVALID_TREE);
        TlsEncodable unknown = writer -> writer.uint8(1).uint8(3);
        byte[] unknownType = new TlsWriter().vector(List.of(unknown)).toByteArray();
        assertRefused(() -> RatchetTreeIn.decode(TestLeaves.SUITE, unknownType), MlsError.MALFORMED);
    }

    @Test
    @DisplayName("a parent node above an empty subtree is refused: no commit leads there")
    void parentAboveNothing() {
        TlsEncodable leaf =
                writer -> writer.uint8(1).uint8(1).struct(owned.get(0).leaf());
        TlsEncodable parent =
                writer -> writer.uint8(1).uint8(2).struct(new ParentNode(newKey(), Bytes.EMPTY, LeafSet.EMPTY));
        byte[] encoded = new TlsWriter().vector(List.of(leaf, parent)).toByteArray();
        assertRefused(() -> RatchetTreeIn.decode(TestLeaves.SUITE, encoded), MlsError.INVALID_TREE);
    }

    @Test
    @DisplayName("a tree of more than LEAVES_MAX leaves is refused before it takes memory")
    void tooManyNodes() {
        byte[] blanks = new byte[2 * Limits.LEAVES_MAX];
        byte[] encoded = new TlsWriter().opaque(blanks).toByteArray();
        assertRefused(() -> RatchetTreeIn.decode(TestLeaves.SUITE, encoded), MlsError.LIMIT);
    }

    @Test
    @DisplayName("a leaf that carries an extension it does not list is refused (RFC 9420 §7.3)")
    void unlistedLeafExtension() throws MlsException {
        Owned other = leaves.fromKeyPackage("mallory");
        LeafNode leaf = other.leaf();
        LeafNode carrier = new LeafNode(
                leaf.encryptionKey(),
                leaf.signatureKey(),
                leaf.credential(),
                leaf.capabilities(),
                leaf.source(),
                List.of(new Extension(OWN_EXTENSION, Bytes.EMPTY)),
                Bytes.EMPTY);
        assertRefused(
                tree.withAddedLeaf(carrier.signed(TestLeaves.SUITE, other.signer()))
                        .tree(),
                MlsError.INVALID_LEAF_NODE);
    }

    @Test
    @DisplayName("unmerged leaves out of order are malformed (RFC 9420 §7.1)")
    void unmergedLeavesOutOfOrder() {
        TlsEncodable leaf =
                writer -> writer.uint8(1).uint8(1).struct(owned.get(0).leaf());
        TlsEncodable parent = writer ->
                writer.uint8(1).uint8(2).opaque(newKey()).opaque(Bytes.EMPTY).vector32(List.of(1, 0));
        byte[] encoded = new TlsWriter().vector(List.of(leaf, parent, leaf)).toByteArray();
        assertRefused(() -> RatchetTreeIn.decode(TestLeaves.SUITE, encoded), MlsError.MALFORMED);
    }

    @Test
    @DisplayName("private keys that are not those of the tree are refused")
    void foreignPrivateKeys() {
        HpkeKeyPair other = TestLeaves.SUITE.generateKeyPair(leaves.random());
        assertRefused(() -> TreePrivateKeys.of(1, other).requireMatch(tree), MlsError.KEY_MISMATCH);
    }
}
