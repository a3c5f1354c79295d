package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.TreeMath;
import chat.samara.mls.tree.UpdatePath;
import chat.samara.mls.tree.UpdatePathNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * The path of a commit (RFC 9420 §7.5, §7.6, §12.4.2). Each test sends, from a true member, a commit that is valid but for the one breach: the
 * parent hashes are those of the keys that are sent, the leaf is signed as it is sent, tags and key schedule fit.
 */
@DisplayName("A commit with a path")
class CommitPathRulesTest {
    private static final Bytes SMALL_ORDER = Bytes.of(new byte[32]);

    private HostileScene scene;

    @BeforeEach
    void fourMembers() throws MlsException {
        scene = new HostileScene(7506);
    }

    @AfterEach
    void everybodyGoesOn() throws MlsException {
        scene.everybodyGoesOn();
    }

    private static LeafNode with(LeafNode old, LeafNodeSource source) {
        return new LeafNode(
                old.encryptionKey(),
                old.signatureKey(),
                old.credential(),
                old.capabilities(),
                source,
                old.extensions(),
                Bytes.EMPTY);
    }

    private static LeafNode with(LeafNode old, Credential credential, Capabilities capabilities) {
        return new LeafNode(
                old.encryptionKey(),
                old.signatureKey(),
                credential,
                capabilities,
                old.source(),
                old.extensions(),
                Bytes.EMPTY);
    }

    private static LeafNode with(LeafNode old, Extension... extensions) {
        return new LeafNode(
                old.encryptionKey(),
                old.signatureKey(),
                old.credential(),
                old.capabilities(),
                old.source(),
                List.of(extensions),
                Bytes.EMPTY);
    }

    private static UnaryOperator<List<Bytes>> key(int step, Bytes key) {
        return keys -> {
            List<Bytes> changed = new ArrayList<>(keys);
            changed.set(step, key);
            return changed;
        };
    }

    private static UpdatePath withCiphertexts(UpdatePath path, int step, UnaryOperator<List<HpkeCiphertext>> change) {
        List<UpdatePathNode> nodes = new ArrayList<>(path.nodes());
        UpdatePathNode old = nodes.get(step);
        nodes.set(step, new UpdatePathNode(old.encryptionKey(), change.apply(old.encryptedPathSecrets())));
        return new UpdatePath(path.leafNode(), nodes);
    }

    private static UnaryOperator<UpdatePath> everyCiphertext(UnaryOperator<HpkeCiphertext> change) {
        return path -> {
            UpdatePath changed = path;
            for (int step = 0; step < path.nodes().size(); step++) {
                changed = withCiphertexts(
                        changed, step, all -> all.stream().map(change).toList());
            }
            return changed;
        };
    }

    @Nested
    @DisplayName("is refused by everybody, and changes nothing, when its leaf (RFC 9420 §7.3)")
    class Leaf {
        @Test
        @DisplayName("was made for an Update or a KeyPackage")
        void wrongSource() throws MlsException {
            for (LeafNodeSource source :
                    List.of(new LeafNodeSource.FromUpdate(), new LeafNodeSource.FromKeyPackage(TestClient.LIFETIME))) {
                scene.refused(
                        MlsError.INVALID_LEAF_NODE,
                        scene.commit().leaf(leaf -> with(leaf, source)).message());
            }
        }

        @Test
        @DisplayName("has the committer's old encryption key")
        void sameEncryptionKey() throws MlsException {
            Bytes old = scene.b.state().ownLeafNode().encryptionKey();
            scene.refused(
                    MlsError.INVALID_LEAF_NODE, scene.commit().leafKey(old).message());
        }

        @Test
        @DisplayName("has a key that is elsewhere in the tree, or in the path")
        void keyThatIsNotNew() throws MlsException {
            Bytes ofCarol = scene.c.state().ownLeafNode().encryptionKey();
            Bytes ofParent = scene.a.publicGroup().tree().encryptionKey(5).orElseThrow();
            for (Bytes key : List.of(ofCarol, ofParent)) {
                scene.refused(
                        MlsError.DUPLICATE_KEY, scene.commit().leafKey(key).message());
            }
            Bytes twice = scene.newKey();
            scene.refused(
                    MlsError.DUPLICATE_KEY,
                    scene.commit().leafKey(twice).nodeKeys(key(1, twice)).message());
        }

        @Test
        @DisplayName("has a key that nobody can encrypt to")
        void unusableKey() throws MlsException {
            for (Bytes key : List.of(SMALL_ORDER, Bytes.of((byte) 1), Bytes.EMPTY)) {
                scene.refused(
                        MlsError.INVALID_PUBLIC_KEY, scene.commit().leafKey(key).message());
            }
        }

        @Test
        @DisplayName("was changed after it was signed, or signed for another group or place")
        void signature() throws MlsException {
            Bytes groupId = scene.b.groupId();
            for (UnaryOperator<LeafNode> change : List.<UnaryOperator<LeafNode>>of(
                    leaf -> with(leaf, leaf.source()),
                    leaf -> leaf.signed(HostileScene.SUITE, scene.bob.signer, Bytes.ofUtf8("another"), 1),
                    leaf -> leaf.signed(HostileScene.SUITE, scene.bob.signer, groupId, 2))) {
                scene.refused(
                        MlsError.INVALID_SIGNATURE,
                        scene.commit().signedLeaf(change).message());
            }
        }

        @Test
        @DisplayName("does not list the version, the suite, its credential type or an extension that it carries")
        void capabilities() throws MlsException {
            Capabilities all = TestClient.CAPABILITIES;
            List<Capabilities> poor = List.of(
                    new Capabilities(
                            List.of(2), all.cipherSuites(), all.extensions(), all.proposals(), all.credentials()),
                    new Capabilities(all.versions(), List.of(3), all.extensions(), all.proposals(), all.credentials()),
                    new Capabilities(
                            all.versions(), all.cipherSuites(), all.extensions(), all.proposals(), List.of(7)));
            for (Capabilities capabilities : poor) {
                scene.refused(
                        MlsError.INVALID_LEAF_NODE,
                        scene.commit()
                                .leaf(leaf -> with(leaf, leaf.credential(), capabilities))
                                .message());
            }
            Extension unlisted = new Extension(0xF0F0, Bytes.EMPTY);
            scene.refused(
                    MlsError.INVALID_LEAF_NODE,
                    scene.commit().leaf(leaf -> with(leaf, unlisted)).message());
        }

        @Test
        @DisplayName("carries one extension twice")
        void duplicateExtension() throws MlsException {
            Extension own = new Extension(TestClient.OWN_EXTENSION, Bytes.EMPTY);
            scene.refused(
                    MlsError.DUPLICATE_EXTENSION,
                    scene.commit().leaf(leaf -> with(leaf, own, own)).message());
        }

        @Test
        @DisplayName("has a credential that may not follow the old one (RFC 9420 §5.3.1)")
        void successor() throws MlsException {
            Credential pope = Credential.basic(Bytes.ofUtf8("the pope"));
            scene.refused(
                    MlsError.CREDENTIAL_REJECTED,
                    scene.commit()
                            .leaf(leaf -> with(leaf, pope, leaf.capabilities()))
                            .message());
        }

        @Test
        @DisplayName("has a credential that the authentication service does not accept for its key (RFC 9420 §5.3.1)")
        void credential() throws MlsException {
            Bytes revoked = scene.eve.signer.publicKey();
            AuthenticationService revoking = (credential, key) -> !key.equals(revoked);
            PublicGroup observer = scene.observing(revoking);
            byte[] commit = scene.commit()
                    .leaf(old -> new LeafNode(
                            old.encryptionKey(),
                            revoked,
                            old.credential(),
                            old.capabilities(),
                            old.source(),
                            old.extensions(),
                            Bytes.EMPTY))
                    .message();
            Assertions.assertThatExceptionOfType(MlsException.class)
                    .isThrownBy(() -> observer.verify(commit))
                    .extracting(MlsException::code)
                    .isEqualTo(MlsError.CREDENTIAL_REJECTED);
            scene.observer.verify(commit);
        }
    }

    @Nested
    @DisplayName("is refused by everybody when its nodes (RFC 9420 §7.5, §7.6)")
    class Nodes {
        @Test
        @DisplayName("are one too few or too many")
        void wrongLength() throws MlsException {
            scene.refused(
                    MlsError.INVALID_PATH,
                    scene.commit()
                            .path(path ->
                                    new UpdatePath(path.leafNode(), path.nodes().subList(0, 1)))
                            .message());
            scene.refused(
                    MlsError.INVALID_PATH,
                    scene.commit()
                            .path(path -> new UpdatePath(path.leafNode(), List.of()))
                            .message());
            scene.refused(
                    MlsError.INVALID_PATH,
                    scene.commit()
                            .path(path -> {
                                List<UpdatePathNode> more = new ArrayList<>(path.nodes());
                                more.add(new UpdatePathNode(scene.newKey(), List.of()));
                                return new UpdatePath(path.leafNode(), more);
                            })
                            .message());
        }

        @Test
        @DisplayName("are in another order")
        void swapped() throws MlsException {
            scene.refused(
                    MlsError.INVALID_PATH,
                    scene.commit()
                            .of(new HostileKeyPackage(scene.eve).add())
                            .path(path -> {
                                List<UpdatePathNode> nodes = new ArrayList<>(path.nodes());
                                java.util.Collections.reverse(nodes);
                                return new UpdatePath(path.leafNode(), nodes);
                            })
                            .message());
        }

        @Test
        @DisplayName("have a path secret too few or too many")
        void wrongCiphertexts() throws MlsException {
            scene.refused(
                    MlsError.INVALID_PATH,
                    scene.commit()
                            .path(path -> withCiphertexts(path, 0, all -> List.of()))
                            .message());
            scene.refused(
                    MlsError.INVALID_PATH,
                    scene.commit()
                            .path(path -> withCiphertexts(path, 1, all -> List.of(all.get(0), all.get(0))))
                            .message());
        }

        @Test
        @DisplayName("encrypt to a member that the same commit adds")
        void encryptsToJoiner() throws MlsException {
            scene.refused(
                    MlsError.INVALID_PATH,
                    scene.commit()
                            .of(new HostileKeyPackage(scene.eve).add())
                            .encryptingToJoiners()
                            .message());
        }

        @Test
        @DisplayName("have a key that is in the tree, in the path already, or of a client that is added")
        void keysThatAreNotNew() throws MlsException {
            Bytes root = scene.a.publicGroup().tree().encryptionKey(3).orElseThrow();
            Bytes ofDave = scene.d.state().ownLeafNode().encryptionKey();
            for (Bytes key : List.of(root, ofDave)) {
                scene.refused(
                        MlsError.DUPLICATE_KEY,
                        scene.commit().nodeKeys(key(0, key)).message());
            }
            Bytes twice = scene.newKey();
            scene.refused(
                    MlsError.DUPLICATE_KEY,
                    scene.commit().nodeKeys(keys -> List.of(twice, twice)).message());
            Bytes ofEve = scene.newKey();
            Proposal eve = new HostileKeyPackage(scene.eve).encryptionKey(ofEve).add();
            scene.refused(
                    MlsError.DUPLICATE_KEY,
                    scene.commit().of(eve).nodeKeys(key(1, ofEve)).message());
        }

        @Test
        @DisplayName("have a key that nobody can encrypt to")
        void unusableKey() throws MlsException {
            for (Bytes key : List.of(SMALL_ORDER, Bytes.of((byte) 1), Bytes.EMPTY)) {
                scene.refused(
                        MlsError.INVALID_PUBLIC_KEY,
                        scene.commit().nodeKeys(key(0, key)).message());
            }
        }

        @Test
        @DisplayName("have keys that the leaf's parent hash does not cover (RFC 9420 §7.9.2)")
        void parentHash() throws MlsException {
            for (Bytes hash : List.of(Bytes.EMPTY, Bytes.of(new byte[32]))) {
                scene.refused(
                        MlsError.INVALID_PARENT_HASH,
                        scene.commit()
                                .leaf(leaf -> with(leaf, new LeafNodeSource.FromCommit(hash)))
                                .message());
            }
            Bytes other = scene.newKey();
            scene.refused(
                    MlsError.INVALID_PARENT_HASH,
                    scene.commit()
                            .path(path -> {
                                List<UpdatePathNode> nodes = new ArrayList<>(path.nodes());
                                nodes.set(
                                        1,
                                        new UpdatePathNode(other, nodes.get(1).encryptedPathSecrets()));
                                return new UpdatePath(path.leafNode(), nodes);
                            })
                            .message());
        }
    }

    @Nested
    @DisplayName("is refused by the members who can tell, when a path secret (RFC 9420 §7.5, §12.4.2)")
    class Secrets {
        @Test
        @DisplayName("does not open")
        void garbled() throws MlsException {
            scene.refusedByMembers(
                    MlsError.DECRYPTION_FAILED,
                    scene.commit()
                            .path(everyCiphertext(old -> new HpkeCiphertext(old.kemOutput(), Bytes.of(new byte[48]))))
                            .message());
        }

        @Test
        @DisplayName("is sealed in more or fewer bytes than a path secret is: everybody can tell")
        void sealedSize() throws MlsException {
            for (int size : new int[] {0, 16, 47, 49}) {
                scene.refused(
                        MlsError.INVALID_PATH,
                        scene.commit()
                                .path(everyCiphertext(
                                        old -> new HpkeCiphertext(old.kemOutput(), Bytes.of(new byte[size]))))
                                .message());
            }
        }

        @Test
        @DisplayName("has a KEM output of no or another length, or of small order (RFC 7748 §6.1): everybody can tell")
        void kemOutput() throws MlsException {
            for (Bytes output : List.of(Bytes.EMPTY, Bytes.of(new byte[31]), Bytes.of(new byte[33]), SMALL_ORDER)) {
                scene.refused(
                        MlsError.INVALID_PUBLIC_KEY,
                        scene.commit()
                                .path(everyCiphertext(old -> new HpkeCiphertext(output, old.ciphertext())))
                                .message());
            }
        }

        @Test
        @DisplayName("is sealed in another context than the provisional one")
        void otherContext() throws MlsException {
            GroupContext old = scene.b.publicGroup().context();
            scene.refusedByMembers(
                    MlsError.DECRYPTION_FAILED,
                    scene.commit().pathContext(context -> old).message());
            scene.refusedByMembers(
                    MlsError.DECRYPTION_FAILED,
                    scene.commit()
                            .pathContext(context -> context.withConfirmedTranscriptHash(Bytes.EMPTY))
                            .message());
        }

        @Test
        @DisplayName("is of another length: everybody can tell")
        void wrongSize() throws MlsException {
            for (int size : new int[] {0, 31, 33}) {
                scene.refused(
                        MlsError.INVALID_PATH,
                        scene.commit().sealed((node, secret) -> new byte[size]).message());
            }
        }

        @Test
        @DisplayName("is not the one that the node's key is made of")
        void otherSecret() throws MlsException {
            scene.refusedByMembers(
                    MlsError.KEY_MISMATCH,
                    scene.commit().sealed((node, secret) -> new byte[32]).message());
        }

        @Test
        @DisplayName("is another for one receiver only: that one refuses it, the others cannot tell (RFC 9420 §16.12)")
        void otherSecretForOne() throws MlsException {
            int alice = TreeMath.leafNode(HostileScene.ALICE);
            byte[] commit = scene.commit()
                    .sealed((node, secret) -> node == alice ? new byte[32] : secret)
                    .message();
            scene.observer.verify(commit);
            scene.refusedBy(List.of(scene.a), MlsError.KEY_MISMATCH, commit);
            assertThat(TestClient.staged(scene.c, Bytes.of(commit)).committerLeaf())
                    .isEqualTo(HostileScene.BOB);
        }

        @Test
        @DisplayName("does not follow from the one below: those below refuse it")
        void unrelated() throws MlsException {
            byte[] commit = scene.commit().unrelatedSecrets().message();
            scene.observer.verify(commit);
            scene.refusedBy(List.of(scene.a), MlsError.KEY_MISMATCH, commit);
        }

        @Test
        @DisplayName("leads to another key than the path's: those below the node refuse it")
        void otherKey() throws MlsException {
            Bytes other = scene.newKey();
            scene.refusedByMembers(
                    MlsError.KEY_MISMATCH,
                    scene.commit().nodeKeys(key(1, other)).message());
        }
    }
}
