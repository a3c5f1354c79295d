package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.credential.CredentialEvent;
import chat.samara.mls.credential.OutsideRequest;
import chat.samara.mls.credential.PresentedCredential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.ExternalSender;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PrivateMessages;
import chat.samara.mls.framing.PublicMessageIn;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.schedule.PreSharedKeyId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Proposals from outside: of senders that the group names, and of those who want to be members (RFC 9420 §12.1.8). */
class ExternalProposalTest {
    private static final int ALICE = 0;
    private static final int BOB = 1;
    private static final int CAROL = 2;

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MlsException.class,
                        refused -> assertThat(refused.code())
                                .as(refused.getMessage())
                                .isEqualTo(code));
    }

    @Nested
    @DisplayName("An observer")
    class Observer {
        private static final int CLERK = 1;

        private HostileGroup hostile;
        private SignatureKeyPair clerk;
        private SignatureKeyPair eve;

        @BeforeEach
        void meet() throws MlsException {
            meet(new OpenHouse());
        }

        /** Three members, who name two senders; the clerk is the second. */
        private void meet(AuthenticationService authentication) throws MlsException {
            hostile = new HostileGroup(99, List.of(), authentication, "alice", "bob", "carol");
            clerk = hostile.newSigner();
            eve = hostile.newSigner();
            hostile.accept(hostile.commit(
                    ALICE, new Proposal.GroupContextExtensions(List.of(senders(hostile.newSigner(), clerk)))));
        }

        private static Extension senders(SignatureKeyPair... signers) {
            return ExternalSender.toExtension(List.of(signers).stream()
                    .map(signer -> new ExternalSender(signer.publicKey(), Credential.basic(Bytes.ofUtf8("a service"))))
                    .toList());
        }

        private byte[] by(Sender sender, Proposal proposal, SignatureKeyPair signer) {
            return hostile.message(sender, new Content.OfProposal(proposal), signer);
        }

        private byte[] byClerk(Proposal proposal) {
            return by(new Sender.External(CLERK), proposal, clerk);
        }

        private byte[] byEve(Proposal proposal) {
            return by(new Sender.NewMemberProposal(), proposal, eve);
        }

        private Proposal addOfEve() {
            return HostileGroup.add(hostile.keyPackage("eve", eve, HostileGroup.CAPABILITIES));
        }

        private void assertMessageRefused(byte[] message, MlsError code) {
            byte[] before = hostile.group.encode();
            assertRefused(() -> hostile.group.verify(message), code);
            assertThat(hostile.group.encode()).isEqualTo(before);
        }

        @Test
        @DisplayName("keeps what a named sender may propose, and a member commits it by reference")
        void allowedTypes() throws MlsException {
            Extension own = new Extension(HostileGroup.OWN_EXTENSION, Bytes.EMPTY);
            List<Proposal> allowed = List.of(
                    HostileGroup.add(hostile.keyPackage("dan")),
                    new Proposal.Remove(CAROL),
                    new Proposal.PreSharedKey(new PreSharedKeyId.External(Bytes.ofUtf8("psk"), hostile.tag())),
                    new Proposal.GroupContextExtensions(List.of(own)));
            List<ProposalOrRef> list = new java.util.ArrayList<>();
            for (Proposal proposal : allowed) {
                VerifiedProposal verified = (VerifiedProposal) hostile.accept(byClerk(proposal));
                assertThat(verified.sender())
                        .isEqualTo(new VerifiedSender.Outsider(
                                CLERK, Credential.basic(Bytes.ofUtf8("a service")), clerk.publicKey()));
                list.add(new ProposalOrRef.ByReference(verified.ref()));
            }
            VerifiedCommit commit =
                    (VerifiedCommit) hostile.accept(hostile.commit(BOB, list, Optional.of(hostile.path(BOB, list))));
            assertThat(commit.added()).hasSize(1);
            assertThat(commit.removed()).extracting(Member::leafIndex).containsExactly(CAROL);
            assertThat(hostile.group.extensions()).containsExactly(own);
        }

        @Test
        @DisplayName("takes a ReInit by a named sender, which stands alone")
        void reInit() throws MlsException {
            VerifiedProposal verified = (VerifiedProposal)
                    hostile.accept(byClerk(new Proposal.ReInit(Bytes.ofUtf8("next"), 1, 1, List.of())));
            List<ProposalOrRef> list = List.of(new ProposalOrRef.ByReference(verified.ref()));
            hostile.accept(hostile.commit(BOB, list, Optional.empty()));
        }

        @Test
        @DisplayName("restores a snapshot with what waits from outside, and a commit of it still goes through")
        void snapshot() throws MlsException {
            VerifiedProposal verified = (VerifiedProposal) hostile.accept(byEve(addOfEve()));
            hostile.group = PublicGroup.decode(hostile.group.encode(), new OpenHouse());
            List<ProposalOrRef> list = List.of(new ProposalOrRef.ByReference(verified.ref()));
            VerifiedCommit commit =
                    (VerifiedCommit) hostile.accept(hostile.commit(BOB, list, Optional.of(hostile.path(BOB, list))));
            assertThat(commit.added()).extracting(Member::signatureKey).containsExactly(eve.publicKey());
        }

        @Test
        @DisplayName(
                "refuses a sender that the extension does not name, or any where there is none (RFC 9420 §12.1.8.1)")
        void unknownIndex() throws MlsException {
            for (int index : new int[] {2, Integer.MAX_VALUE, -1}) {
                assertMessageRefused(
                        by(new Sender.External(index), new Proposal.Remove(BOB), clerk), MlsError.INVALID_SENDER);
            }
            hostile.accept(hostile.commit(ALICE, new Proposal.GroupContextExtensions(List.of())));
            assertMessageRefused(byClerk(new Proposal.Remove(BOB)), MlsError.INVALID_SENDER);
        }

        @Test
        @DisplayName("refuses what is signed with another key than stands at that place (RFC 9420 §6.1)")
        void foreignKey() {
            assertMessageRefused(
                    by(new Sender.External(0), new Proposal.Remove(BOB), clerk), MlsError.INVALID_SIGNATURE);
            assertMessageRefused(
                    by(new Sender.External(CLERK), new Proposal.Remove(BOB), hostile.signer(BOB)),
                    MlsError.INVALID_SIGNATURE);
        }

        @Test
        @DisplayName("refuses types that no external sender may propose: Update, ExternalInit (RFC 9420 §12.1.8)")
        void forbiddenTypes() {
            for (Proposal proposal : List.of(new Proposal.Update(hostile.update(BOB)), hostile.externalInit())) {
                assertMessageRefused(byClerk(proposal), MlsError.INVALID_SENDER);
            }
        }

        @Test
        @DisplayName("refuses a proposal from outside that is invalid by itself, as it would a member's")
        void invalidProposals() {
            assertMessageRefused(byClerk(new Proposal.Remove(17)), MlsError.INVALID_PROPOSAL);
            Proposal twice = new Proposal.GroupContextExtensions(List.of(senders(clerk), senders(clerk)));
            assertMessageRefused(byClerk(twice), MlsError.DUPLICATE_EXTENSION);
        }

        @Test
        @DisplayName("refuses a commit by an external sender or a would-be member (RFC 9420 §6.1)")
        void commits() throws MlsException {
            Content commit = new Content.OfCommit(new Commit(List.of(), Optional.of(hostile.anyPath(BOB))));
            assertMessageRefused(hostile.message(new Sender.External(CLERK), commit, clerk), MlsError.INVALID_SENDER);
            assertMessageRefused(hostile.message(new Sender.NewMemberProposal(), commit, eve), MlsError.INVALID_SENDER);
        }

        @Test
        @DisplayName("refuses a would-be member's proposal of anything but its own Add (RFC 9420 §6.1)")
        void applicantsTypes() {
            for (Proposal proposal : List.of(
                    new Proposal.Remove(BOB),
                    new Proposal.GroupContextExtensions(List.of()),
                    new Proposal.Update(hostile.update(BOB)))) {
                assertMessageRefused(byEve(proposal), MlsError.INVALID_SENDER);
            }
        }

        @Test
        @DisplayName("refuses the Add of a would-be member that another has signed (RFC 9420 §6.1)")
        void anothersAdd() {
            assertMessageRefused(byEve(HostileGroup.add(hostile.keyPackage("frank"))), MlsError.INVALID_SIGNATURE);
        }

        @Test
        @DisplayName("refuses proposals of another epoch or group: outsiders sign no GroupContext (RFC 9420 §12.1)")
        void otherEpoch() throws MlsException {
            byte[] application = byEve(addOfEve());
            hostile.accept(hostile.commit(BOB));
            assertMessageRefused(application, MlsError.WRONG_EPOCH);
            FramedContent elsewhere = new FramedContent(
                    Bytes.ofUtf8("elsewhere"),
                    hostile.group.epoch(),
                    new Sender.External(CLERK),
                    Bytes.EMPTY,
                    new Content.OfProposal(new Proposal.Remove(BOB)));
            assertMessageRefused(hostile.message(elsewhere, clerk, Optional.empty()), MlsError.WRONG_GROUP);
        }

        @Test
        @DisplayName("refuses a message from outside that has a membership tag (RFC 9420 §6.2)")
        void membershipTag() {
            for (byte[] message : List.of(byClerk(new Proposal.Remove(BOB)), byEve(addOfEve()))) {
                byte[] tagged = java.util.Arrays.copyOf(message, message.length + 33);
                tagged[message.length] = 32;
                assertMessageRefused(tagged, MlsError.MALFORMED);
            }
        }

        @Test
        @DisplayName(
                "refuses to name a sender whose credential is rejected, or with a key that is none (RFC 9420 §5.3.1)")
        void rejectedSender() throws MlsException {
            AuthenticationService wary = new OpenHouse() {
                @Override
                public boolean accepts(Credential credential, Bytes signatureKey) {
                    return !credential.content().equals(Bytes.ofUtf8("a service"));
                }
            };
            hostile = new HostileGroup(98, List.of(), wary, "alice", "bob");
            Proposal naming = new Proposal.GroupContextExtensions(List.of(senders(clerk)));
            assertMessageRefused(hostile.propose(BOB, naming), MlsError.CREDENTIAL_REJECTED);
            Proposal garbage = new Proposal.GroupContextExtensions(List.of(ExternalSender.toExtension(
                    List.of(new ExternalSender(Bytes.of(new byte[3]), Credential.basic(Bytes.EMPTY))))));
            assertMessageRefused(hostile.propose(BOB, garbage), MlsError.INVALID_PUBLIC_KEY);
        }

        @Test
        @DisplayName("asks the authentication service about whom the extension names (RFC 9420 §5.3.1)")
        void judgedSender() throws MlsException {
            List<PresentedCredential> judged = new java.util.ArrayList<>();
            AuthenticationService listening = new OpenHouse() {
                @Override
                public boolean accepts(PresentedCredential presented) {
                    judged.add(presented);
                    return true;
                }
            };
            hostile.group = hostile.group.judgedBy(listening);
            hostile.accept(hostile.propose(BOB, new Proposal.GroupContextExtensions(List.of(senders(eve)))));
            assertThat(judged)
                    .containsExactly(new PresentedCredential(
                            Credential.basic(Bytes.ofUtf8("a service")),
                            eve.publicKey(),
                            HostileGroup.SUITE,
                            CredentialEvent.EXTERNAL_SENDER,
                            Optional.empty()));
        }

        @Test
        @DisplayName("does not judge a sender anew that stays named; but whoever comes to the group does")
        void standingSender() throws MlsException {
            AuthenticationService wary = new OpenHouse() {
                @Override
                public boolean accepts(Credential credential, Bytes signatureKey) {
                    return !credential.content().equals(Bytes.ofUtf8("a service"));
                }
            };
            PublicGroup changedItsMind = hostile.group.judgedBy(wary);
            Extension own = new Extension(HostileGroup.OWN_EXTENSION, Bytes.EMPTY);
            List<Extension> more = List.of(hostile.group.extensions().get(0), own);
            changedItsMind.verify(hostile.propose(BOB, new Proposal.GroupContextExtensions(more)));
            byte[] groupInfo = hostile.groupInfo(ALICE);
            byte[] tree = hostile.group.ratchetTree();
            assertRefused(() -> PublicGroup.of(groupInfo, tree, wary), MlsError.CREDENTIAL_REJECTED);
        }

        @Test
        @DisplayName("whose application does not admit them refuses both kinds (RFC 9420 §12.1.8)")
        void notAdmitted() throws MlsException {
            meet((credential, key) -> true);
            assertMessageRefused(byClerk(new Proposal.Remove(BOB)), MlsError.SENDER_NOT_ADMITTED);
            assertMessageRefused(byEve(addOfEve()), MlsError.SENDER_NOT_ADMITTED);
            meet(new OpenHouse() {
                @Override
                public boolean admits(OutsideRequest request, Credential credential, Bytes signatureKey) {
                    return request == OutsideRequest.EXTERNAL_PROPOSAL && signatureKey.equals(clerk.publicKey());
                }
            });
            hostile.accept(byClerk(new Proposal.Remove(BOB)));
            assertMessageRefused(byEve(addOfEve()), MlsError.SENDER_NOT_ADMITTED);
        }
    }

    @Nested
    @DisplayName("Members")
    class Members {
        private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
        private static final byte[] TEXT = "hello".getBytes(StandardCharsets.UTF_8);

        private final SeededRandom random = new SeededRandom(31);
        private final TestClient alice = new TestClient("alice", SUITE, random);
        private final TestClient bob = new TestClient("bob", SUITE, random);
        private final TestClient carol = new TestClient("carol", SUITE, random);
        private final TestClient service = new TestClient("service", SUITE, random);
        private Group a;
        private Group b;

        Members() throws MlsException {
            ExternalSender named = new ExternalSender(service.signer.publicKey(), service.credential);
            a = alice.found(List.of(ExternalSender.toExtension(List.of(named))));
            b = TestClient.addAll(a, List.of(bob)).get(0);
        }

        private byte[] byService(ProposalDraft draft) throws MlsException {
            return ExternalProposals.bySender(
                    a.publicGroup(), 0, service.signer, draft, TEXT, TestClient.NOW_SECONDS, random);
        }

        @Test
        @DisplayName("commit what a service proposes: a removal, which stops application data until then")
        void serviceRemoves() throws MlsException {
            byte[] removal = byService(new ProposalDraft.Remove(b.ownLeafIndex()));
            for (Group group : List.of(a, b)) {
                Processed.ProposalReceived received = (Processed.ProposalReceived) group.process(removal);
                assertThat(received.sender())
                        .isEqualTo(new VerifiedSender.Outsider(0, service.credential, service.signer.publicKey()));
                assertThat(received.authenticatedData()).isEqualTo(Bytes.of(TEXT));
                assertRefused(() -> group.protect(TEXT, TEXT), MlsError.PENDING_PROPOSAL);
            }
            CommitBundle commit = a.commit().build();
            TestClient.mergeAll(List.of(a, b), commit.commit());
            assertThat(a.members()).hasSize(1);
            assertThat(b.isActive()).isFalse();
        }

        @Test
        @DisplayName("commit the Add of a would-be member, which joins by their Welcome; a stored one, too")
        void applicantIsAdded() throws MlsException {
            KeyPackageBundle bundle = carol.bundle();
            byte[] application = ExternalProposals.byNewMember(
                    a.groupId(), a.epoch(), bundle.keyPackage(), carol.signer, TEXT, TestClient.NOW_SECONDS);
            for (Group group : List.of(a, b)) {
                Processed.ProposalReceived received = (Processed.ProposalReceived) group.process(application);
                assertThat(received.sender())
                        .isEqualTo(new VerifiedSender.Applicant(carol.credential, carol.signer.publicKey()));
            }
            Group restored = alice.reloaded(a);
            CommitBundle commit = restored.commit().build();
            TestClient.mergeAll(List.of(restored, b), commit.commit());
            Group c = carol.join(commit, bundle);
            assertThat(c.epochAuthenticator()).isEqualTo(b.epochAuthenticator());
            assertThat(TestClient.open(c, b.protect(TEXT, TEXT)).plaintext()).isEqualTo(Bytes.of(TEXT));
        }

        @Test
        @DisplayName("are spared by the maker what they would refuse: an Update, a foreign KeyPackage, an outdated one")
        void refusedToMake() throws MlsException {
            assertRefused(() -> byService(new ProposalDraft.Update()), MlsError.INVALID_SENDER);
            assertRefused(() -> byService(new ProposalDraft.Remove(17)), MlsError.INVALID_PROPOSAL);
            KeyPackageBundle carols = carol.bundle();
            assertRefused(
                    () -> ExternalProposals.byNewMember(
                            a.groupId(), a.epoch(), carols.keyPackage(), bob.signer, TEXT, TestClient.NOW_SECONDS),
                    MlsError.KEY_MISMATCH);
            long late = TestClient.NOW_SECONDS + 400L * 24 * 3600;
            assertRefused(
                    () -> ExternalProposals.byNewMember(
                            a.groupId(), a.epoch(), carols.keyPackage(), carol.signer, TEXT, late),
                    MlsError.LIFETIME);
            assertRefused(
                    () -> ExternalProposals.bySender(
                            a.publicGroup(),
                            0,
                            carol.signer,
                            new ProposalDraft.Remove(b.ownLeafIndex()),
                            TEXT,
                            TestClient.NOW_SECONDS,
                            random),
                    MlsError.INVALID_SIGNATURE);
        }

        @Test
        @DisplayName(
                "find no way to read a PrivateMessage as sent from outside: its sender is a leaf (RFC 9420 §6.3.2)")
        void privateMessage() {
            FramedContent content = new FramedContent(
                    a.groupId(),
                    a.epoch(),
                    new Sender.External(0),
                    Bytes.EMPTY,
                    new Content.OfProposal(new Proposal.Remove(b.ownLeafIndex())));
            AuthenticatedContent signed = AuthenticatedContent.sign(
                    SUITE, WireFormat.PRIVATE_MESSAGE, content, a.publicGroup().context(), service.signer);
            assertThatThrownBy(() -> PrivateMessages.seal(a.state().messageKeys(), signed, 0, random))
                    .isInstanceOf(IllegalArgumentException.class);
        }

        @Test
        @DisplayName("refuse a message from outside whose content or signature was changed")
        void changed() throws MlsException {
            PublicMessageIn message = MlsMessage.decode(byService(new ProposalDraft.Remove(b.ownLeafIndex())))
                    .requirePublicMessage();
            FramedContent other = new FramedContent(
                    message.content().groupId(),
                    message.content().epoch(),
                    message.content().sender(),
                    message.content().authenticatedData(),
                    new Content.OfProposal(new Proposal.Remove(a.ownLeafIndex())));
            byte[] changed = new MlsMessage.OfPublicMessage(
                            new PublicMessageIn(other, message.auth(), Optional.empty()))
                    .encode();
            assertRefused(() -> a.process(changed), MlsError.INVALID_SIGNATURE);
            assertThat(a.hasPendingProposals()).isFalse();
        }
    }
}
