package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.credential.CredentialEvent;
import chat.samara.mls.credential.OutsideRequest;
import chat.samara.mls.credential.PresentedCredential;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.TreeKem;
import chat.samara.mls.tree.UpdatePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** External commits as an observer sees them: what is accepted, and for each rule the commit of a joiner that breaks it. */
class ExternalCommitRulesTest {
    private static final int ALICE = 0;
    private static final int BOB = 1;
    private static final int CAROL = 2;
    private static final int DAN = 3;

    private HostileGroup hostile;
    private SignatureKeyPair eve;

    @BeforeEach
    void fourMembers() throws MlsException {
        meet(List.of(), new OpenHouse());
    }

    private void meet(List<Extension> extensions, AuthenticationService authentication) throws MlsException {
        hostile = new HostileGroup(815, extensions, authentication, "alice", "bob", "carol", "dan");
        eve = hostile.newSigner();
    }

    private void assertRefused(byte[] message, MlsError code) {
        byte[] before = hostile.group.encode();
        assertThatThrownBy(() -> hostile.group.verify(message))
                .isInstanceOfSatisfying(
                        MlsException.class,
                        refused -> assertThat(refused.code())
                                .as(refused.getMessage())
                                .isEqualTo(code));
        assertThat(hostile.group.encode()).isEqualTo(before);
    }

    /** Eve's commit of a list that is refused before anybody looks at the path, which would do for an ExternalInit alone. */
    private void assertListRefused(MlsError code, Proposal... proposals) throws MlsException {
        assertRefused(
                hostile.externalCommit(
                        eve, HostileGroup.values(proposals), Optional.of(hostile.joinerPath("eve", eve))),
                code);
    }

    private byte[] withLeaf(TreeKem.LeafMaker leaf) throws MlsException {
        RatchetTree.Added room = hostile.group.tree().withRoom();
        UpdatePath path = hostile.path(room.leafIndex(), room.tree(), Set.of(), leaf);
        return hostile.externalCommit(eve, HostileGroup.values(hostile.externalInit()), Optional.of(path));
    }

    @Nested
    @DisplayName("An observer accepts")
    class Accepts {
        @Test
        @DisplayName("a join at the leftmost blank leaf, extending the tree where there is none")
        void join() throws MlsException {
            VerifiedCommit commit =
                    (VerifiedCommit) hostile.accept(hostile.externalCommit("eve", eve, hostile.externalInit()));
            assertThat(commit.isExternal()).isTrue();
            assertThat(commit.committerLeaf()).isEqualTo(4);
            assertThat(commit.hasPath()).isTrue();
            assertThat(commit.added()).extracting(Member::signatureKey).containsExactly(eve.publicKey());
            assertThat(commit.addedKeyPackageRefs()).isEmpty();
            assertThat(commit.removed()).isEmpty();
            assertThat(commit.updated()).isEmpty();
            assertThat(commit.sender())
                    .isEqualTo(new VerifiedSender.Joiner(commit.added().get(0), Optional.empty()));
            assertThat(hostile.group.memberCount()).isEqualTo(5);
            hostile.accept(hostile.commit(BOB, new Proposal.Remove(CAROL)));
            SignatureKeyPair frank = hostile.newSigner();
            VerifiedCommit next =
                    (VerifiedCommit) hostile.accept(hostile.externalCommit("frank", frank, hostile.externalInit()));
            assertThat(next.committerLeaf()).isEqualTo(CAROL);
            hostile.accept(hostile.commit(CAROL, HostileGroup.add(hostile.keyPackage("gina"))));
        }

        @Test
        @DisplayName(
                "a resync: the joiner's old leaf goes, and the new one may come to its very place with the same key")
        void resync() throws MlsException {
            SignatureKeyPair again = hostile.signer(BOB);
            byte[] message = hostile.externalCommit("bob", again, hostile.externalInit(), new Proposal.Remove(BOB));
            Member old = hostile.group.member(BOB).orElseThrow();
            VerifiedCommit commit = (VerifiedCommit) hostile.accept(message);
            assertThat(commit.removed()).containsExactly(old);
            assertThat(commit.committerLeaf()).isEqualTo(BOB);
            assertThat(commit.sender())
                    .isEqualTo(
                            new VerifiedSender.Joiner(hostile.group.member(BOB).orElseThrow(), Optional.of(old)));
            assertThat(hostile.group.memberCount()).isEqualTo(4);
        }

        @Test
        @DisplayName("a resync with a new signature key, and the Remove before the ExternalInit")
        void resyncWithNewKey() throws MlsException {
            VerifiedCommit commit = (VerifiedCommit) hostile.accept(
                    hostile.externalCommit("dan", eve, new Proposal.Remove(DAN), hostile.externalInit()));
            assertThat(commit.removed()).extracting(Member::leafIndex).containsExactly(DAN);
            assertThat(hostile.leaf(DAN).signatureKey()).isEqualTo(eve.publicKey());
        }

        @Test
        @DisplayName(
                "a joiner whom the authentication service was asked about, with the old credential of one that comes back")
        void judged() throws MlsException {
            List<PresentedCredential> judged = new ArrayList<>();
            meet(List.of(), new OpenHouse() {
                @Override
                public boolean accepts(PresentedCredential presented) {
                    judged.add(presented);
                    return true;
                }
            });
            judged.clear();
            Credential bobs = hostile.leaf(BOB).credential();
            SignatureKeyPair again = hostile.signer(BOB);
            hostile.accept(hostile.externalCommit("eve", eve, hostile.externalInit()));
            hostile.accept(hostile.externalCommit("bob", again, hostile.externalInit(), new Proposal.Remove(BOB)));
            assertThat(judged)
                    .containsExactly(
                            new PresentedCredential(
                                    Credential.basic(Bytes.ofUtf8("eve")),
                                    eve.publicKey(),
                                    HostileGroup.SUITE,
                                    CredentialEvent.EXTERNAL_COMMIT,
                                    Optional.empty()),
                            new PresentedCredential(
                                    bobs,
                                    again.publicKey(),
                                    HostileGroup.SUITE,
                                    CredentialEvent.EXTERNAL_COMMIT,
                                    Optional.of(bobs)));
        }

        @Test
        @DisplayName("a join while proposals wait: they are not part of it and lapse (RFC 9420 §12.4)")
        void pendingProposalsLapse() throws MlsException {
            hostile.accept(hostile.propose(ALICE, new Proposal.Remove(DAN)));
            hostile.accept(hostile.externalCommit("eve", eve, hostile.externalInit()));
            assertThat(hostile.group.hasPendingProposals()).isFalse();
            assertThat(hostile.group.member(DAN)).isPresent();
        }
    }

    @Nested
    @DisplayName("An observer refuses a list")
    class RefusesLists {
        @Test
        @DisplayName("without ExternalInit, or with two (RFC 9420 §12.2)")
        void oneExternalInit() throws MlsException {
            assertListRefused(MlsError.INVALID_PROPOSAL_LIST);
            assertListRefused(MlsError.INVALID_PROPOSAL_LIST, new Proposal.Remove(BOB));
            assertListRefused(MlsError.INVALID_PROPOSAL_LIST, hostile.externalInit(), hostile.externalInit());
        }

        @Test
        @DisplayName("with two Removes (RFC 9420 §12.2)")
        void twoRemoves() throws MlsException {
            assertListRefused(
                    MlsError.INVALID_PROPOSAL_LIST,
                    hostile.externalInit(),
                    new Proposal.Remove(BOB),
                    new Proposal.Remove(DAN));
        }

        @Test
        @DisplayName("with any other type: Add, Update, ReInit, GroupContextExtensions (RFC 9420 §12.2)")
        void otherTypes() throws MlsException {
            for (Proposal other : List.of(
                    HostileGroup.add(hostile.keyPackage("frank")),
                    new Proposal.Update(hostile.update(BOB)),
                    new Proposal.ReInit(Bytes.ofUtf8("next"), 1, 1, List.of()),
                    new Proposal.GroupContextExtensions(List.of()))) {
                assertListRefused(MlsError.INVALID_PROPOSAL_LIST, hostile.externalInit(), other);
            }
        }

        @Test
        @DisplayName("with a PreSharedKey that is invalid by itself, or one id twice (RFC 9420 §12.1.4, §8.4)")
        void preSharedKeys() throws MlsException {
            Proposal shortNonce =
                    new Proposal.PreSharedKey(new PreSharedKeyId.External(Bytes.ofUtf8("psk"), Bytes.ofHex("00")));
            assertListRefused(MlsError.INVALID_PROPOSAL, hostile.externalInit(), shortNonce);
            Proposal psk = new Proposal.PreSharedKey(new PreSharedKeyId.External(Bytes.ofUtf8("psk"), hostile.tag()));
            assertListRefused(MlsError.INVALID_PROPOSAL_LIST, hostile.externalInit(), psk, psk);
            hostile.accept(hostile.externalCommit("eve", eve, psk, hostile.externalInit()));
        }

        @Test
        @DisplayName("with a proposal by reference, even one that exists (RFC 9420 §12.4.3.2)")
        void byReference() throws MlsException {
            ProposalOrRef removal = hostile.sent(BOB, new Proposal.Remove(DAN));
            List<ProposalOrRef> list = List.of(new ProposalOrRef.ByValue(hostile.externalInit()), removal);
            assertRefused(
                    hostile.externalCommit(eve, list, Optional.of(hostile.joinerPath("eve", eve))),
                    MlsError.INVALID_PROPOSAL_LIST);
        }

        @Test
        @DisplayName("that removes another member than an old version of the joiner (RFC 9420 §12.2)")
        void eviction() throws MlsException {
            assertRefused(
                    hostile.externalCommit("eve", eve, hostile.externalInit(), new Proposal.Remove(BOB)),
                    MlsError.EXTERNAL_EVICTION);
        }

        @Test
        @DisplayName("that removes nobody's leaf (RFC 9420 §12.1.3)")
        void removalOfNobody() throws MlsException {
            assertListRefused(MlsError.INVALID_PROPOSAL, hostile.externalInit(), new Proposal.Remove(17));
        }

        @Test
        @DisplayName("with a kem_output that is none: too short, or of small order (RFC 9420 §8.3)")
        void kemOutput() throws MlsException {
            for (int length : new int[] {0, 31, 32, 33}) {
                assertListRefused(MlsError.INVALID_PUBLIC_KEY, new Proposal.ExternalInit(Bytes.of(new byte[length])));
            }
        }

        @Test
        @DisplayName("of a member's commit or proposal that has an ExternalInit (RFC 9420 §12.1.6, §12.2)")
        void externalInitByMember() throws MlsException {
            List<ProposalOrRef> list = HostileGroup.values(hostile.externalInit());
            assertRefused(hostile.commit(BOB, list, Optional.of(hostile.anyPath(BOB))), MlsError.INVALID_PROPOSAL);
            assertRefused(hostile.propose(BOB, hostile.externalInit()), MlsError.INVALID_PROPOSAL);
        }
    }

    @Nested
    @DisplayName("An observer refuses a joiner")
    class RefusesJoiners {
        @Test
        @DisplayName("without a path (RFC 9420 §12.4.3.2)")
        void noPath() {
            assertRefused(
                    hostile.externalCommit(eve, HostileGroup.values(hostile.externalInit()), Optional.empty()),
                    MlsError.PATH_REQUIRED);
        }

        @Test
        @DisplayName("whose message is signed with another key than its leaf's (RFC 9420 §12.4.3.2)")
        void foreignSignature() throws MlsException {
            List<ProposalOrRef> list = HostileGroup.values(hostile.externalInit());
            Optional<UpdatePath> path = Optional.of(hostile.joinerPath("eve", eve));
            assertRefused(hostile.externalCommit(hostile.newSigner(), list, path), MlsError.INVALID_SIGNATURE);
            assertRefused(hostile.externalCommit(hostile.signer(BOB), list, path), MlsError.INVALID_SIGNATURE);
        }

        @Test
        @DisplayName("with the signature key of a member that stays, under another name or its own (RFC 9420 §7.3)")
        void signatureKeyOfMember() throws MlsException {
            SignatureKeyPair bobs = hostile.signer(BOB);
            assertRefused(hostile.externalCommit("eve", bobs, hostile.externalInit()), MlsError.DUPLICATE_KEY);
            assertRefused(hostile.externalCommit("bob", bobs, hostile.externalInit()), MlsError.DUPLICATE_KEY);
        }

        @Test
        @DisplayName("with an encryption key that is in the tree (RFC 9420 §12.4.2)")
        void encryptionKeyInTree() throws MlsException {
            Bytes taken = hostile.leaf(CAROL).encryptionKey();
            TreeKem.LeafMaker honest = HostileGroup.joiner("eve", eve, hostile.group.groupId(), 4);
            assertRefused(withLeaf((key, parentHash) -> honest.leaf(taken, parentHash)), MlsError.DUPLICATE_KEY);
        }

        @Test
        @DisplayName("that keeps the encryption key of the old leaf (RFC 9420 §12.2, §7.3)")
        void encryptionKeyOfOldLeaf() throws MlsException {
            Bytes old = hostile.leaf(DAN).encryptionKey();
            List<ProposalOrRef> list = HostileGroup.values(hostile.externalInit(), new Proposal.Remove(DAN));
            AppliedProposals applied = hostile.group.commitProposals().applyExternal(list);
            TreeKem.LeafMaker honest = HostileGroup.joiner("dan", eve, hostile.group.groupId(), DAN);
            UpdatePath path =
                    hostile.path(DAN, applied.tree(), Set.of(), (key, parentHash) -> honest.leaf(old, parentHash));
            assertRefused(hostile.externalCommit(eve, list, Optional.of(path)), MlsError.INVALID_LEAF_NODE);
        }

        @Test
        @DisplayName("that takes another leaf than the leftmost blank one (RFC 9420 §12.4.3.2)")
        void otherLeaf() throws MlsException {
            TreeKem.LeafMaker elsewhere = HostileGroup.joiner("eve", eve, hostile.group.groupId(), 5);
            assertRefused(withLeaf(elsewhere), MlsError.INVALID_SIGNATURE);
        }

        @Test
        @DisplayName("whose leaf was made for a KeyPackage or an Update (RFC 9420 §12.4.2)")
        void wrongSource() throws MlsException {
            for (LeafNodeSource source : List.of(
                    new LeafNodeSource.FromUpdate(), new LeafNodeSource.FromKeyPackage(HostileGroup.LIFETIME))) {
                TreeKem.LeafMaker honest = HostileGroup.joiner("eve", eve, hostile.group.groupId(), 4);
                byte[] message = withLeaf((key, parentHash) -> {
                    LeafNode other = HostileGroup.replaced(honest.leaf(key, parentHash), key, eve.publicKey(), source);
                    return source instanceof LeafNodeSource.FromUpdate
                            ? other.signed(HostileGroup.SUITE, eve, hostile.group.groupId(), 4)
                            : other.signed(HostileGroup.SUITE, eve);
                });
                assertRefused(message, MlsError.INVALID_LEAF_NODE);
            }
        }

        @Test
        @DisplayName("whose leaf has another parent hash, or is signed for another group (RFC 9420 §7.9.2, §7.2)")
        void parentHashAndGroup() throws MlsException {
            TreeKem.LeafMaker honest = HostileGroup.joiner("eve", eve, hostile.group.groupId(), 4);
            assertRefused(
                    withLeaf((key, parentHash) -> honest.leaf(key, Bytes.of(new byte[32]))),
                    MlsError.INVALID_PARENT_HASH);
            assertRefused(
                    withLeaf(HostileGroup.joiner("eve", eve, Bytes.ofUtf8("elsewhere"), 4)),
                    MlsError.INVALID_SIGNATURE);
        }

        @Test
        @DisplayName("that does not support what the group requires of all (RFC 9420 §7.3, §11.1)")
        void capabilities() throws MlsException {
            Extension required =
                    new RequiredCapabilities(List.of(HostileGroup.OWN_EXTENSION), List.of(), List.of()).toExtension();
            meet(List.of(required), new OpenHouse());
            Capabilities poor = Capabilities.of(List.of(), List.of());
            assertRefused(
                    withLeaf(HostileGroup.joiner("eve", eve, poor, hostile.group.groupId(), 4)),
                    MlsError.UNSUPPORTED_EXTENSION);
        }

        @Test
        @DisplayName("whose credential the authentication service rejects (RFC 9420 §5.3.1)")
        void credential() throws MlsException {
            meet(List.of(), new OpenHouse() {
                @Override
                public boolean accepts(Credential credential, Bytes signatureKey) {
                    return !credential.content().equals(Bytes.ofUtf8("eve"));
                }
            });
            assertRefused(hostile.externalCommit("eve", eve, hostile.externalInit()), MlsError.CREDENTIAL_REJECTED);
        }

        @Test
        @DisplayName("that sends a proposal, for which it is no sender (RFC 9420 §6.1)")
        void proposal() {
            assertRefused(
                    hostile.message(
                            new Sender.NewMemberCommit(), new Content.OfProposal(new Proposal.Remove(BOB)), eve),
                    MlsError.INVALID_SENDER);
        }

        @Test
        @DisplayName("whose message has a membership tag (RFC 9420 §6.2)")
        void membershipTag() throws MlsException {
            byte[] message = hostile.externalCommit("eve", eve, hostile.externalInit());
            byte[] tagged = java.util.Arrays.copyOf(message, message.length + 33);
            tagged[message.length] = 32;
            assertRefused(tagged, MlsError.MALFORMED);
        }

        @Test
        @DisplayName("of another epoch: its GroupInfo was good for one (RFC 9420 §12.4.3.2)")
        void otherEpoch() throws MlsException {
            byte[] message = hostile.externalCommit("eve", eve, hostile.externalInit());
            hostile.accept(hostile.commit(BOB));
            assertRefused(message, MlsError.WRONG_EPOCH);
        }
    }

    @Nested
    @DisplayName("An observer whose application does not admit it refuses")
    class Admission {
        @Test
        @DisplayName("every external commit, unless it says otherwise")
        void closedByItself() throws MlsException {
            meet(List.of(), (credential, key) -> true);
            assertRefused(hostile.externalCommit("eve", eve, hostile.externalInit()), MlsError.SENDER_NOT_ADMITTED);
            assertRefused(
                    hostile.externalCommit("bob", eve, hostile.externalInit(), new Proposal.Remove(BOB)),
                    MlsError.SENDER_NOT_ADMITTED);
        }

        @Test
        @DisplayName("a join where only a resync is wanted")
        void resyncOnly() throws MlsException {
            meet(List.of(), new OpenHouse() {
                @Override
                public boolean admits(OutsideRequest request, Credential credential, Bytes signatureKey) {
                    return request == OutsideRequest.RESYNC;
                }
            });
            assertRefused(hostile.externalCommit("eve", eve, hostile.externalInit()), MlsError.SENDER_NOT_ADMITTED);
            hostile.accept(hostile.externalCommit("bob", eve, hostile.externalInit(), new Proposal.Remove(BOB)));
            KeyPackageBundle frank = hostile.keyPackage("frank");
            hostile.accept(hostile.commit(ALICE, HostileGroup.add(frank)));
        }
    }
}
