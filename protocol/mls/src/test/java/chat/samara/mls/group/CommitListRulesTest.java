package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * The proposals of a commit (RFC 9420 §12.2, §12.3). Each test sends, from a true member, a commit that is valid but for the one breach:
 * path, hashes, key schedule and tags are those of what it does. Observers and members refuse it alike.
 */
@DisplayName("A commit of proposals")
class CommitListRulesTest {
    private static final Extension OWN = new Extension(TestClient.OWN_EXTENSION, Bytes.ofUtf8("policy"));
    private static final Capabilities POOR = Capabilities.of(List.of(), List.of());
    private static final int EXOTIC = 0xF00D;

    private HostileScene scene;

    @BeforeEach
    void fourMembers() throws MlsException {
        scene = new HostileScene(904);
    }

    @AfterEach
    void everybodyGoesOn() throws MlsException {
        scene.everybodyGoesOn();
    }

    private Proposal addEve() {
        return new HostileKeyPackage(scene.eve).add();
    }

    private Proposal addEve(Capabilities capabilities) {
        return new HostileKeyPackage(scene.eve).capabilities(capabilities).add();
    }

    private static Proposal extensions(Extension... extensions) {
        return new Proposal.GroupContextExtensions(List.of(extensions));
    }

    private static Extension required(int extension, int proposal, int credential) {
        return new RequiredCapabilities(
                        extension == 0 ? List.of() : List.of(extension),
                        proposal == 0 ? List.of() : List.of(proposal),
                        credential == 0 ? List.of() : List.of(credential))
                .toExtension();
    }

    private ProposalOrRef ref(HostileMember by, Proposal proposal) throws MlsException {
        return new ProposalOrRef.ByReference(scene.sent(by, proposal));
    }

    private HostileMember carol() {
        return new HostileMember(scene.carol, scene.c);
    }

    private HostileMember dave() {
        return new HostileMember(scene.dave, scene.d);
    }

    private Proposal updateOf(HostileMember member, UnaryOperator<LeafNode> change) {
        return new Proposal.Update(member.signed(change.apply(member.update())));
    }

    private static LeafNode withCapabilities(LeafNode old, Capabilities capabilities) {
        return new LeafNode(
                old.encryptionKey(),
                old.signatureKey(),
                old.credential(),
                capabilities,
                old.source(),
                old.extensions(),
                Bytes.EMPTY);
    }

    private static LeafNode withKeys(LeafNode old, Bytes encryptionKey, Bytes signatureKey) {
        return new LeafNode(
                encryptionKey,
                signatureKey,
                old.credential(),
                old.capabilities(),
                old.source(),
                old.extensions(),
                Bytes.EMPTY);
    }

    @Nested
    @DisplayName("by the hostile sender is accepted as long as it breaks no rule:")
    class PositiveControl {
        /** The group has moved on without Bob, who cannot take a commit that his own group did not build. */
        @AfterEach
        void staysWithoutBob() throws MlsException {
            scene = new HostileScene(905);
        }

        @Test
        @DisplayName("an empty commit with a path")
        void emptyCommit() throws MlsException {
            scene.accepted(scene.commit().message());
        }

        @Test
        @DisplayName("an encrypted one")
        void encrypted() throws MlsException {
            scene.accepted(scene.commit().encrypted().message());
        }

        @Test
        @DisplayName("Adds without a path, and with one")
        void adds() throws MlsException {
            scene.accepted(scene.commit().of(addEve()).withoutPath().message());
            scene = new HostileScene(906);
            scene.accepted(scene.commit().of(addEve()).message());
        }

        @Test
        @DisplayName("an Update and a Remove by reference, an Add and new extensions by value")
        void everything() throws MlsException {
            ProposalOrRef update = ref(carol(), updateOf(carol(), leaf -> leaf));
            ProposalOrRef remove = ref(carol(), new Proposal.Remove(HostileScene.DAVE));
            byte[] commit = scene.commit()
                    .ofRefs(update, remove)
                    .of(addEve(), extensions(OWN))
                    .message();
            scene.observer.verify(commit);
            StagedCommit staged = TestClient.staged(scene.a, Bytes.of(commit));
            assertThat(staged.removed()).extracting(Member::leafIndex).containsExactly(HostileScene.DAVE);
            assertThat(staged.added()).extracting(Member::leafIndex).containsExactly(HostileScene.DAVE);
            assertThat(staged.after().extensions()).containsExactly(OWN);
        }

        @Test
        @DisplayName("the Welcome to it lets the new member in")
        void welcome() throws MlsException {
            KeyPackageBundle bundle = scene.eve.bundle();
            HostileCommit commit =
                    scene.commit().of(new Proposal.Add(bundle.keyPackage().content()));
            HostileCommit.Made made = commit.made();
            scene.accepted(commit.message(made));
            Group joined = scene.join(new HostileWelcome(scene.mallory, made).message(), scene.eve, bundle);
            assertThat(joined.epochAuthenticator()).isEqualTo(scene.a.epochAuthenticator());
        }

        @Test
        @DisplayName("what the group demands may go together with the demand")
        void demandGoes() throws MlsException {
            scene = new HostileScene(907, List.of(OWN));
            scene.accepted(scene.commit().of(extensions(), addEve(POOR)).message());
        }

        @Test
        @DisplayName("a client that is removed may be added by the same commit")
        void removedAndAdded() throws MlsException {
            Proposal dave = new HostileKeyPackage(scene.dave).add();
            byte[] commit = scene.commit()
                    .of(new Proposal.Remove(HostileScene.DAVE), dave)
                    .message();
            scene.observer.verify(commit);
            assertThat(TestClient.staged(scene.a, Bytes.of(commit)).added()).hasSize(1);
        }
    }

    @Nested
    @DisplayName("is refused by everybody, and changes nothing, when it (RFC 9420 §12.2)")
    class Lists {
        @Test
        @DisplayName("holds an Update by the committer, by value or by reference")
        void updateByCommitter() throws MlsException {
            Proposal update = updateOf(scene.mallory, leaf -> leaf);
            scene.refused(
                    MlsError.INVALID_PROPOSAL_LIST, scene.commit().of(update).message());
            ProposalOrRef sent = ref(scene.mallory, update);
            scene.refused(
                    MlsError.INVALID_PROPOSAL_LIST, scene.commit().ofRefs(sent).message());
        }

        @Test
        @DisplayName("removes the committer, by value or by reference")
        void removeOfCommitter() throws MlsException {
            Proposal remove = new Proposal.Remove(HostileScene.BOB);
            scene.refused(
                    MlsError.INVALID_PROPOSAL_LIST, scene.commit().of(remove).message());
            ProposalOrRef sent = ref(carol(), remove);
            scene.refused(
                    MlsError.INVALID_PROPOSAL_LIST, scene.commit().ofRefs(sent).message());
        }

        @Test
        @DisplayName("changes one leaf twice")
        void oneLeafTwice() throws MlsException {
            Proposal remove = new Proposal.Remove(HostileScene.DAVE);
            scene.refused(
                    MlsError.INVALID_PROPOSAL_LIST,
                    scene.commit().of(remove, remove).message());
            ProposalOrRef one = ref(dave(), updateOf(dave(), leaf -> leaf));
            ProposalOrRef two = ref(dave(), updateOf(dave(), leaf -> leaf));
            scene.refused(
                    MlsError.INVALID_PROPOSAL_LIST,
                    scene.commit().ofRefs(one, two).message());
            scene.refused(
                    MlsError.INVALID_PROPOSAL_LIST,
                    scene.commit().ofRefs(one).of(remove).message());
            scene.refused(
                    MlsError.INVALID_PROPOSAL_LIST,
                    scene.commit().ofRefs(one, one).message());
        }

        @Test
        @DisplayName("adds one client twice, by two KeyPackages, or by one")
        void oneClientTwice() throws MlsException {
            Proposal again = addEve();
            scene.refused(
                    MlsError.INVALID_PROPOSAL_LIST,
                    scene.commit().of(addEve(), again).message());
            scene.refused(
                    MlsError.INVALID_PROPOSAL_LIST,
                    scene.commit().of(again, again).message());
            ProposalOrRef sent = ref(carol(), again);
            scene.refused(
                    MlsError.INVALID_PROPOSAL_LIST,
                    scene.commit().ofRefs(sent, sent).withoutPath().message());
        }

        @Test
        @DisplayName("adds a client that is a member already, be it the committer")
        void memberAlready() throws MlsException {
            for (TestClient member : List.of(scene.dave, scene.bob)) {
                scene.refused(
                        MlsError.INVALID_PROPOSAL_LIST,
                        scene.commit().of(new HostileKeyPackage(member).add()).message());
            }
        }

        @Test
        @DisplayName("holds two GroupContextExtensions, be they the same")
        void twoExtensionLists() throws MlsException {
            scene.refused(
                    MlsError.INVALID_PROPOSAL_LIST,
                    scene.commit().of(extensions(OWN), extensions(OWN)).message());
        }

        @Test
        @DisplayName("refers to a proposal that nobody has sent")
        void unknownReference() throws MlsException {
            ProposalOrRef unknown = new ProposalOrRef.ByReference(Bytes.of(new byte[32]));
            scene.refused(
                    MlsError.UNKNOWN_PROPOSAL, scene.commit().ofRefs(unknown).message());
            ProposalOrRef empty = new ProposalOrRef.ByReference(Bytes.EMPTY);
            scene.refused(
                    MlsError.UNKNOWN_PROPOSAL, scene.commit().ofRefs(empty).message());
        }

        @Test
        @DisplayName(
                "has no path though it is empty, or holds a Remove, Update or GroupContextExtensions (RFC 9420 §12.4)")
        void pathRequired() throws MlsException {
            scene.refused(MlsError.PATH_REQUIRED, scene.commit().withoutPath().message());
            for (Proposal proposal : List.of(new Proposal.Remove(HostileScene.DAVE), extensions(OWN))) {
                scene.refused(
                        MlsError.PATH_REQUIRED,
                        scene.commit().of(proposal).withoutPath().message());
                scene.refused(
                        MlsError.PATH_REQUIRED,
                        scene.commit().of(addEve(), proposal).withoutPath().message());
            }
            ProposalOrRef update = ref(carol(), updateOf(carol(), leaf -> leaf));
            scene.refused(
                    MlsError.PATH_REQUIRED,
                    scene.commit().ofRefs(update).withoutPath().message());
        }

        @Test
        @DisplayName("removes nobody")
        void removeOfNobody() throws MlsException {
            for (int leaf : new int[] {4, 7, Integer.MAX_VALUE, -1}) {
                scene.refused(
                        MlsError.INVALID_PROPOSAL,
                        scene.commit().of(new Proposal.Remove(leaf)).message());
            }
        }

        @Test
        @DisplayName("applies the Adds in another order than that of the list (RFC 9420 §12.3)")
        void addsInAnotherOrder() throws MlsException {
            Proposal eve = addEve();
            TestClient frank = new TestClient("frank", HostileScene.SUITE, scene.random);
            Proposal second = new HostileKeyPackage(frank).add();
            scene.refusedByMembers(
                    MlsError.INVALID_CONFIRMATION_TAG,
                    scene.commit()
                            .of(eve, second)
                            .withoutPath()
                            .appliedTree(tree ->
                                    HostileTree.withLeaf(HostileTree.withLeaf(tree, 4, leafOf(second)), 5, leafOf(eve)))
                            .message());
        }

        private static LeafNode leafOf(Proposal add) {
            return ((Proposal.Add) add).keyPackage().leafNode();
        }
    }

    @Nested
    @DisplayName("is refused by everybody when afterwards (RFC 9420 §7.3, §11.1, §13.4)")
    class Outcome {
        @Test
        @DisplayName("two nodes would have one encryption key: by an Add")
        void duplicateEncryptionKeyByAdd() throws MlsException {
            Bytes ofMember = scene.c.state().ownLeafNode().encryptionKey();
            Bytes ofParent = scene.a.publicGroup().tree().encryptionKey(5).orElseThrow();
            for (Bytes key : List.of(ofMember, ofParent)) {
                Proposal add =
                        new HostileKeyPackage(scene.eve).encryptionKey(key).add();
                scene.refused(
                        MlsError.DUPLICATE_KEY,
                        scene.commit().of(add).withoutPath().message());
            }
            TestClient frank = new TestClient("frank", HostileScene.SUITE, scene.random);
            Bytes shared = scene.newKey();
            Proposal one =
                    new HostileKeyPackage(scene.eve).encryptionKey(shared).add();
            Proposal two = new HostileKeyPackage(frank).encryptionKey(shared).add();
            scene.refused(
                    MlsError.DUPLICATE_KEY,
                    scene.commit().of(one, two).withoutPath().message());
        }

        @Test
        @DisplayName("two nodes would have one encryption key: by an Update")
        void duplicateEncryptionKeyByUpdate() throws MlsException {
            Bytes ofAlice = scene.a.state().ownLeafNode().encryptionKey();
            HostileMember carol = carol();
            ProposalOrRef update = ref(carol, updateOf(carol, leaf -> withKeys(leaf, ofAlice, leaf.signatureKey())));
            scene.refused(MlsError.DUPLICATE_KEY, scene.commit().ofRefs(update).message());
        }

        @Test
        @DisplayName("two members would have one signature key: by an Update, or by the committer's own leaf")
        void duplicateSignatureKey() throws MlsException {
            HostileMember carol = carol();
            SignatureKeyPair stolen = carol.knows(scene.alice.signer);
            ProposalOrRef update =
                    ref(carol, updateOf(carol, leaf -> withKeys(leaf, leaf.encryptionKey(), stolen.publicKey())));
            scene.refused(MlsError.DUPLICATE_KEY, scene.commit().ofRefs(update).message());
            scene.refused(
                    MlsError.DUPLICATE_KEY,
                    scene.commit()
                            .leaf(leaf -> withKeys(leaf, leaf.encryptionKey(), scene.dave.signer.publicKey()))
                            .message());
        }

        @Test
        @DisplayName("the committer would take the signature key of a client that it adds")
        void signatureKeyOfAddedClient() throws MlsException {
            scene.refused(
                    MlsError.DUPLICATE_KEY,
                    scene.commit()
                            .of(addEve())
                            .leaf(leaf -> withKeys(leaf, leaf.encryptionKey(), scene.eve.signer.publicKey()))
                            .message());
        }

        @Test
        @DisplayName("a new member would not support a GroupContext extension, old or new")
        void addWithoutExtension() throws MlsException {
            scene.refused(
                    MlsError.UNSUPPORTED_EXTENSION,
                    scene.commit().of(extensions(OWN), addEve(POOR)).message());
            scene = new HostileScene(908, List.of(OWN));
            scene.refused(
                    MlsError.UNSUPPORTED_EXTENSION,
                    scene.commit().of(addEve(POOR)).message());
        }

        @Test
        @DisplayName("a new member would not have the required capabilities, old or new")
        void addWithoutRequiredCapabilities() throws MlsException {
            Extension demand = required(TestClient.OWN_EXTENSION, 0, 0);
            scene.refused(
                    MlsError.UNSUPPORTED_EXTENSION,
                    scene.commit().of(extensions(demand), addEve(POOR)).message());
            scene = new HostileScene(909, List.of(demand));
            scene.refused(
                    MlsError.UNSUPPORTED_EXTENSION,
                    scene.commit().of(addEve(POOR)).withoutPath().message());
        }

        @Test
        @DisplayName("members would not support what the group's new extensions are or require")
        void demandsOnMembers() throws MlsException {
            for (Extension demand : List.of(
                    new Extension(EXOTIC, Bytes.EMPTY),
                    required(EXOTIC, 0, 0),
                    required(0, EXOTIC, 0),
                    required(0, 0, EXOTIC))) {
                scene.refused(
                        MlsError.UNSUPPORTED_EXTENSION,
                        scene.commit().of(extensions(demand)).message());
            }
        }

        @Test
        @DisplayName("somebody would drop what the group demands: by an Update, or by the committer's own leaf")
        void droppedSupport() throws MlsException {
            scene = new HostileScene(910, List.of(OWN));
            scene.refused(
                    MlsError.UNSUPPORTED_EXTENSION,
                    scene.commit().leaf(leaf -> withCapabilities(leaf, POOR)).message());
            HostileMember carol = carol();
            ProposalOrRef update = ref(carol, updateOf(carol, leaf -> withCapabilities(leaf, POOR)));
            scene.refused(
                    MlsError.UNSUPPORTED_EXTENSION,
                    scene.commit().ofRefs(update).message());
        }

        @Test
        @DisplayName("a credential type would be in use that not everybody lists")
        void credentialType() throws MlsException {
            Proposal exotic = new HostileKeyPackage(scene.eve)
                    .credential(new Credential.Unknown(EXOTIC, Bytes.ofUtf8("eve")))
                    .capabilities(Capabilities.of(List.of(), List.of(EXOTIC)))
                    .add();
            scene.refused(
                    MlsError.UNSUPPORTED_CREDENTIAL, scene.commit().of(exotic).message());
        }

        @Test
        @DisplayName("a new member would not list the credential type of the others")
        void credentialTypeOfTheOthers() throws MlsException {
            Capabilities honest = TestClient.CAPABILITIES;
            Capabilities exoticOnly = new Capabilities(
                    honest.versions(), honest.cipherSuites(), honest.extensions(), honest.proposals(), List.of(EXOTIC));
            Proposal add = new HostileKeyPackage(scene.eve)
                    .credential(new Credential.Unknown(EXOTIC, Bytes.ofUtf8("eve")))
                    .capabilities(exoticOnly)
                    .add();
            scene.refused(
                    MlsError.UNSUPPORTED_CREDENTIAL, scene.commit().of(add).message());
        }
    }

    @Nested
    @DisplayName("by an honest member")
    class Honest {
        @Test
        @DisplayName(
                "leaves out proposals that cannot be committed, so that nobody is kept from committing (RFC 9420 §12.4)")
        void leavesOutWhatIsInvalid() throws MlsException {
            scene = new HostileScene(911, List.of(OWN));
            HostileMember carol = carol();
            Bytes ofAlice = scene.a.state().ownLeafNode().encryptionKey();
            ref(carol, updateOf(carol, leaf -> withKeys(leaf, ofAlice, leaf.signatureKey())));
            ref(scene.mallory, addEve(POOR));
            ref(scene.mallory, extensions(new Extension(EXOTIC, Bytes.EMPTY)));
            ref(dave(), updateOf(dave(), leaf -> leaf));
            TestClient frank = new TestClient("frank", HostileScene.SUITE, scene.random);
            ref(scene.mallory, new HostileKeyPackage(frank).add());
            CommitBundle commit = scene.a.commit().build();
            StagedCommit staged = TestClient.staged(scene.c, commit.commit());
            assertThat(staged.added()).extracting(Member::credential).containsExactly(frank.credential);
            assertThat(staged.updated())
                    .extracting(Member::leafIndex)
                    .containsExactlyInAnyOrder(HostileScene.ALICE, HostileScene.DAVE);
            scene.a.clearPendingCommit();
            // With what it does by itself as well.
            CommitBundle removal = scene.a.commit().remove(HostileScene.DAVE).build();
            assertThat(TestClient.staged(scene.c, removal.commit()).added()).hasSize(1);
            scene.a.clearPendingCommit();
        }
    }
}
