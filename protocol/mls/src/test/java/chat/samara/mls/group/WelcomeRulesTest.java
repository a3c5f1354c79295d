package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafSet;
import chat.samara.mls.tree.ParentNode;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.welcome.EncryptedGroupSecrets;
import chat.samara.mls.welcome.GroupSecrets;
import chat.samara.mls.welcome.Welcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Joining by a Welcome (RFC 9420 §12.4.3.1). Each test sends, from a true member, a Welcome that is valid but for the one breach: tree
 * hash, parent hashes, GroupContext, key schedule, tags and signatures are those of what it says. Eve joins, and refuses.
 */
@DisplayName("A Welcome")
class WelcomeRulesTest {
    private static final int EVES_LEAF = 4;

    private HostileScene scene;
    private KeyPackageBundle eve;

    @BeforeEach
    void fourMembers() throws MlsException {
        scene = new HostileScene(12431);
        eve = scene.eve.bundle();
    }

    private HostileCommit addingEve() {
        return scene.commit().of(new Proposal.Add(eve.keyPackage().content()));
    }

    private HostileWelcome welcome(HostileCommit commit) throws MlsException {
        return new HostileWelcome(scene.mallory, commit.made());
    }

    private HostileWelcome welcome() throws MlsException {
        return welcome(addingEve());
    }

    /** Eve refuses it; after that the genuine one, for the same KeyPackage, still lets her in. */
    private void refused(MlsError code, byte[] message) throws MlsException {
        scene.joinRefused(code, message, scene.eve, eve);
        assertThat(scene.join(welcome().message(), scene.eve, eve).isActive()).isTrue();
    }

    private void refused(MlsError code, HostileWelcome welcome) throws MlsException {
        refused(code, welcome.message());
    }

    private void refused(MlsError code, HostileCommit commit) throws MlsException {
        refused(code, welcome(commit));
    }

    private HostileKeyPackage frank() {
        return new HostileKeyPackage(new TestClient("frank", HostileScene.SUITE, scene.random));
    }

    private static GroupContext withExtensions(GroupContext old, Extension... extensions) {
        return new GroupContext(
                old.cipherSuite(),
                old.groupId(),
                old.epoch(),
                old.treeHash(),
                old.confirmedTranscriptHash(),
                List.of(extensions));
    }

    @Nested
    @DisplayName("by the hostile sender lets the new member in, as long as it breaks no rule:")
    class PositiveControl {
        @Test
        @DisplayName("with a path secret, and without")
        void paths() throws MlsException {
            assertThat(scene.join(welcome().message(), scene.eve, eve).ownLeafIndex())
                    .isEqualTo(EVES_LEAF);
            byte[] withoutPath = welcome(addingEve().withoutPath()).message();
            assertThat(scene.join(withoutPath, scene.eve, eve).isActive()).isTrue();
        }

        @Test
        @DisplayName("among other new members")
        void others() throws MlsException {
            byte[] message = welcome(scene.commit()
                            .of(frank().add())
                            .of(new Proposal.Add(eve.keyPackage().content())))
                    .message();
            assertThat(scene.join(message, scene.eve, eve).ownLeafIndex()).isEqualTo(EVES_LEAF + 1);
        }

        @Test
        @DisplayName("with unknown extensions in the GroupInfo (RFC 9420 §12.4.3, §13.4)")
        void unknownExtension() throws MlsException {
            byte[] message = welcome()
                    .extensions(tree -> List.of(tree.get(0), new Extension(0x0A0A, Bytes.ofUtf8("anything"))))
                    .message();
            assertThat(scene.join(message, scene.eve, eve).isActive()).isTrue();
        }

        @Test
        @DisplayName("with a GroupContext extension, and required capabilities, that all support")
        void extensions() throws MlsException {
            Extension own = new Extension(TestClient.OWN_EXTENSION, Bytes.EMPTY);
            Extension required =
                    new RequiredCapabilities(List.of(TestClient.OWN_EXTENSION), List.of(), List.of(1)).toExtension();
            byte[] message =
                    welcome().context(old -> withExtensions(old, own, required)).message();
            assertThat(scene.join(message, scene.eve, eve).publicGroup().extensions())
                    .containsExactly(own, required);
        }
    }

    @Nested
    @DisplayName("is refused when its envelope")
    class Envelope {
        @Test
        @DisplayName("is of another suite than the KeyPackage, or of an unknown one")
        void suite() throws MlsException {
            for (int suite : new int[] {3, 0xF00D}) {
                refused(
                        MlsError.INVALID_WELCOME,
                        welcome().welcome(old -> new Welcome(suite, old.secrets(), old.encryptedGroupInfo())));
            }
        }

        @Test
        @DisplayName("is for another KeyPackage, or for nobody")
        void notForEve() throws MlsException {
            refused(MlsError.NOT_WELCOME, welcome(scene.commit().of(frank().add())));
            refused(
                    MlsError.NOT_WELCOME,
                    welcome().welcome(old -> new Welcome(old.cipherSuite(), List.of(), old.encryptedGroupInfo())));
        }

        @Test
        @DisplayName("has two entries for the KeyPackage, the first of which does not open")
        void twoEntries() throws MlsException {
            refused(MlsError.DECRYPTION_FAILED, welcome().welcome(old -> {
                List<EncryptedGroupSecrets> two = new ArrayList<>(old.secrets());
                HpkeCiphertext genuine = old.secrets().get(0).encryptedGroupSecrets();
                two.add(
                        0,
                        new EncryptedGroupSecrets(
                                eve.ref(), new HpkeCiphertext(genuine.kemOutput(), Bytes.of(new byte[80]))));
                return new Welcome(old.cipherSuite(), two, old.encryptedGroupInfo());
            }));
        }

        @Test
        @DisplayName("has group secrets that do not open: garbled, of no length, with a KEM output that is none")
        void sealedSecrets() throws MlsException {
            for (UnaryOperator<HpkeCiphertext> change : List.<UnaryOperator<HpkeCiphertext>>of(
                    old -> new HpkeCiphertext(old.kemOutput(), Bytes.of(new byte[100])),
                    old -> new HpkeCiphertext(old.kemOutput(), Bytes.EMPTY),
                    old -> new HpkeCiphertext(Bytes.EMPTY, old.ciphertext()))) {
                refused(MlsError.DECRYPTION_FAILED, welcome().sealed(change));
            }
            refused(
                    MlsError.INVALID_PUBLIC_KEY,
                    welcome().sealed(old -> new HpkeCiphertext(Bytes.of(new byte[32]), old.ciphertext())));
        }

        @Test
        @DisplayName("has group secrets that were sealed beside another GroupInfo")
        void otherGroupInfo() throws MlsException {
            for (Bytes info : List.of(Bytes.EMPTY, Bytes.of(new byte[100]))) {
                refused(
                        MlsError.DECRYPTION_FAILED,
                        welcome().welcome(old -> new Welcome(old.cipherSuite(), old.secrets(), info)));
            }
        }
    }

    @Nested
    @DisplayName("is refused when its group secrets")
    class Secrets {
        private HostileWelcome with(UnaryOperator<GroupSecrets> change) throws MlsException {
            return welcome().groupSecrets(change);
        }

        @Test
        @DisplayName("hold another joiner secret, or one of another length")
        void joinerSecret() throws MlsException {
            refused(
                    MlsError.DECRYPTION_FAILED,
                    with(old -> new GroupSecrets(Secret.zeros(32), old.pathSecret(), List.of())));
            for (int size : new int[] {0, 31, 33}) {
                refused(
                        MlsError.INVALID_WELCOME,
                        with(old -> new GroupSecrets(Secret.zeros(size), old.pathSecret(), List.of())));
            }
        }

        @Test
        @DisplayName("hold a path secret that does not lead to the keys of the tree, or of another length")
        void pathSecret() throws MlsException {
            refused(
                    MlsError.KEY_MISMATCH,
                    with(old -> new GroupSecrets(old.joinerSecret(), Optional.of(Secret.zeros(32)), List.of())));
            for (int size : new int[] {0, 31, 33}) {
                refused(
                        MlsError.INVALID_WELCOME,
                        with(old -> new GroupSecrets(old.joinerSecret(), Optional.of(Secret.zeros(size)), List.of())));
            }
        }

        @Test
        @DisplayName("hold a path secret though the commit has no path: the common ancestor is blank")
        void pathSecretWithoutPath() throws MlsException {
            refused(
                    MlsError.KEY_MISMATCH,
                    welcome(addingEve().withoutPath())
                            .groupSecrets(old ->
                                    new GroupSecrets(old.joinerSecret(), Optional.of(Secret.zeros(32)), List.of())));
        }

        @Test
        @DisplayName("hold a path secret whose successor does not lead to the key above")
        void pathSecretChain() throws MlsException {
            // Eve takes Carol's place, below node 3, the lowest node that she shares with Bob; the tree goes on above
            // it.
            TestClient frank = new TestClient("frank", HostileScene.SUITE, scene.random);
            CommitBundle adding = scene.a.commit().add(frank.keyPackage()).build();
            TestClient.mergeAll(List.of(scene.a, scene.b), adding.commit());
            HostileCommit commit = scene.commit()
                    .of(
                            new Proposal.Remove(HostileScene.CAROL),
                            new Proposal.Add(eve.keyPackage().content()))
                    .nodeKeys(keys -> List.of(keys.get(0), keys.get(1), scene.newKey()));
            refused(MlsError.KEY_MISMATCH, commit);
        }
    }

    @Nested
    @DisplayName("is refused when its GroupInfo (RFC 9420 §12.4.3)")
    class Info {
        @Test
        @DisplayName("is malformed: cut short, or followed by more")
        void malformed() throws MlsException {
            refused(MlsError.MALFORMED, welcome().message(new byte[] {0, 1}));
        }

        @Test
        @DisplayName("was not signed by the member that it names")
        void signature() throws MlsException {
            refused(MlsError.INVALID_SIGNATURE, welcome().signedBy(HostileScene.BOB, scene.carol.signer));
            refused(MlsError.INVALID_SIGNATURE, welcome().signedBy(HostileScene.CAROL, scene.bob.signer));
        }

        @Test
        @DisplayName("was signed by a blank leaf, one beyond the tree, or the joiner itself")
        void signer() throws MlsException {
            for (int leaf : new int[] {5, 8, Integer.MAX_VALUE, -1}) {
                refused(MlsError.INVALID_GROUP_INFO, welcome().signedBy(leaf, scene.bob.signer));
            }
            refused(MlsError.INVALID_GROUP_INFO, welcome().signedBy(EVES_LEAF, scene.eve.signer));
        }

        @Test
        @DisplayName("holds one extension twice, or its GroupContext does (RFC 9420 §13.4)")
        void duplicateExtension() throws MlsException {
            refused(MlsError.DUPLICATE_EXTENSION, welcome().extensions(tree -> List.of(tree.get(0), tree.get(0))));
            Extension own = new Extension(TestClient.OWN_EXTENSION, Bytes.EMPTY);
            refused(MlsError.DUPLICATE_EXTENSION, welcome().context(old -> withExtensions(old, own, own)));
        }

        @Test
        @DisplayName("has a GroupContext of another suite than the KeyPackage's")
        void suite() throws MlsException {
            for (int suite : new int[] {3, 0xF00D}) {
                refused(
                        MlsError.INVALID_GROUP_INFO,
                        welcome()
                                .context(old -> new GroupContext(
                                        suite,
                                        old.groupId(),
                                        old.epoch(),
                                        old.treeHash(),
                                        old.confirmedTranscriptHash(),
                                        old.extensions())));
            }
        }

        @Test
        @DisplayName("has a GroupContext of another group: the members' leaves are not signed for it")
        void otherGroup() throws MlsException {
            refused(
                    MlsError.INVALID_SIGNATURE,
                    welcome()
                            .context(old -> new GroupContext(
                                    old.cipherSuite(),
                                    Bytes.ofUtf8("another"),
                                    old.epoch(),
                                    old.treeHash(),
                                    old.confirmedTranscriptHash(),
                                    old.extensions())));
        }

        @Test
        @DisplayName(
                "has a GroupContext extension, or required capabilities, that Eve does not support (RFC 9420 §13.4)")
        void unsupportedExtension() throws MlsException {
            for (Extension demand : List.of(
                    new Extension(0xF0BB, Bytes.EMPTY),
                    new RequiredCapabilities(List.of(0xF0BB), List.of(), List.of()).toExtension(),
                    new RequiredCapabilities(List.of(), List.of(0xF0BB), List.of()).toExtension(),
                    new RequiredCapabilities(List.of(), List.of(), List.of(0xF0BB)).toExtension())) {
                refused(MlsError.UNSUPPORTED_EXTENSION, welcome().context(old -> withExtensions(old, demand)));
            }
        }

        @Test
        @DisplayName("has a GroupContext extension that Eve alone does not support")
        void unsupportedByEveAlone() throws MlsException {
            scene = new HostileScene(5, List.of(new Extension(TestClient.OWN_EXTENSION, Bytes.EMPTY)));
            KeyPackageBundle poor = scene.bundle(scene.eve, Capabilities.of(List.of(), List.of()));
            byte[] message = welcome(
                            scene.commit().of(new Proposal.Add(poor.keyPackage().content())))
                    .message();
            scene.joinRefused(MlsError.UNSUPPORTED_EXTENSION, message, scene.eve, poor);
        }

        @Test
        @DisplayName("has required capabilities that cannot be read")
        void unreadable() throws MlsException {
            Extension garbage = new Extension(Extension.REQUIRED_CAPABILITIES, Bytes.of((byte) 7));
            refused(MlsError.MALFORMED, welcome().context(old -> withExtensions(old, garbage)));
        }

        @Test
        @DisplayName("is of a group that Eve is in already, or of another of that id")
        void groupExists() throws MlsException {
            byte[] message = welcome().message();
            GroupEnvironment environment = scene.eve.environment.withOwnGroups(scene.a.groupId()::equals);
            assertThatExceptionOfType(MlsException.class)
                    .isThrownBy(() -> Group.join(message, eve, scene.eve.signer, Optional.empty(), environment))
                    .extracting(MlsException::code)
                    .isEqualTo(MlsError.GROUP_EXISTS);
            assertThat(scene.join(message, scene.eve, eve).isActive()).isTrue();
        }

        @Test
        @DisplayName("keeps back a path secret, so that the joiner would lack a key above its leaf")
        void pathSecretKeptBack() throws MlsException {
            HostileCommit commit = scene.commit()
                    .of(
                            new Proposal.Remove(HostileScene.ALICE),
                            new Proposal.Add(eve.keyPackage().content()));
            HostileWelcome without = new HostileWelcome(scene.mallory, commit.made())
                    .groupSecrets(all -> new GroupSecrets(all.joinerSecret(), Optional.empty(), all.psks()));
            refused(MlsError.INVALID_WELCOME, without);
        }

        @Test
        @DisplayName("has another confirmation tag than its GroupContext and secrets lead to")
        void confirmationTag() throws MlsException {
            refused(MlsError.INVALID_CONFIRMATION_TAG, welcome().confirmationTag(old -> Bytes.of(new byte[32])));
            for (int size : new int[] {0, 31, 33}) {
                refused(MlsError.INVALID_TAG_LENGTH, welcome().confirmationTag(old -> Bytes.of(new byte[size])));
            }
        }
    }

    @Nested
    @DisplayName("is refused when its tree (RFC 9420 §12.4.3.1)")
    class Tree {
        /** Frank is added beside Eve, and is not as he should be. */
        private void refusedWith(MlsError code, HostileKeyPackage frank) throws MlsException {
            refused(code, addingEve().of(frank.add()));
            refused(code, addingEve().of(frank.add()).withoutPath());
        }

        @Test
        @DisplayName("is not there, or is that of another GroupContext")
        void missingOrOther() throws MlsException {
            refused(MlsError.MISSING_TREE, welcome().extensions(tree -> List.of()));
            Bytes before = Bytes.of(scene.a.ratchetTree());
            refused(MlsError.TREE_HASH_MISMATCH, welcome().tree(tree -> before));
        }

        @Test
        @DisplayName("is malformed, or ends in a blank node (RFC 9420 §12.4.3.3)")
        void malformed() throws MlsException {
            refused(MlsError.MALFORMED, welcome().tree(tree -> Bytes.concat(tree, Bytes.of((byte) 0))));
            refused(MlsError.INVALID_TREE, welcome().tree(WelcomeRulesTest::withBlankAtTheEnd));
        }

        @Test
        @DisplayName("does not hold the leaf of the joiner's KeyPackage")
        void withoutTheJoiner() throws MlsException {
            refused(
                    MlsError.INVALID_WELCOME,
                    addingEve().tree(tree -> tree.leaf(EVES_LEAF).isPresent() ? tree.withoutLeaf(EVES_LEAF) : tree));
            LeafNode other = scene.eve.bundle().keyPackage().leafNode();
            refused(
                    MlsError.INVALID_WELCOME,
                    addingEve().withoutPath().tree(tree -> HostileTree.withLeaf(tree, EVES_LEAF, other)));
        }

        @Test
        @DisplayName("has two members with one signature key")
        void signatureKeys() throws MlsException {
            for (SignatureKeyPair twice : List.of(scene.carol.signer, scene.eve.signer)) {
                refusedWith(
                        MlsError.DUPLICATE_KEY,
                        new HostileKeyPackage(
                                HostileScene.SUITE, twice, Credential.basic(Bytes.ofUtf8("frank")), scene.random));
            }
        }

        @Test
        @DisplayName("has two nodes with one encryption key: two leaves, a leaf and a parent, two parents")
        void encryptionKeys() throws MlsException {
            Bytes ofCarol = scene.c.state().ownLeafNode().encryptionKey();
            Bytes ofParent = scene.a.publicGroup().tree().encryptionKey(5).orElseThrow();
            Bytes ofEve = eve.keyPackage().leafNode().encryptionKey();
            for (Bytes twice : List.of(ofCarol, ofParent, ofEve)) {
                refusedWith(MlsError.DUPLICATE_KEY, frank().encryptionKey(twice));
            }
            Bytes twice = scene.newKey();
            refused(MlsError.DUPLICATE_KEY, addingEve().nodeKeys(keys -> List.of(twice, twice, keys.get(2))));
        }

        @Test
        @DisplayName("has a leaf that does not list the version, suite, credential type or an extension of its own")
        void capabilities() throws MlsException {
            Capabilities all = TestClient.CAPABILITIES;
            refusedWith(
                    MlsError.INVALID_LEAF_NODE,
                    frank().capabilities(new Capabilities(
                            List.of(2), all.cipherSuites(), all.extensions(), all.proposals(), all.credentials())));
            refusedWith(
                    MlsError.INVALID_LEAF_NODE,
                    frank().capabilities(new Capabilities(
                            all.versions(), List.of(3), all.extensions(), all.proposals(), all.credentials())));
            refusedWith(MlsError.INVALID_LEAF_NODE, frank().leafExtensions(new Extension(0xF0F0, Bytes.EMPTY)));
            refusedWith(
                    MlsError.UNSUPPORTED_CREDENTIAL,
                    frank().credential(new Credential.Unknown(0xF00D, Bytes.EMPTY))
                            .capabilities(Capabilities.of(List.of(), List.of(0xF00D))));
        }

        @Test
        @DisplayName("has a leaf with a lifetime longer than accepted (RFC 9420 §7.2)")
        void lifetime() throws MlsException {
            refusedWith(MlsError.LIFETIME, frank().lifetime(0, -1));
        }

        @Test
        @DisplayName("has a leaf that was changed after it was signed, or signed for another place")
        void leafSignature() throws MlsException {
            refusedWith(
                    MlsError.INVALID_SIGNATURE,
                    frank().signedLeaf(leaf -> new LeafNode(
                            leaf.encryptionKey(),
                            leaf.signatureKey(),
                            Credential.basic(Bytes.ofUtf8("the pope")),
                            leaf.capabilities(),
                            leaf.source(),
                            leaf.extensions(),
                            leaf.signature())));
            refused(
                    MlsError.INVALID_SIGNATURE,
                    addingEve()
                            .signedLeaf(
                                    leaf -> leaf.signed(HostileScene.SUITE, scene.bob.signer, scene.b.groupId(), 7)));
        }

        @Test
        @DisplayName("has a leaf whose key nobody can encrypt to, or a parent with such a key")
        void unusableKeys() throws MlsException {
            Bytes smallOrder = Bytes.of(new byte[32]);
            refusedWith(MlsError.INVALID_PUBLIC_KEY, frank().encryptionKey(smallOrder));
            refused(
                    MlsError.INVALID_PUBLIC_KEY,
                    addingEve().nodeKeys(keys -> List.of(smallOrder, keys.get(1), keys.get(2))));
        }

        @Test
        @DisplayName("has a credential that the authentication service does not accept (RFC 9420 §5.3.1)")
        void credential() throws MlsException {
            byte[] message = welcome(addingEve().of(frank().add())).message();
            AuthenticationService picky =
                    (credential, key) -> !credential.equals(Credential.basic(Bytes.ofUtf8("frank")));
            GroupEnvironment environment = new GroupEnvironment(picky, scene.random, scene.eve.environment.clock());
            assertThatExceptionOfType(MlsException.class)
                    .isThrownBy(() -> Group.join(message, eve, scene.eve.signer, Optional.empty(), environment))
                    .extracting(MlsException::code)
                    .isEqualTo(MlsError.CREDENTIAL_REJECTED);
            assertThat(scene.join(message, scene.eve, eve).isActive()).isTrue();
        }

        @Test
        @DisplayName("has a parent node that no leaf below has set (RFC 9420 §7.9.2)")
        void parentHash() throws MlsException {
            refused(MlsError.INVALID_PARENT_HASH, addingEve().appliedTree(tree -> {
                ParentNode honest = tree.parent(5).orElseThrow();
                return HostileTree.withParent(
                        tree, 5, new ParentNode(scene.newKey(), honest.parentHash(), honest.unmergedLeaves()));
            }));
            refused(
                    MlsError.INVALID_PARENT_HASH,
                    addingEve()
                            .of(frank().add())
                            .appliedTree(tree -> HostileTree.withParent(
                                    tree, 9, new ParentNode(scene.newKey(), Bytes.EMPTY, LeafSet.EMPTY))));
        }

        @Test
        @DisplayName("lists unmerged leaves that are blank, not below, not listed in between, or all of them")
        void unmergedLeaves() throws MlsException {
            refused(MlsError.INVALID_TREE, addingEve().appliedTree(tree -> withUnmerged(tree, 5, 0)));
            refused(MlsError.INVALID_TREE, addingEve().appliedTree(tree -> withUnmerged(tree, 5, 2, 3)));
            refused(MlsError.INVALID_TREE, addingEve().withoutPath().tree(tree -> withUnmerged(tree, 3, 3)));
            refused(
                    MlsError.INVALID_TREE,
                    addingEve().tree(tree -> tree.parent(7).isPresent() ? withUnmerged(tree, 7, 6) : tree));
        }

        @Test
        @DisplayName("does not list a leaf as unmerged that was added without a path: the parent hash covers it")
        void forgottenUnmergedLeaf() throws MlsException {
            List<Group> others = List.of(scene.a, scene.b, scene.c);
            TestClient.mergeAll(
                    others, scene.a.commit().remove(HostileScene.DAVE).build().commit());
            refused(MlsError.INVALID_PARENT_HASH, addingEve().withoutPath().tree(tree -> withUnmerged(tree, 3)));
        }
    }

    private static RatchetTree withUnmerged(RatchetTree tree, int node, int... leaves) {
        ParentNode old = tree.parent(node).orElseThrow();
        return HostileTree.withParent(
                tree, node, new ParentNode(old.encryptionKey(), old.parentHash(), LeafSet.of(leaves)));
    }

    private static Bytes withBlankAtTheEnd(Bytes tree) {
        try {
            Bytes nodes = new TlsReader(tree.toByteArray()).opaque();
            return new TlsWriter()
                    .opaque(Bytes.concat(nodes, Bytes.of((byte) 0)))
                    .toBytes();
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }
}
