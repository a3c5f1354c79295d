package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.Lifetime;
import chat.samara.mls.tree.UpdatePath;
import chat.samara.mls.tree.UpdatePathNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What only a member can check: the public half of every handshake's checks is in PublicGroupTest. */
@DisplayName("A group")
class GroupRefusalTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);
    private static final byte[] NO_DATA = new byte[0];

    private final SeededRandom random = new SeededRandom(11);
    private final TestClient alice = new TestClient("alice", SUITE, random);
    private final TestClient bob = new TestClient("bob", SUITE, random);
    private final TestClient carol = new TestClient("carol", SUITE, random);
    private final TestClient dave = new TestClient("dave", SUITE, random);
    private Group a;
    private Group b;
    private Group c;

    @BeforeEach
    void threeMembers() throws MlsException {
        a = alice.found();
        List<Group> joined = TestClient.addAll(a, List.of(bob, carol));
        b = joined.get(0);
        c = joined.get(1);
        alice.store.apply(a.drainDelta());
        b.drainDelta();
        c.drainDelta();
    }

    /** The refusal has its code, and nothing has changed: there is nothing to store, and the epoch is the same. */
    private static void assertRefused(Group group, byte[] message, MlsError code) {
        long epoch = group.epoch();
        assertRefused(() -> group.process(message), code);
        assertThat(group.drainDelta().isEmpty()).as("nothing has changed").isTrue();
        assertThat(group.epoch()).isEqualTo(epoch);
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(call)
                .extracting(MlsException::code)
                .isEqualTo(code);
    }

    @Nested
    @DisplayName("refuses a handshake, changing nothing,")
    class Handshakes {
        @Test
        @DisplayName("without the membership tag that only members can make (RFC 9420 §6.2)")
        void membershipTag() throws MlsException {
            byte[] proposal = b.propose(new ProposalDraft.Remove(c.ownLeafIndex()));
            byte[] commit =
                    b.commit().includePendingProposals(false).build().commit().toByteArray();
            for (byte[] message : List.of(proposal, commit)) {
                assertRefused(
                        a,
                        HostileMember.withMembershipTag(message, Bytes.of(new byte[32])),
                        MlsError.INVALID_MEMBERSHIP_TAG);
                assertRefused(a, HostileMember.withMembershipTag(message, Bytes.EMPTY), MlsError.INVALID_TAG_LENGTH);
                a.process(message);
                a.drainDelta();
            }
        }

        @Test
        @DisplayName("with a membership tag of another epoch")
        void oldMembershipTag() throws MlsException {
            Bytes oldTag = MlsMessage.decode(b.propose(new ProposalDraft.Remove(c.ownLeafIndex())))
                    .requirePublicMessage()
                    .membershipTag()
                    .orElseThrow();
            TestClient.mergeAll(List.of(a, b, c), a.commit().build().commit());
            a.drainDelta();
            byte[] proposal = b.propose(new ProposalDraft.Remove(c.ownLeafIndex()));
            assertRefused(a, HostileMember.withMembershipTag(proposal, oldTag), MlsError.INVALID_MEMBERSHIP_TAG);
        }

        @Test
        @DisplayName("that is signed by another member than it names")
        void impersonation() {
            HostileMember mallory = new HostileMember(bob, b);
            AuthenticatedContent forged = mallory.sign(
                    WireFormat.PUBLIC_MESSAGE, new Content.OfProposal(new Proposal.Remove(1)), c.ownLeafIndex());
            assertRefused(a, mallory.publicMessage(forged), MlsError.INVALID_SIGNATURE);
        }

        @Test
        @DisplayName("whose confirmation tag is not that of the epoch it starts (RFC 9420 §6.1)")
        void confirmationTag() throws MlsException {
            HostileMember mallory = new HostileMember(bob, b);
            for (boolean withPath : new boolean[] {true, false}) {
                CommitBuilder builder = b.commit().add(dave.keyPackage());
                Bytes commit =
                        (withPath ? builder : builder.withoutPath()).build().commit();
                assertRefused(
                        a,
                        mallory.withConfirmationTag(commit, Bytes.of(new byte[32])),
                        MlsError.INVALID_CONFIRMATION_TAG);
                assertRefused(
                        a, mallory.withConfirmationTag(commit, Bytes.of(new byte[31])), MlsError.INVALID_TAG_LENGTH);
                assertThat(TestClient.staged(a, commit).added()).hasSize(1);
            }
        }

        @Test
        @DisplayName("whose path secrets do not open, or are not those of the path's keys (RFC 9420 §7.5)")
        void pathSecrets() throws MlsException {
            HostileMember mallory = new HostileMember(bob, b);
            AuthenticatedContent genuine = commitOf(b.commit().build().commit(), mallory);
            Commit commit = ((Content.OfCommit) genuine.content().content()).commit();
            UpdatePath path = commit.path().orElseThrow();

            List<UpdatePathNode> garbled = new ArrayList<>();
            for (UpdatePathNode node : path.nodes()) {
                garbled.add(new UpdatePathNode(
                        node.encryptionKey(),
                        node.encryptedPathSecrets().stream()
                                .map(old -> new HpkeCiphertext(old.kemOutput(), Bytes.of(new byte[48])))
                                .toList()));
            }
            assertRefused(a, resend(mallory, genuine, commit, path, garbled), MlsError.DECRYPTION_FAILED);

            // Well encrypted to the right key and context, but another secret.
            List<UpdatePathNode> swapped = new ArrayList<>();
            VerifiedCommit verified =
                    TestClient.staged(a, b.pendingCommit().orElseThrow()).commit();
            for (UpdatePathNode node : path.nodes()) {
                List<HpkeCiphertext> ciphertexts = new ArrayList<>();
                for (int i = 0; i < node.encryptedPathSecrets().size(); i++) {
                    ciphertexts.add(SUITE.encryptWithLabel(
                            a.state().ownLeafNode().encryptionKey(),
                            "UpdatePathNode",
                            verified.provisionalContext().encode(),
                            new byte[32],
                            random));
                }
                swapped.add(new UpdatePathNode(node.encryptionKey(), ciphertexts));
            }
            assertRefused(a, resend(mallory, genuine, commit, path, swapped), MlsError.KEY_MISMATCH);
        }

        private AuthenticatedContent commitOf(Bytes commit, HostileMember member) throws MlsException {
            return MlsMessage.decode(commit.toByteArray())
                    .requirePublicMessage()
                    .verify(SUITE, member.group.publicGroup().context(), bob.signer.publicKey());
        }

        private byte[] resend(
                HostileMember mallory,
                AuthenticatedContent genuine,
                Commit commit,
                UpdatePath path,
                List<UpdatePathNode> nodes) {
            Commit changed = new Commit(commit.proposals(), Optional.of(new UpdatePath(path.leafNode(), nodes)));
            return mallory.publicMessage(mallory.sign(
                            WireFormat.PUBLIC_MESSAGE, new Content.OfCommit(changed), mallory.group.ownLeafIndex())
                    .withConfirmationTag(genuine.auth().confirmationTag().orElseThrow()));
        }

        @Test
        @DisplayName("of another epoch or group")
        void elsewhere() throws MlsException {
            byte[] early = b.commit().build().commit().toByteArray();
            TestClient.mergeAll(List.of(a, b, c), a.commit().build().commit());
            a.drainDelta();
            assertRefused(a, early, MlsError.WRONG_EPOCH);
            GroupConfig other = new GroupConfig(
                    SUITE, Bytes.ofUtf8("another"), List.of(), TestClient.CAPABILITIES, TestClient.LIFETIME);
            Group elsewhere = Group.create(other, dave.credential, dave.signer, dave.environment);
            assertRefused(a, elsewhere.commit().build().commit().toByteArray(), MlsError.WRONG_GROUP);
        }

        @Test
        @DisplayName("that is its own, and that it does not hold the secrets of")
        void ownCommitThatIsLost() throws MlsException {
            Bytes commit = a.commit().build().commit();
            a.clearPendingCommit();
            a.drainDelta();
            assertRefused(a, commit.toByteArray(), MlsError.OWN_MESSAGE);
        }

        @Test
        @DisplayName("that is encrypted and belongs to an epoch that is over")
        void lateHandshake() throws MlsException {
            byte[] late = new HostileMember(bob, b).privateMessage(new Content.OfProposal(new Proposal.Remove(0)));
            TestClient.mergeAll(List.of(a, b, c), a.commit().build().commit());
            a.drainDelta();
            assertRefused(a, late, MlsError.WRONG_EPOCH);
        }

        @Test
        @DisplayName("that is encrypted, and breaks a rule: its key is still there for a genuine message")
        void encryptedHandshake() throws MlsException {
            HostileMember mallory = new HostileMember(bob, b);
            assertRefused(
                    a,
                    mallory.privateMessage(new Content.OfProposal(new Proposal.Remove(77))),
                    MlsError.INVALID_PROPOSAL);
            a.process(mallory.privateMessage(new Content.OfProposal(new Proposal.Remove(2))));
            assertThat(a.hasPendingProposals()).isTrue();
        }

        @Test
        @DisplayName("by a member who was removed")
        void removedMember() throws MlsException {
            byte[] commit = c.commit().build().commit().toByteArray();
            TestClient.mergeAll(List.of(a, b), a.commit().remove(2).build().commit());
            a.drainDelta();
            assertRefused(a, commit, MlsError.WRONG_EPOCH);
        }
    }

    @Nested
    @DisplayName("refuses an application message, changing nothing,")
    class Messages {
        @Test
        @DisplayName("that was tampered with anywhere, and still opens the genuine one")
        void tampered() throws MlsException {
            byte[] message = b.protect(HELLO, HELLO);
            for (int i = 0; i < message.length; i++) {
                byte[] changed = message.clone();
                changed[i] ^= 0x10;
                assertThatExceptionOfType(MlsException.class).as("byte %d", i).isThrownBy(() -> a.process(changed));
            }
            assertThat(a.drainDelta().isEmpty()).isTrue();
            assertThat(TestClient.open(a, message).plaintext().toByteArray()).isEqualTo(HELLO);
        }

        @Test
        @DisplayName("that was opened before, and one that it has sent itself")
        void replayed() throws MlsException {
            byte[] message = b.protect(HELLO, NO_DATA);
            a.process(message);
            a.drainDelta();
            assertRefused(a, message, MlsError.KEY_CONSUMED);
            b.drainDelta();
            assertRefused(b, message, MlsError.OWN_MESSAGE);
        }

        @Test
        @DisplayName("of an epoch that is to come, or that was before it joined")
        void epochs() throws MlsException {
            byte[] early = a.protect(HELLO, NO_DATA);
            KeyPackageBundle bundle = dave.bundle();
            CommitBundle adding = a.commit().add(bundle.keyPackage()).build();
            TestClient.mergeAll(List.of(a, c), adding.commit());
            Group d = dave.join(adding, bundle);
            d.drainDelta();
            assertRefused(d, early, MlsError.EPOCH_CLOSED);
            assertRefused(b, a.protect(HELLO, NO_DATA), MlsError.WRONG_EPOCH);
        }

        @Test
        @DisplayName("signed by another member than the keys are of")
        void impersonation() throws MlsException {
            HostileMember mallory = new HostileMember(bob, b);
            AuthenticatedContent forged = mallory.sign(
                    WireFormat.PRIVATE_MESSAGE, new Content.OfApplication(Bytes.of(HELLO)), c.ownLeafIndex());
            // Mallory knows Carol's ratchet, as every member does; but not her signature key.
            assertRefused(a, mallory.privateMessage(forged), MlsError.INVALID_SIGNATURE);
            assertThat(TestClient.open(a, c.protect(HELLO, NO_DATA)).senderLeaf())
                    .isEqualTo(2);
        }

        @Test
        @DisplayName("that is not encrypted")
        void publicApplicationData() {
            HostileMember mallory = new HostileMember(bob, b);
            AuthenticatedContent content = mallory.sign(
                    WireFormat.PUBLIC_MESSAGE, new Content.OfApplication(Bytes.of(HELLO)), b.ownLeafIndex());
            assertRefused(a, mallory.publicMessage(content), MlsError.UNENCRYPTED_APPLICATION_DATA);
        }

        @Test
        @DisplayName("that is no message to a group at all")
        void otherKinds() throws MlsException {
            assertRefused(a, a.groupInfo(), MlsError.WRONG_MESSAGE_KIND);
            assertRefused(
                    a, new MlsMessage.OfKeyPackage(dave.keyPackage().content()).encode(), MlsError.WRONG_MESSAGE_KIND);
            assertRefused(a, NO_DATA, MlsError.MALFORMED);
            assertRefused(a, new byte[] {0, 2, 0, 2, 0}, MlsError.UNSUPPORTED_VERSION);
        }
    }

    @Nested
    @DisplayName("opens messages")
    class LateMessages {
        @Test
        @DisplayName("in any order within an epoch")
        void outOfOrder() throws MlsException {
            List<byte[]> messages = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                messages.add(b.protect(new byte[] {(byte) i}, NO_DATA));
            }
            for (int i = 29; i >= 0; i--) {
                assertThat(TestClient.open(a, messages.get(i)).plaintext().get(0))
                        .isEqualTo((byte) i);
            }
        }

        @Test
        @DisplayName("of past epochs, by whoever was a member then, until those are closed")
        void pastEpochs() throws MlsException {
            byte[] byBob = b.protect(HELLO, NO_DATA);
            byte[] byCarol = c.protect(HELLO, NO_DATA);
            byte[] again = c.protect(HELLO, NO_DATA);
            long then = a.epoch();
            TestClient.mergeAll(List.of(a, b, c), a.commit().remove(2).build().commit());
            TestClient.addAll(a, List.of(dave));
            a = alice.reloaded(a);
            assertThat(a.members()).extracting(Member::leafIndex).contains(2);

            assertThat(TestClient.open(a, byBob).epoch()).isEqualTo(then);
            assertThat(TestClient.open(a, byCarol).sender().credential()).isEqualTo(carol.credential);
            a.closeEpochsThrough(then);
            a = alice.reloaded(a);
            Group reloaded = a;
            assertRefused(() -> reloaded.process(again), MlsError.EPOCH_CLOSED);
        }

        @Test
        @DisplayName("of no more past epochs than its limit")
        void pastEpochsLimit() throws MlsException {
            byte[] tooOld = b.protect(HELLO, NO_DATA);
            TestClient.mergeAll(List.of(a, b), a.commit().build().commit());
            byte[] old = b.protect(HELLO, NO_DATA);
            for (int i = 0; i < Limits.PAST_EPOCHS_MAX; i++) {
                TestClient.mergeAll(List.of(a), a.commit().build().commit());
            }
            assertRefused(() -> a.process(tooOld), MlsError.EPOCH_CLOSED);
            assertThat(TestClient.open(a, old).plaintext().toByteArray()).isEqualTo(HELLO);
        }

        @Test
        @DisplayName("of the epoch in which it was removed, and nothing after")
        void afterRemoval() throws MlsException {
            byte[] before = a.protect(HELLO, NO_DATA);
            TestClient.mergeAll(List.of(a, b, c), a.commit().remove(2).build().commit());
            byte[] after = a.protect(HELLO, NO_DATA);
            assertThat(TestClient.open(c, before).plaintext().toByteArray()).isEqualTo(HELLO);
            c.drainDelta();
            assertRefused(c, after, MlsError.GROUP_INACTIVE);
            Group reloaded = c;
            assertRefused(() -> reloaded.protect(HELLO, NO_DATA), MlsError.GROUP_INACTIVE);
            assertRefused(reloaded::commit, MlsError.GROUP_INACTIVE);
            assertRefused(() -> reloaded.propose(new ProposalDraft.Update()), MlsError.GROUP_INACTIVE);
            assertRefused(() -> reloaded.exportSecret("x", NO_DATA, 1), MlsError.GROUP_INACTIVE);
        }
    }

    @Nested
    @DisplayName("keeps to the order of commits:")
    class Commits {
        @Test
        @DisplayName("building one changes nothing but that it is pending, and the log decides")
        void pending() throws MlsException {
            long epoch = a.epoch();
            CommitBundle mine = a.commit().remove(2).build();
            assertThat(a.epoch()).isEqualTo(epoch);
            assertThat(a.pendingCommit()).contains(mine.commit());
            a = alice.reloaded(a);
            assertThat(a.pendingCommit()).contains(mine.commit());
            StagedCommit staged = TestClient.staged(a, mine.commit());
            assertThat(staged.own()).isTrue();
            assertThat(staged.removed()).extracting(Member::leafIndex).containsExactly(2);
            a.merge(staged);
            TestClient.mergeAll(List.of(b), mine.commit());
            assertThat(a.epochAuthenticator()).isEqualTo(b.epochAuthenticator());
            assertThat(a.pendingCommit()).isEmpty();
        }

        @Test
        @DisplayName("another's commit takes the pending one's place")
        void lostRace() throws MlsException {
            Bytes mine = a.commit().add(dave.keyPackage()).build().commit();
            CommitBundle theirs = b.commit().build();
            StagedCommit staged = TestClient.staged(a, theirs.commit());
            assertThat(staged.own()).isFalse();
            a.merge(staged);
            assertThat(a.pendingCommit()).isEmpty();
            assertRefused(() -> a.process(mine.toByteArray()), MlsError.WRONG_EPOCH);
            TestClient.mergeAll(List.of(b, c), theirs.commit());
            assertThat(a.epochAuthenticator()).isEqualTo(c.epochAuthenticator());
        }

        @Test
        @DisplayName("a staged commit is refused once another was merged, or the pending one was dropped")
        void stale() throws MlsException {
            StagedCommit first = TestClient.staged(a, b.commit().build().commit());
            StagedCommit second = TestClient.staged(a, c.commit().build().commit());
            a.merge(first);
            assertRefused(() -> a.merge(second), MlsError.STALE_STAGED_COMMIT);
            StagedCommit own = TestClient.staged(b, b.commit().build().commit());
            b.clearPendingCommit();
            assertRefused(() -> b.merge(own), MlsError.STALE_STAGED_COMMIT);
        }

        @Test
        @DisplayName("application data waits while a proposal does (RFC 9420 §12.4)")
        void proposalsFirst() throws MlsException {
            byte[] proposal = b.propose(new ProposalDraft.Remove(2));
            a.process(proposal);
            assertRefused(() -> a.protect(HELLO, NO_DATA), MlsError.PENDING_PROPOSAL);
            assertThat(a.hasPendingProposals()).isTrue();
            CommitBundle commit = a.commit().build();
            TestClient.mergeAll(List.of(a, b), commit.commit());
            assertThat(a.hasPendingProposals()).isFalse();
            assertThat(TestClient.open(b, a.protect(HELLO, NO_DATA)).plaintext().toByteArray())
                    .isEqualTo(HELLO);
        }

        @Test
        @DisplayName("encrypted proposals and commits are followed as well")
        void encrypted() throws MlsException {
            byte[] proposal = new HostileMember(bob, b).privateMessage(new Content.OfProposal(new Proposal.Remove(2)));
            Processed.ProposalReceived received = (Processed.ProposalReceived) a.process(proposal);
            assertThat(received.proposal()).isEqualTo(new Proposal.Remove(2));
            assertThat(a.drainDelta().puts()).isNotEmpty();
            assertRefused(a, proposal, MlsError.KEY_CONSUMED);
        }

        @Test
        @DisplayName("its own Update takes effect when another commits it, also after a restart")
        void ownUpdate() throws MlsException {
            byte[] update = a.propose(new ProposalDraft.Update());
            a = alice.reloaded(a);
            b.process(update);
            c.process(update);
            CommitBundle commit = b.commit().build();
            TestClient.mergeAll(List.of(a, b, c), commit.commit());
            assertThat(a.epochAuthenticator()).isEqualTo(c.epochAuthenticator());
            assertThat(TestClient.open(c, a.protect(HELLO, NO_DATA)).plaintext().toByteArray())
                    .isEqualTo(HELLO);
        }

        @Test
        @DisplayName("of contradicting proposals a committer takes up those that go together")
        void contradictions() throws MlsException {
            List<byte[]> proposals = new ArrayList<>();
            proposals.add(b.propose(new ProposalDraft.Update()));
            proposals.add(b.propose(new ProposalDraft.Update()));
            proposals.add(b.propose(new ProposalDraft.Remove(2)));
            proposals.add(b.propose(new ProposalDraft.Remove(0)));
            proposals.add(b.propose(new ProposalDraft.Add(dave.keyPackage())));
            proposals.add(b.propose(new ProposalDraft.Add(dave.keyPackage())));
            proposals.add(b.propose(new ProposalDraft.GroupContextExtensions(List.of())));
            for (byte[] proposal : proposals) {
                a.process(proposal);
            }
            a.propose(new ProposalDraft.Update());
            byte[] carolsUpdate = c.propose(new ProposalDraft.Update());
            a.process(carolsUpdate);
            b.process(carolsUpdate);
            CommitBundle commit = a.commit().build();
            StagedCommit staged = TestClient.staged(b, commit.commit());
            assertThat(staged.removed()).extracting(Member::leafIndex).containsExactly(2);
            assertThat(staged.added()).hasSize(1);
            assertThat(staged.updated()).extracting(Member::leafIndex).containsExactly(1, 0);
        }

        @Test
        @DisplayName("a KeyPackage outside its lifetime is not added (RFC 9420 §7.3)")
        void expired() {
            Lifetime over = new Lifetime(TestClient.NOW_SECONDS - 100, TestClient.NOW_SECONDS - 1);
            Lifetime toCome = new Lifetime(TestClient.NOW_SECONDS + 1, TestClient.NOW_SECONDS + 100);
            for (Lifetime lifetime : List.of(over, toCome)) {
                KeyPackageBundle bundle = dave.bundle(TestClient.CAPABILITIES, lifetime);
                assertRefused(() -> a.commit().add(bundle.keyPackage()).build(), MlsError.LIFETIME);
                assertRefused(() -> a.propose(new ProposalDraft.Add(bundle.keyPackage())), MlsError.LIFETIME);
            }
            assertThat(a.drainDelta().isEmpty()).isTrue();
        }

        @Test
        @DisplayName("what observers would refuse is not built, and changes nothing")
        void refusedBuilds() {
            assertRefused(() -> a.commit().remove(0).build(), MlsError.INVALID_PROPOSAL_LIST);
            assertRefused(() -> a.commit().remove(9).build(), MlsError.INVALID_PROPOSAL);
            assertRefused(() -> a.commit().add(bob.keyPackage()).build(), MlsError.INVALID_PROPOSAL_LIST);
            assertRefused(() -> a.propose(new ProposalDraft.Remove(9)), MlsError.INVALID_PROPOSAL);
            assertThat(a.drainDelta().isEmpty()).isTrue();
            assertThat(a.pendingCommit()).isEmpty();
        }
    }
}
