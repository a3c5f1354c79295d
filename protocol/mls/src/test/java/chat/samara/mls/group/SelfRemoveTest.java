package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.ExternalSender;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** How a member leaves by itself (draft-ietf-mls-extensions, SelfRemove). */
class SelfRemoveTest {
    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MlsException.class,
                        refused -> assertThat(refused.code())
                                .as(refused.getMessage())
                                .isEqualTo(code));
    }

    @Nested
    @DisplayName("A member that leaves")
    class Leaving {
        private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
        private static final Capabilities LEAVING =
                TestClient.CAPABILITIES.withProposals(List.of(Proposal.SELF_REMOVE));
        private static final byte[] TEXT = "hello".getBytes(StandardCharsets.UTF_8);

        private final SeededRandom random = new SeededRandom(23);
        private final TestClient alice = client("alice");
        private final TestClient bob = client("bob");
        private final TestClient carol = client("carol");
        private Group a;
        private Group b;
        private byte[] leave;

        Leaving() throws MlsException {
            a = alice.found();
            b = TestClient.addAll(a, List.of(bob)).get(0);
            leave = b.propose(new ProposalDraft.SelfRemove());
            a.process(leave);
        }

        private TestClient client(String name) {
            return new TestClient(name, SUITE, random, LEAVING, PreSharedKeys.NONE);
        }

        private ExternalCommitBuilder carolJoins() throws MlsException {
            return Group.joinExternal(
                    a.groupInfo(), Optional.of(a.ratchetTree()), carol.credential, carol.signer, carol.environment);
        }

        @Test
        @DisplayName("is removed by whoever commits next; until then nobody sends application data")
        void committed() throws MlsException {
            assertRefused(() -> a.protect(TEXT, TEXT), MlsError.PENDING_PROPOSAL);
            CommitBundle commit = a.commit().build();
            StagedCommit staged = TestClient.staged(b, commit.commit());
            assertThat(staged.selfRemoved()).isTrue();
            assertThat(staged.removed()).extracting(Member::credential).containsExactly(bob.credential);
            TestClient.mergeAll(List.of(a, b), commit.commit());
            assertThat(b.isActive()).isFalse();
            assertThat(a.members()).hasSize(1);
        }

        @Test
        @DisplayName("cannot commit its own leave; what it commits leaves it out")
        void ownCommit() throws MlsException {
            TestClient.mergeAll(List.of(a, b), b.commit().build().commit());
            assertThat(a.members()).hasSize(2);
        }

        @Test
        @DisplayName(
                "is removed by an external commit, for which the joiner was handed its message; also after a crash")
        void externalCommit() throws MlsException {
            ExternalCommit join = carolJoins().selfRemove(leave).build(LEAVING);
            carol.store.apply(join.group().drainDelta());
            Group c = Group.restore(carol.store.blobs(), carol.signer, carol.environment);
            StagedCommit staged = TestClient.staged(a, join.bundle().commit());
            assertThat(((VerifiedSender.Joiner) staged.sender()).replaced()).isEmpty();
            assertThat(staged.removed()).extracting(Member::credential).containsExactly(bob.credential);
            assertThat(staged.added()).extracting(Member::credential).containsExactly(carol.credential);
            TestClient.mergeAll(List.of(a, b, c), join.bundle().commit());
            assertThat(b.isActive()).isFalse();
            assertThat(c.epochAuthenticator()).isEqualTo(a.epochAuthenticator());
            assertThat(TestClient.open(c, a.protect(TEXT, TEXT)).plaintext()).isEqualTo(Bytes.of(TEXT));
        }

        @Test
        @DisplayName("leaves in place of being removed: a Remove that waits beside it is left out")
        void preferredToRemove() throws MlsException {
            a.propose(new ProposalDraft.Remove(b.ownLeafIndex()));
            CommitBundle commit = a.commit().build();
            // Bob has not seen the Remove, so a commit that referred to it would not go through.
            assertThat(TestClient.staged(b, commit.commit()).selfRemoved()).isTrue();
        }

        @Test
        @DisplayName("says so once an epoch; the same message again changes nothing")
        void once() throws MlsException {
            assertRefused(() -> b.propose(new ProposalDraft.SelfRemove(), TEXT), MlsError.INVALID_PROPOSAL);
            a.process(leave);
            assertThat(a.publicGroup().proposals()).hasSize(1);
            HostileMember hostile = new HostileMember(bob, b);
            FramedContent content = new FramedContent(
                    b.groupId(),
                    b.epoch(),
                    new Sender.Member(b.ownLeafIndex()),
                    Bytes.of(TEXT),
                    new Content.OfProposal(new Proposal.SelfRemove()));
            byte[] second = hostile.publicMessage(chat.samara.mls.framing.AuthenticatedContent.sign(
                    SUITE, WireFormat.PUBLIC_MESSAGE, content, b.publicGroup().context(), bob.signer));
            assertRefused(() -> a.process(second), MlsError.INVALID_PROPOSAL);
        }

        @Test
        @DisplayName("says so in a PublicMessage, which joiners can read")
        void privateMessage() throws MlsException {
            HostileMember hostile = new HostileMember(alice, a);
            byte[] hidden = hostile.privateMessage(new Content.OfProposal(new Proposal.SelfRemove()));
            assertRefused(() -> b.process(hidden), MlsError.INVALID_PROPOSAL);
        }

        @Test
        @DisplayName("cannot do so where a member does not take part in it")
        void notSupportedByAll() throws MlsException {
            TestClient dan = new TestClient("dan", SUITE, random);
            Group d = dan.found();
            Group e = TestClient.addAll(d, List.of(client("erin"))).get(0);
            assertRefused(() -> e.propose(new ProposalDraft.SelfRemove()), MlsError.UNSUPPORTED_PROPOSAL);
        }

        @Test
        @DisplayName("is followed by no joiner who lacks what the group requires of all (RFC 9420 §11.1)")
        void required() throws MlsException {
            TestClient dan = client("dan");
            Group d = dan.found(List.of(
                    new RequiredCapabilities(List.of(), List.of(Proposal.SELF_REMOVE), List.of()).toExtension()));
            ExternalCommitBuilder join = Group.joinExternal(
                    d.groupInfo(), Optional.of(d.ratchetTree()), carol.credential, carol.signer, carol.environment);
            assertRefused(() -> join.build(TestClient.CAPABILITIES), MlsError.UNSUPPORTED_EXTENSION);
        }

        @Test
        @DisplayName("is not mixed up: a joiner takes up nothing else that it is handed")
        void otherHandshakes() throws MlsException {
            byte[] removal = a.propose(new ProposalDraft.Remove(b.ownLeafIndex()));
            ExternalCommitBuilder join = carolJoins();
            assertRefused(() -> join.selfRemove(removal), MlsError.WRONG_MESSAGE_KIND);
            byte[] forged = leave.clone();
            forged[forged.length - 40] ^= 1;
            assertThatThrownBy(() -> join.selfRemove(forged)).isInstanceOf(MlsException.class);
        }
    }

    @Nested
    @DisplayName("An observer refuses a SelfRemove")
    class Refusals {
        private static final int ALICE = 0;
        private static final int BOB = 1;
        private static final int CAROL = 2;
        private static final Proposal SELF_REMOVE = new Proposal.SelfRemove();

        private HostileGroup hostile;
        private SignatureKeyPair eve;

        @BeforeEach
        void meet() throws MlsException {
            Capabilities leaving = HostileGroup.CAPABILITIES.withProposals(List.of(Proposal.SELF_REMOVE));
            hostile = new HostileGroup(5, List.of(), new OpenHouse(), leaving, "alice", "bob", "carol");
            eve = hostile.newSigner();
        }

        private void assertMessageRefused(byte[] message, MlsError code) {
            assertRefused(() -> hostile.group.verify(message), code);
        }

        private void assertListRefused(int committer, MlsError code, List<ProposalOrRef> list) throws MlsException {
            assertMessageRefused(hostile.commit(committer, list, Optional.of(hostile.anyPath(committer))), code);
        }

        @Test
        @DisplayName("in the commit itself: by reference only")
        void byValue() throws MlsException {
            assertListRefused(BOB, MlsError.INVALID_PROPOSAL, HostileGroup.values(SELF_REMOVE));
            List<ProposalOrRef> external = HostileGroup.values(hostile.externalInit(), SELF_REMOVE);
            assertMessageRefused(
                    hostile.externalCommit(eve, external, Optional.of(hostile.joinerPath("eve", eve))),
                    MlsError.INVALID_PROPOSAL_LIST);
        }

        @Test
        @DisplayName("by its own sender's commit, or beside a Remove or Update of its leaf, or without a path")
        void lists() throws MlsException {
            ProposalOrRef leave = hostile.sent(BOB, SELF_REMOVE);
            ProposalOrRef update = hostile.sent(BOB, new Proposal.Update(hostile.update(BOB)));
            ProposalOrRef removal = new ProposalOrRef.ByValue(new Proposal.Remove(BOB));
            assertListRefused(BOB, MlsError.INVALID_PROPOSAL_LIST, List.of(leave));
            assertListRefused(ALICE, MlsError.INVALID_PROPOSAL_LIST, List.of(leave, removal));
            assertListRefused(ALICE, MlsError.INVALID_PROPOSAL_LIST, List.of(update, leave));
            assertListRefused(ALICE, MlsError.INVALID_PROPOSAL_LIST, List.of(leave, leave));
            assertMessageRefused(hostile.commit(ALICE, List.of(leave), Optional.empty()), MlsError.PATH_REQUIRED);
        }

        @Test
        @DisplayName("beside an Update by which a member takes part in it no more (RFC 9420 §12.2)")
        void droppedSupport() throws MlsException {
            ProposalOrRef leave = hostile.sent(BOB, SELF_REMOVE);
            LeafNode poor = new LeafNode(
                            hostile.newKey(),
                            hostile.signer(CAROL).publicKey(),
                            hostile.leaf(CAROL).credential(),
                            HostileGroup.CAPABILITIES,
                            new LeafNodeSource.FromUpdate(),
                            List.of(),
                            Bytes.EMPTY)
                    .signed(HostileGroup.SUITE, hostile.signer(CAROL), hostile.group.groupId(), CAROL);
            ProposalOrRef update = hostile.sent(CAROL, new Proposal.Update(poor));
            assertListRefused(ALICE, MlsError.UNSUPPORTED_PROPOSAL, List.of(leave, update));
        }

        @Test
        @DisplayName("by a sender outside")
        void byOutsider() throws MlsException {
            hostile.accept(hostile.commit(
                    ALICE,
                    new Proposal.GroupContextExtensions(List.of(ExternalSender.toExtension(
                            List.of(new ExternalSender(eve.publicKey(), Credential.basic(Bytes.ofUtf8("eve")))))))));
            assertMessageRefused(
                    hostile.message(new Sender.External(0), new Content.OfProposal(SELF_REMOVE), eve),
                    MlsError.INVALID_SENDER);
            assertMessageRefused(
                    hostile.message(new Sender.NewMemberProposal(), new Content.OfProposal(SELF_REMOVE), eve),
                    MlsError.INVALID_SENDER);
        }

        @Test
        @DisplayName(
                "in an external commit of the same leaf twice, or of one that the joiner replaces, or that is unknown")
        void externalLists() throws MlsException {
            ProposalOrRef leave = hostile.sent(BOB, SELF_REMOVE);
            ProposalOrRef init = new ProposalOrRef.ByValue(hostile.externalInit());
            Optional<chat.samara.mls.tree.UpdatePath> path = Optional.of(hostile.joinerPath("bob", eve));
            assertMessageRefused(
                    hostile.externalCommit(eve, List.of(init, leave, leave), path), MlsError.INVALID_PROPOSAL_LIST);
            ProposalOrRef replaces = new ProposalOrRef.ByValue(new Proposal.Remove(BOB));
            assertMessageRefused(
                    hostile.externalCommit(eve, List.of(init, replaces, leave), path), MlsError.INVALID_PROPOSAL_LIST);
            ProposalOrRef unknown = new ProposalOrRef.ByReference(hostile.tag());
            assertMessageRefused(hostile.externalCommit(eve, List.of(init, unknown), path), MlsError.UNKNOWN_PROPOSAL);
        }

        @Test
        @DisplayName("only where it must: two who leave and a joiner that replaces itself go together")
        void accepted() throws MlsException {
            ProposalOrRef bobs = hostile.sent(BOB, SELF_REMOVE);
            ProposalOrRef carols = hostile.sent(CAROL, SELF_REMOVE);
            List<ProposalOrRef> list = List.of(
                    bobs,
                    new ProposalOrRef.ByValue(hostile.externalInit()),
                    new ProposalOrRef.ByValue(new Proposal.Remove(ALICE)),
                    carols);
            VerifiedCommit commit = (VerifiedCommit) hostile.accept(hostile.externalCommit("alice", eve, list));
            assertThat(commit.removed()).extracting(Member::leafIndex).containsExactly(ALICE, BOB, CAROL);
            assertThat(((VerifiedSender.Joiner) commit.sender()).replaced())
                    .map(Member::leafIndex)
                    .contains(ALICE);
            assertThat(hostile.group.memberCount()).isEqualTo(1);
        }
    }
}
