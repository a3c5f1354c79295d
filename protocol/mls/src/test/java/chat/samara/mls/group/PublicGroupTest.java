package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.Lifetime;
import chat.samara.mls.tree.UpdatePath;
import chat.samara.mls.tree.UpdatePathNode;
import chat.samara.mls.welcome.GroupInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an observer accepts, and for each rule the message of a hostile member that breaks it. */
class PublicGroupTest {
    private static final AuthenticationService ACCEPT_ALL = (credential, key) -> true;
    private static final int ALICE = 0;
    private static final int BOB = 1;
    private static final int CAROL = 2;
    private static final int DAN = 3;
    private static final int BLANK = 17;

    private HostileGroup hostile;

    @BeforeEach
    void fourMembers() throws MlsException {
        hostile = new HostileGroup(4711, List.of(), ACCEPT_ALL, "alice", "bob", "carol", "dan");
    }

    private PublicGroup group() {
        return hostile.group;
    }

    private void assertRefused(byte[] message, MlsError code) {
        byte[] before = group().encode();
        assertRefused(() -> group().verify(message), code);
        assertThat(group().encode()).isEqualTo(before);
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MlsException.class,
                        refused -> assertThat(refused.code()).isEqualTo(code));
    }

    @Nested
    @DisplayName("accepts")
    class Accepts {
        @Test
        @DisplayName("a commit that adds, with its members, their KeyPackageRefs and the next epoch")
        void addingCommit() throws MlsException {
            KeyPackageBundle eve = hostile.keyPackage("eve");
            VerifiedCommit commit = (VerifiedCommit) hostile.accept(hostile.commit(BOB, HostileGroup.add(eve)));
            assertThat(commit.after().epoch()).isEqualTo(2);
            assertThat(commit.committerLeaf()).isEqualTo(BOB);
            assertThat(commit.added()).extracting(Member::leafIndex).containsExactly(4);
            assertThat(commit.addedKeyPackageRefs())
                    .containsExactly(eve.keyPackage().ref());
            assertThat(commit.hasPath()).isTrue();
            assertThat(commit.removed()).isEmpty();
            assertThat(group().memberWithSignatureKey(commit.added().get(0).signatureKey()))
                    .contains(commit.added().get(0));
        }

        @Test
        @DisplayName("a commit of Adds without a path (RFC 9420 §12.4)")
        void addWithoutPath() throws MlsException {
            List<ProposalOrRef> adds = HostileGroup.values(HostileGroup.add(hostile.keyPackage("eve")));
            VerifiedCommit commit = (VerifiedCommit) hostile.accept(hostile.commit(ALICE, adds, Optional.empty()));
            assertThat(commit.hasPath()).isFalse();
            assertThat(group().memberCount()).isEqualTo(5);
        }

        @Test
        @DisplayName("an empty commit with a path")
        void emptyCommit() throws MlsException {
            Bytes before = hostile.leaf(DAN).encryptionKey();
            hostile.accept(hostile.commit(DAN));
            assertThat(hostile.leaf(DAN).encryptionKey()).isNotEqualTo(before);
        }

        @Test
        @DisplayName("an Update and a Remove by reference, in one commit by somebody else")
        void byReference() throws MlsException {
            LeafNode fresh = hostile.update(BOB);
            ProposalOrRef update = hostile.sent(BOB, new Proposal.Update(fresh));
            ProposalOrRef remove = hostile.sent(CAROL, new Proposal.Remove(DAN));
            assertThat(group().hasPendingProposals()).isTrue();
            List<ProposalOrRef> list = List.of(update, remove);
            VerifiedCommit commit = (VerifiedCommit)
                    hostile.accept(hostile.commit(ALICE, list, Optional.of(hostile.path(ALICE, list))));
            assertThat(commit.updated()).extracting(Member::leafIndex).containsExactly(BOB);
            assertThat(commit.removed()).extracting(Member::leafIndex).containsExactly(DAN);
            assertThat(group().memberCount()).isEqualTo(3);
            assertThat(hostile.leaf(BOB)).isEqualTo(fresh);
            assertThat(group().hasPendingProposals()).isFalse();
        }

        @Test
        @DisplayName("a client that is removed and added again by one commit")
        void removedAndAddedAgain() throws MlsException {
            KeyPackageBundle again = hostile.keyPackage("dan", hostile.signer(DAN), HostileGroup.CAPABILITIES);
            hostile.accept(hostile.commit(ALICE, new Proposal.Remove(DAN), HostileGroup.add(again)));
            assertThat(hostile.leaf(DAN)).isEqualTo(again.keyPackage().leafNode());
        }

        @Test
        @DisplayName("new GroupContext extensions, which hold for those who are added by the same commit")
        void groupContextExtensions() throws MlsException {
            List<Extension> extensions = List.of(new Extension(HostileGroup.OWN_EXTENSION, Bytes.ofUtf8("policy")));
            hostile.accept(hostile.commit(
                    ALICE,
                    new Proposal.GroupContextExtensions(extensions),
                    HostileGroup.add(hostile.keyPackage("eve"))));
            assertThat(group().extensions()).isEqualTo(extensions);
        }

        @Test
        @DisplayName("two hundred commits by anybody; and then a GroupInfo and tree lead to the same public group")
        void manyCommits() throws MlsException {
            Random random = new Random(99);
            for (int i = 0; i < 200; i++) {
                List<Member> members = group().members();
                int committer = members.get(random.nextInt(members.size())).leafIndex();
                int other = members.get(random.nextInt(members.size())).leafIndex();
                boolean isRemoval = random.nextInt(3) == 0 && other != committer && members.size() > 2;
                Proposal proposal =
                        isRemoval ? new Proposal.Remove(other) : HostileGroup.add(hostile.keyPackage("member " + i));
                hostile.accept(hostile.commit(committer, proposal));
            }
            PublicGroup joined = PublicGroup.of(
                    hostile.groupInfo(group().members().get(0).leafIndex()), group().ratchetTree(), ACCEPT_ALL);
            assertThat(joined.encode()).isEqualTo(group().encode());
        }

        @Test
        @DisplayName("its own snapshot, with the epoch's proposals")
        void snapshot() throws MlsException {
            ProposalOrRef sent = hostile.sent(BOB, new Proposal.Remove(DAN));
            PublicGroup restored = PublicGroup.decode(group().encode(), ACCEPT_ALL);
            assertThat(restored.encode()).isEqualTo(group().encode());
            List<ProposalOrRef> list = List.of(sent);
            byte[] commit = hostile.commit(ALICE, list, Optional.of(hostile.path(ALICE, list)));
            assertThat(restored.verify(commit).after().encode())
                    .isEqualTo(group().verify(commit).after().encode());
        }
    }

    @Nested
    @DisplayName("refuses, for what a message is,")
    class RefusesMessages {
        private byte[] framed(Bytes groupId, long epoch, Sender sender, Content content, SignatureKeyPair signer) {
            FramedContent framed = new FramedContent(groupId, epoch, sender, Bytes.EMPTY, content);
            return hostile.message(framed, signer, Optional.of(hostile.tag()));
        }

        private Content removal() {
            return new Content.OfProposal(new Proposal.Remove(DAN));
        }

        @Test
        @DisplayName("another group")
        void anotherGroup() {
            byte[] message = framed(Bytes.ofUtf8("another"), 1, new Sender.Member(BOB), removal(), hostile.signer(BOB));
            assertRefused(message, MlsError.WRONG_GROUP);
        }

        @Test
        @DisplayName("an epoch before and an epoch after")
        void anotherEpoch() {
            for (long epoch : new long[] {0, 2, -1}) {
                byte[] message =
                        framed(group().groupId(), epoch, new Sender.Member(BOB), removal(), hostile.signer(BOB));
                assertRefused(message, MlsError.WRONG_EPOCH);
            }
        }

        @Test
        @DisplayName("a sender whose leaf is blank or beyond every tree")
        void noMember() {
            for (int leaf : new int[] {BLANK, Integer.MAX_VALUE, -1}) {
                byte[] message = hostile.message(new Sender.Member(leaf), removal(), hostile.signer(BOB));
                assertRefused(message, MlsError.INVALID_SENDER);
            }
        }

        @Test
        @DisplayName("a signature by somebody else's key")
        void foreignSignature() {
            assertRefused(
                    hostile.message(new Sender.Member(BOB), removal(), hostile.signer(CAROL)),
                    MlsError.INVALID_SIGNATURE);
        }

        @Test
        @DisplayName("content that was changed after it was signed: any bit of it")
        void changedContent() throws MlsException {
            byte[] message = hostile.propose(BOB, new Proposal.Remove(DAN));
            // The membership tag at the end is for members only.
            int end = message.length - HostileGroup.SUITE.hashBytes() - 1;
            for (int bit = 0; bit < 8 * end; bit++) {
                byte[] changed = message.clone();
                changed[bit / 8] ^= (byte) (1 << (bit % 8));
                assertThatThrownBy(() -> group().verify(changed))
                        .as("bit %d", bit)
                        .isInstanceOf(MlsException.class);
            }
        }

        @Test
        @DisplayName("application data that is not encrypted")
        void unencryptedApplicationData() {
            byte[] message = hostile.message(
                    new Sender.Member(BOB), new Content.OfApplication(Bytes.ofUtf8("hi")), hostile.signer(BOB));
            assertRefused(message, MlsError.UNENCRYPTED_APPLICATION_DATA);
        }

        @Test
        @DisplayName("anything but a PublicMessage")
        void otherKinds() throws MlsException {
            assertRefused(hostile.groupInfo(ALICE), MlsError.WRONG_MESSAGE_KIND);
        }

        @Test
        @DisplayName("bytes that are cut short, or go on")
        void malformedBytes() throws MlsException {
            byte[] message = hostile.commit(ALICE, HostileGroup.add(hostile.keyPackage("eve")));
            for (int length = 0; length < message.length; length++) {
                assertRefused(java.util.Arrays.copyOf(message, length), MlsError.MALFORMED);
            }
            assertRefused(java.util.Arrays.copyOf(message, message.length + 1), MlsError.MALFORMED);
        }

        @Test
        @DisplayName("a commit in the last of all epochs")
        void lastEpoch() throws MlsException {
            GroupContext old = group().context();
            GroupContext last = new GroupContext(
                    old.cipherSuite(), old.groupId(), -1, old.treeHash(), old.confirmedTranscriptHash(), List.of());
            hostile.group = PublicGroup.founded(group().tree(), last, hostile.tag(), ACCEPT_ALL);
            assertRefused(hostile.commit(ALICE), MlsError.LIMIT);
        }

        @Test
        @DisplayName("a confirmation tag of the wrong length")
        void shortTag() throws MlsException {
            FramedContent content = new FramedContent(
                    group().groupId(),
                    1,
                    new Sender.Member(ALICE),
                    Bytes.EMPTY,
                    new Content.OfCommit(new Commit(List.of(), Optional.of(hostile.anyPath(ALICE)))));
            byte[] message = hostile.message(content, hostile.signer(ALICE), Optional.of(Bytes.of((byte) 1)));
            assertRefused(message, MlsError.INVALID_TAG_LENGTH);
        }
    }

    @Nested
    @DisplayName("refuses a proposal (RFC 9420 §12.1)")
    class RefusesProposals {
        private void assertProposalRefused(int sender, Proposal proposal, MlsError code) throws MlsException {
            assertRefused(hostile.propose(sender, proposal), code);
            // By value in a commit it is no better.
            UpdatePath path = hostile.anyPath(sender);
            byte[] commit = hostile.commit(sender, HostileGroup.values(proposal), Optional.of(path));
            assertRefused(commit, code);
        }

        private KeyPackageIn changed(KeyPackageIn old, Bytes initKey, Bytes signature) {
            return new KeyPackageIn(
                    old.version(), old.cipherSuite(), initKey, old.leafNode(), old.extensions(), signature);
        }

        @Test
        @DisplayName("to add a KeyPackage that was changed after it was signed")
        void changedKeyPackage() throws MlsException {
            KeyPackageIn eve = hostile.keyPackage("eve").keyPackage().content();
            Proposal add = new Proposal.Add(changed(eve, hostile.newKey(), eve.signature()));
            assertProposalRefused(BOB, add, MlsError.INVALID_SIGNATURE);
        }

        @Test
        @DisplayName("to add a KeyPackage whose init key is its encryption key")
        void initKeyIsEncryptionKey() throws MlsException {
            KeyPackageIn eve = hostile.keyPackage("eve").keyPackage().content();
            Proposal add = new Proposal.Add(changed(eve, eve.leafNode().encryptionKey(), eve.signature()));
            assertProposalRefused(BOB, add, MlsError.INVALID_KEY_PACKAGE);
        }

        @Test
        @DisplayName("to add a KeyPackage of another suite or version")
        void otherSuite() throws MlsException {
            KeyPackageIn eve = hostile.keyPackage("eve").keyPackage().content();
            Proposal otherSuite = new Proposal.Add(new KeyPackageIn(
                    eve.version(), 3, eve.initKey(), eve.leafNode(), eve.extensions(), eve.signature()));
            assertProposalRefused(BOB, otherSuite, MlsError.INVALID_KEY_PACKAGE);
            Proposal otherVersion = new Proposal.Add(new KeyPackageIn(
                    2, eve.cipherSuite(), eve.initKey(), eve.leafNode(), eve.extensions(), eve.signature()));
            assertProposalRefused(BOB, otherVersion, MlsError.UNSUPPORTED_VERSION);
        }

        @Test
        @DisplayName("to add a leaf that was not made for a KeyPackage")
        void wrongSourceInAdd() throws MlsException {
            KeyPackageIn eve = hostile.keyPackage("eve").keyPackage().content();
            Proposal add = new Proposal.Add(new KeyPackageIn(
                    eve.version(),
                    eve.cipherSuite(),
                    eve.initKey(),
                    hostile.update(BOB),
                    eve.extensions(),
                    eve.signature()));
            assertProposalRefused(BOB, add, MlsError.INVALID_LEAF_NODE);
        }

        @Test
        @DisplayName("to add a KeyPackage with a lifetime longer than is accepted")
        void endlessLifetime() throws MlsException {
            KeyPackageIn eve = hostile.keyPackage("eve").keyPackage().content();
            LeafNode old = eve.leafNode();
            SignatureKeyPair signer = hostile.newSigner();
            LeafNode leaf = HostileGroup.replaced(
                            old,
                            old.encryptionKey(),
                            signer.publicKey(),
                            new LeafNodeSource.FromKeyPackage(new Lifetime(0, -1)))
                    .signed(HostileGroup.SUITE, signer);
            Proposal add = new Proposal.Add(new KeyPackageIn(
                    eve.version(), eve.cipherSuite(), eve.initKey(), leaf, eve.extensions(), eve.signature()));
            assertProposalRefused(BOB, add, MlsError.LIFETIME);
        }

        @Test
        @DisplayName("to update with a leaf that was not made for an Update")
        void wrongSourceInUpdate() throws MlsException {
            LeafNode leaf = hostile.keyPackage("bob").keyPackage().leafNode();
            assertRefused(hostile.propose(BOB, new Proposal.Update(leaf)), MlsError.INVALID_LEAF_NODE);
        }

        @Test
        @DisplayName("to update to the same encryption key")
        void sameEncryptionKey() {
            LeafNode leaf = hostile.update(BOB, hostile.leaf(BOB).encryptionKey(), hostile.signer(BOB));
            assertRefused(hostile.propose(BOB, new Proposal.Update(leaf)), MlsError.INVALID_LEAF_NODE);
        }

        @Test
        @DisplayName("to update with a leaf that was signed for another place")
        void updateForAnotherLeaf() {
            LeafNode leaf = hostile.update(CAROL);
            assertRefused(hostile.propose(BOB, new Proposal.Update(leaf)), MlsError.CREDENTIAL_REJECTED);
            LeafNode elsewhere = HostileGroup.replaced(
                            hostile.leaf(BOB),
                            hostile.newKey(),
                            hostile.signer(BOB).publicKey(),
                            new LeafNodeSource.FromUpdate())
                    .signed(HostileGroup.SUITE, hostile.signer(BOB), group().groupId(), CAROL);
            assertRefused(hostile.propose(BOB, new Proposal.Update(elsewhere)), MlsError.INVALID_SIGNATURE);
        }

        @Test
        @DisplayName("to update to a credential that may not follow the old one")
        void otherIdentity() {
            LeafNode old = hostile.leaf(BOB);
            LeafNode leaf = new LeafNode(
                            hostile.newKey(),
                            old.signatureKey(),
                            Credential.basic(Bytes.ofUtf8("the pope")),
                            old.capabilities(),
                            new LeafNodeSource.FromUpdate(),
                            old.extensions(),
                            Bytes.EMPTY)
                    .signed(HostileGroup.SUITE, hostile.signer(BOB), group().groupId(), BOB);
            assertRefused(hostile.propose(BOB, new Proposal.Update(leaf)), MlsError.CREDENTIAL_REJECTED);
        }

        @Test
        @DisplayName("to update with a leaf that does not list what it uses")
        void poorUpdate() {
            LeafNode old = hostile.leaf(BOB);
            LeafNode leaf = new LeafNode(
                            hostile.newKey(),
                            old.signatureKey(),
                            old.credential(),
                            new Capabilities(List.of(1), List.of(3), List.of(), List.of(), List.of(1)),
                            new LeafNodeSource.FromUpdate(),
                            old.extensions(),
                            Bytes.EMPTY)
                    .signed(HostileGroup.SUITE, hostile.signer(BOB), group().groupId(), BOB);
            assertRefused(hostile.propose(BOB, new Proposal.Update(leaf)), MlsError.INVALID_LEAF_NODE);
        }

        @Test
        @DisplayName("to add or update with a credential that is not accepted for its key")
        void rejectedCredential() throws MlsException {
            AuthenticationService picky =
                    (credential, key) -> !credential.content().equals(Bytes.ofUtf8("mallory"));
            hostile = new HostileGroup(12, List.of(), picky, "alice", "bob", "carol", "dan");
            Proposal add = HostileGroup.add(hostile.keyPackage("mallory"));
            assertProposalRefused(BOB, add, MlsError.CREDENTIAL_REJECTED);
            SignatureKeyPair revoked = hostile.newSigner();
            AuthenticationService revoking = (credential, key) -> !key.equals(revoked.publicKey());
            PublicGroup observer = PublicGroup.of(hostile.groupInfo(ALICE), group().ratchetTree(), revoking);
            LeafNode update = hostile.update(BOB, hostile.newKey(), revoked);
            byte[] message = hostile.propose(BOB, new Proposal.Update(update));
            assertRefused(() -> observer.verify(message), MlsError.CREDENTIAL_REJECTED);
        }

        @Test
        @DisplayName("to remove a leaf that is blank or beyond every tree")
        void removeOfNobody() throws MlsException {
            for (int leaf : new int[] {BLANK, Integer.MAX_VALUE, -1}) {
                assertProposalRefused(BOB, new Proposal.Remove(leaf), MlsError.INVALID_PROPOSAL);
            }
        }

        @Test
        @DisplayName(
                "of GroupContext extensions with one type twice, or with required capabilities that cannot be read")
        void badExtensions() throws MlsException {
            Extension own = new Extension(HostileGroup.OWN_EXTENSION, Bytes.EMPTY);
            assertProposalRefused(
                    BOB, new Proposal.GroupContextExtensions(List.of(own, own)), MlsError.DUPLICATE_EXTENSION);
            Extension garbage = new Extension(Extension.REQUIRED_CAPABILITIES, Bytes.of((byte) 7));
            assertProposalRefused(BOB, new Proposal.GroupContextExtensions(List.of(garbage)), MlsError.MALFORMED);
            Extension senders = new Extension(Extension.EXTERNAL_SENDERS, Bytes.of((byte) 7));
            assertProposalRefused(BOB, new Proposal.GroupContextExtensions(List.of(senders)), MlsError.MALFORMED);
        }

        @Test
        @DisplayName("of a type that is not known, or not supported by all")
        void unknownType() throws MlsException {
            assertProposalRefused(
                    BOB, new Proposal.Custom(0xF00D, Bytes.ofUtf8("unknown")), MlsError.UNSUPPORTED_PROPOSAL);
        }
    }

    @Nested
    @DisplayName("refuses a commit whose proposals (RFC 9420 §12.2)")
    class RefusesLists {
        private void assertListRefused(int committer, MlsError code, Proposal... proposals) throws MlsException {
            assertRefused(
                    hostile.commit(committer, HostileGroup.values(proposals), Optional.of(hostile.anyPath(committer))),
                    code);
        }

        private void assertReferencesRefused(int committer, MlsError code, ProposalOrRef... list) throws MlsException {
            assertRefused(hostile.commit(committer, List.of(list), Optional.of(hostile.anyPath(committer))), code);
        }

        @Test
        @DisplayName("update the committer, by value or by reference")
        void updateOfTheCommitter() throws MlsException {
            assertListRefused(BOB, MlsError.INVALID_PROPOSAL_LIST, new Proposal.Update(hostile.update(BOB)));
            ProposalOrRef own = hostile.sent(BOB, new Proposal.Update(hostile.update(BOB)));
            assertReferencesRefused(BOB, MlsError.INVALID_PROPOSAL_LIST, own);
        }

        @Test
        @DisplayName("remove the committer, by value or by reference")
        void removalOfTheCommitter() throws MlsException {
            assertListRefused(BOB, MlsError.INVALID_PROPOSAL_LIST, new Proposal.Remove(BOB));
            ProposalOrRef byOther = hostile.sent(ALICE, new Proposal.Remove(BOB));
            assertReferencesRefused(BOB, MlsError.INVALID_PROPOSAL_LIST, byOther);
        }

        @Test
        @DisplayName("change one leaf twice: two Removes, or an Update and a Remove")
        void oneLeafTwice() throws MlsException {
            assertListRefused(
                    ALICE, MlsError.INVALID_PROPOSAL_LIST, new Proposal.Remove(DAN), new Proposal.Remove(DAN));
            ProposalOrRef update = hostile.sent(DAN, new Proposal.Update(hostile.update(DAN)));
            ProposalOrRef remove = hostile.sent(CAROL, new Proposal.Remove(DAN));
            assertReferencesRefused(ALICE, MlsError.INVALID_PROPOSAL_LIST, update, remove);
            ProposalOrRef again = hostile.sent(DAN, new Proposal.Update(hostile.update(DAN)));
            assertReferencesRefused(ALICE, MlsError.INVALID_PROPOSAL_LIST, update, again);
        }

        @Test
        @DisplayName("add one client twice")
        void oneClientTwice() throws MlsException {
            SignatureKeyPair eve = hostile.newSigner();
            Proposal one = HostileGroup.add(hostile.keyPackage("eve", eve, HostileGroup.CAPABILITIES));
            Proposal two = HostileGroup.add(hostile.keyPackage("eve", eve, HostileGroup.CAPABILITIES));
            assertListRefused(ALICE, MlsError.INVALID_PROPOSAL_LIST, one, two);
        }

        @Test
        @DisplayName("add a client that is a member already")
        void memberAlready() throws MlsException {
            Proposal dan = HostileGroup.add(hostile.keyPackage("dan", hostile.signer(DAN), HostileGroup.CAPABILITIES));
            assertListRefused(ALICE, MlsError.INVALID_PROPOSAL_LIST, dan);
        }

        @Test
        @DisplayName("hold two GroupContextExtensions")
        void twoExtensionLists() throws MlsException {
            assertListRefused(
                    ALICE,
                    MlsError.INVALID_PROPOSAL_LIST,
                    new Proposal.GroupContextExtensions(List.of()),
                    new Proposal.GroupContextExtensions(List.of()));
        }

        @Test
        @DisplayName("refer to a proposal of nobody, or of another epoch")
        void unknownReference() throws MlsException {
            assertReferencesRefused(
                    ALICE, MlsError.UNKNOWN_PROPOSAL, new ProposalOrRef.ByReference(Bytes.of(new byte[32])));
            ProposalOrRef old = hostile.sent(BOB, new Proposal.Remove(DAN));
            hostile.accept(hostile.commit(CAROL));
            assertReferencesRefused(ALICE, MlsError.UNKNOWN_PROPOSAL, old);
        }

        @Test
        @DisplayName("need a path that is not there: none at all, Remove, Update, GroupContextExtensions")
        void pathRequired() throws MlsException {
            assertRefused(hostile.commit(ALICE, List.of(), Optional.empty()), MlsError.PATH_REQUIRED);
            for (Proposal proposal :
                    List.of(new Proposal.Remove(DAN), new Proposal.GroupContextExtensions(List.of()))) {
                List<ProposalOrRef> list = HostileGroup.values(HostileGroup.add(hostile.keyPackage("eve")), proposal);
                assertRefused(hostile.commit(ALICE, list, Optional.empty()), MlsError.PATH_REQUIRED);
            }
            ProposalOrRef update = hostile.sent(BOB, new Proposal.Update(hostile.update(BOB)));
            assertRefused(hostile.commit(ALICE, List.of(update), Optional.empty()), MlsError.PATH_REQUIRED);
        }

        @Test
        @DisplayName("add somebody who does not support the group's extensions, or require what a member lacks")
        void unsupportedDemands() throws MlsException {
            Extension own = new Extension(HostileGroup.OWN_EXTENSION, Bytes.EMPTY);
            hostile.accept(hostile.commit(ALICE, new Proposal.GroupContextExtensions(List.of(own))));
            Capabilities poor = Capabilities.of(List.of(), List.of());
            Proposal add = HostileGroup.add(hostile.keyPackage("eve", hostile.newSigner(), poor));
            assertRefused(hostile.commit(ALICE, add), MlsError.UNSUPPORTED_EXTENSION);
            Extension required = new RequiredCapabilities(List.of(), List.of(), List.of(0xF00D)).toExtension();
            Proposal demand = new Proposal.GroupContextExtensions(List.of(required));
            assertRefused(hostile.commit(ALICE, demand), MlsError.UNSUPPORTED_EXTENSION);
        }

        @Test
        @DisplayName("bring an encryption key into the tree that is there already")
        void duplicateEncryptionKey() throws MlsException {
            LeafNode leaf = hostile.update(BOB, hostile.leaf(CAROL).encryptionKey(), hostile.signer(BOB));
            ProposalOrRef update = hostile.sent(BOB, new Proposal.Update(leaf));
            List<ProposalOrRef> list = List.of(update);
            assertRefused(hostile.commit(ALICE, list, Optional.of(hostile.path(ALICE, list))), MlsError.DUPLICATE_KEY);
        }

        @Test
        @DisplayName("bring a signature key into the tree that is there already")
        void duplicateSignatureKey() throws MlsException {
            LeafNode leaf = hostile.update(BOB, hostile.newKey(), hostile.signer(CAROL));
            ProposalOrRef update = hostile.sent(BOB, new Proposal.Update(leaf));
            List<ProposalOrRef> list = List.of(update);
            assertRefused(hostile.commit(ALICE, list, Optional.of(hostile.path(ALICE, list))), MlsError.DUPLICATE_KEY);
        }
    }

    @Nested
    @DisplayName("refuses a commit whose path (RFC 9420 §12.4.2)")
    class RefusesPaths {
        private void assertPathRefused(UpdatePath path, MlsError code) {
            assertRefused(hostile.commit(ALICE, List.of(), Optional.of(path)), code);
        }

        private UpdatePath withNodes(UpdatePath path, List<UpdatePathNode> nodes) {
            return new UpdatePath(path.leafNode(), nodes);
        }

        private UpdatePath withLeaf(HostileLeaf maker) throws MlsException {
            return hostile.path(ALICE, group().tree(), Set.of(), maker::make);
        }

        private interface HostileLeaf {
            LeafNode make(Bytes encryptionKey, Bytes parentHash);
        }

        private LeafNode signed(LeafNode leaf) {
            return leaf.signed(HostileGroup.SUITE, hostile.signer(ALICE), group().groupId(), ALICE);
        }

        private LeafNode replaced(Bytes key, LeafNodeSource source) {
            return HostileGroup.replaced(
                    hostile.leaf(ALICE), key, hostile.leaf(ALICE).signatureKey(), source);
        }

        @Test
        @DisplayName("has a node too few or too many")
        void wrongLength() throws MlsException {
            UpdatePath path = hostile.anyPath(ALICE);
            assertPathRefused(withNodes(path, path.nodes().subList(0, 1)), MlsError.INVALID_PATH);
            List<UpdatePathNode> more = new ArrayList<>(path.nodes());
            more.add(new UpdatePathNode(hostile.newKey(), List.of()));
            assertPathRefused(withNodes(path, more), MlsError.INVALID_PATH);
        }

        @Test
        @DisplayName("has a path secret too few or too many")
        void wrongCiphertexts() throws MlsException {
            UpdatePath path = hostile.anyPath(ALICE);
            UpdatePathNode first = path.nodes().get(0);
            for (List<HpkeCiphertext> ciphertexts : List.of(
                    List.<HpkeCiphertext>of(),
                    List.of(
                            first.encryptedPathSecrets().get(0),
                            first.encryptedPathSecrets().get(0)))) {
                List<UpdatePathNode> nodes = new ArrayList<>(path.nodes());
                nodes.set(0, new UpdatePathNode(first.encryptionKey(), ciphertexts));
                assertPathRefused(withNodes(path, nodes), MlsError.INVALID_PATH);
            }
        }

        @Test
        @DisplayName("encrypts to a leaf that the same commit adds")
        void encryptsToAddedLeaf() throws MlsException {
            List<ProposalOrRef> adds = HostileGroup.values(HostileGroup.add(hostile.keyPackage("eve")));
            AppliedProposals applied = group().commitProposals().apply(ALICE, adds);
            UpdatePath path = hostile.path(ALICE, applied.tree(), Set.of(), hostile.signer(ALICE));
            assertRefused(hostile.commit(ALICE, adds, Optional.of(path)), MlsError.INVALID_PATH);
        }

        @Test
        @DisplayName("has a node key that the leaf's parent hash does not cover")
        void wrongParentHash() throws MlsException {
            UpdatePath path = hostile.anyPath(ALICE);
            List<UpdatePathNode> nodes = new ArrayList<>(path.nodes());
            nodes.set(1, new UpdatePathNode(hostile.newKey(), nodes.get(1).encryptedPathSecrets()));
            assertPathRefused(withNodes(path, nodes), MlsError.INVALID_PARENT_HASH);
        }

        @Test
        @DisplayName("has a key that is in the tree already, or one twice")
        void keysThatAreNotNew() throws MlsException {
            UpdatePath path = hostile.anyPath(ALICE);
            Bytes rootKey =
                    group().tree().encryptionKey(group().tree().rootNode()).orElseThrow();
            for (Bytes key : List.of(
                    rootKey,
                    hostile.leaf(DAN).encryptionKey(),
                    path.leafNode().encryptionKey(),
                    path.nodes().get(1).encryptionKey())) {
                List<UpdatePathNode> nodes = new ArrayList<>(path.nodes());
                nodes.set(0, new UpdatePathNode(key, nodes.get(0).encryptedPathSecrets()));
                assertPathRefused(withNodes(path, nodes), MlsError.DUPLICATE_KEY);
            }
        }

        @Test
        @DisplayName("has a key that nobody can encrypt to")
        void unusableKey() throws MlsException {
            UpdatePath path = hostile.anyPath(ALICE);
            List<UpdatePathNode> nodes = new ArrayList<>(path.nodes());
            nodes.set(0, new UpdatePathNode(Bytes.of((byte) 1), nodes.get(0).encryptedPathSecrets()));
            assertPathRefused(withNodes(path, nodes), MlsError.INVALID_PUBLIC_KEY);
        }

        @Test
        @DisplayName("has a leaf that was not made for a commit")
        void wrongSource() throws MlsException {
            UpdatePath path = withLeaf((key, parentHash) -> signed(replaced(key, new LeafNodeSource.FromUpdate())));
            assertPathRefused(path, MlsError.INVALID_LEAF_NODE);
        }

        @Test
        @DisplayName("has a leaf with the committer's old encryption key")
        void oldEncryptionKey() throws MlsException {
            Bytes old = hostile.leaf(ALICE).encryptionKey();
            UpdatePath path =
                    withLeaf((key, parentHash) -> signed(replaced(old, new LeafNodeSource.FromCommit(parentHash))));
            assertPathRefused(path, MlsError.INVALID_LEAF_NODE);
        }

        @Test
        @DisplayName("has a leaf with a key that is in the tree, even if the path replaces it")
        void leafKeyThatIsNotNew() throws MlsException {
            Bytes rootKey =
                    group().tree().encryptionKey(group().tree().rootNode()).orElseThrow();
            UpdatePath path =
                    withLeaf((key, parentHash) -> signed(replaced(rootKey, new LeafNodeSource.FromCommit(parentHash))));
            assertPathRefused(path, MlsError.DUPLICATE_KEY);
        }

        @Test
        @DisplayName("has a leaf that is signed by another key or for another place")
        void wrongLeafSignature() throws MlsException {
            UpdatePath elsewhere =
                    withLeaf((key, parentHash) -> replaced(key, new LeafNodeSource.FromCommit(parentHash))
                            .signed(HostileGroup.SUITE, hostile.signer(ALICE), group().groupId(), BOB));
            assertPathRefused(elsewhere, MlsError.INVALID_SIGNATURE);
            UpdatePath unsigned =
                    withLeaf((key, parentHash) -> replaced(key, new LeafNodeSource.FromCommit(parentHash)));
            assertPathRefused(unsigned, MlsError.INVALID_SIGNATURE);
        }

        @Test
        @DisplayName("has a leaf that does not list its own suite, or an extension that it carries")
        void poorCapabilities() throws MlsException {
            UpdatePath path = withLeaf((key, parentHash) -> {
                LeafNode leaf = replaced(key, new LeafNodeSource.FromCommit(parentHash));
                Capabilities none = new Capabilities(List.of(1), List.of(3), List.of(), List.of(), List.of(1));
                return signed(new LeafNode(
                        leaf.encryptionKey(),
                        leaf.signatureKey(),
                        leaf.credential(),
                        none,
                        leaf.source(),
                        leaf.extensions(),
                        Bytes.EMPTY));
            });
            assertPathRefused(path, MlsError.INVALID_LEAF_NODE);
            UpdatePath unlisted = withLeaf((key, parentHash) -> {
                LeafNode leaf = replaced(key, new LeafNodeSource.FromCommit(parentHash));
                return signed(new LeafNode(
                        leaf.encryptionKey(),
                        leaf.signatureKey(),
                        leaf.credential(),
                        leaf.capabilities(),
                        leaf.source(),
                        List.of(new Extension(0xF0F0, Bytes.EMPTY)),
                        Bytes.EMPTY));
            });
            assertPathRefused(unlisted, MlsError.INVALID_LEAF_NODE);
        }

        @Test
        @DisplayName("drops support for an extension of the group")
        void droppedSupport() throws MlsException {
            Extension own = new Extension(HostileGroup.OWN_EXTENSION, Bytes.EMPTY);
            hostile.accept(hostile.commit(ALICE, new Proposal.GroupContextExtensions(List.of(own))));
            UpdatePath path = withLeaf((key, parentHash) -> {
                LeafNode leaf = replaced(key, new LeafNodeSource.FromCommit(parentHash));
                return signed(new LeafNode(
                        leaf.encryptionKey(),
                        leaf.signatureKey(),
                        leaf.credential(),
                        Capabilities.of(List.of(), List.of()),
                        leaf.source(),
                        leaf.extensions(),
                        Bytes.EMPTY));
            });
            assertPathRefused(path, MlsError.UNSUPPORTED_EXTENSION);
        }

        @Test
        @DisplayName("takes another member's signature key")
        void foreignSignatureKey() throws MlsException {
            UpdatePath path = withLeaf((key, parentHash) -> HostileGroup.replaced(
                            hostile.leaf(ALICE),
                            key,
                            hostile.signer(DAN).publicKey(),
                            new LeafNodeSource.FromCommit(parentHash))
                    .signed(HostileGroup.SUITE, hostile.signer(DAN), group().groupId(), ALICE));
            assertPathRefused(path, MlsError.DUPLICATE_KEY);
        }
    }

    @Nested
    @DisplayName("refuses a GroupInfo")
    class RefusesGroupInfo {
        private byte[] encoded(GroupInfo info) {
            return new MlsMessage.OfGroupInfo(info.content()).encode();
        }

        private GroupInfo info(GroupContext context, Bytes tag, int signer, int key) throws MlsException {
            return GroupInfo.sign(context, List.of(), tag, signer, hostile.signer(key));
        }

        @Test
        @DisplayName("unless it is that of this epoch, signed by a member")
        void ownGroupInfoIsAccepted() throws MlsException {
            group().checkGroupInfo(hostile.groupInfo(CAROL));
        }

        @Test
        @DisplayName("with another context")
        void otherContext() throws MlsException {
            GroupContext other = group().context().withTreeHash(Bytes.of(new byte[32]));
            byte[] info = encoded(info(other, group().confirmationTag(), ALICE, ALICE));
            assertRefused(() -> group().checkGroupInfo(info), MlsError.INVALID_GROUP_INFO);
        }

        @Test
        @DisplayName("with another confirmation tag")
        void otherTag() throws MlsException {
            byte[] info = encoded(info(group().context(), hostile.tag(), ALICE, ALICE));
            assertRefused(() -> group().checkGroupInfo(info), MlsError.INVALID_GROUP_INFO);
        }

        @Test
        @DisplayName("of a signer who is no member, or whose key did not sign")
        void wrongSigner() throws MlsException {
            Bytes tag = group().confirmationTag();
            byte[] nobody = encoded(info(group().context(), tag, BLANK, ALICE));
            assertRefused(() -> group().checkGroupInfo(nobody), MlsError.INVALID_GROUP_INFO);
            assertRefused(() -> PublicGroup.of(nobody, group().ratchetTree(), ACCEPT_ALL), MlsError.INVALID_GROUP_INFO);
            byte[] forged = encoded(info(group().context(), tag, BOB, CAROL));
            assertRefused(() -> group().checkGroupInfo(forged), MlsError.INVALID_SIGNATURE);
            assertRefused(() -> PublicGroup.of(forged, group().ratchetTree(), ACCEPT_ALL), MlsError.INVALID_SIGNATURE);
        }

        @Test
        @DisplayName("with a confirmation tag that is none")
        void shortTag() throws MlsException {
            byte[] info = encoded(info(group().context(), Bytes.of((byte) 1), ALICE, ALICE));
            assertRefused(() -> PublicGroup.of(info, group().ratchetTree(), ACCEPT_ALL), MlsError.INVALID_TAG_LENGTH);
        }

        @Test
        @DisplayName("that does not go with the tree")
        void otherTree() throws MlsException {
            byte[] info = hostile.groupInfo(ALICE);
            byte[] tree = group().ratchetTree();
            hostile.accept(hostile.commit(BOB));
            assertRefused(() -> PublicGroup.of(info, group().ratchetTree(), ACCEPT_ALL), MlsError.TREE_HASH_MISMATCH);
            assertThat(PublicGroup.of(info, tree, ACCEPT_ALL).epoch()).isEqualTo(1);
        }

        @Test
        @DisplayName("with a member whose credential is not accepted")
        void rejectedCredential() throws MlsException {
            byte[] info = hostile.groupInfo(ALICE);
            AuthenticationService service =
                    (credential, key) -> !credential.content().equals(Bytes.ofUtf8("dan"));
            assertRefused(() -> PublicGroup.of(info, group().ratchetTree(), service), MlsError.CREDENTIAL_REJECTED);
        }
    }

    @Nested
    @DisplayName("refuses a snapshot")
    class RefusesSnapshots {
        @Test
        @DisplayName("of another version, or with a tree that is not the context's")
        void otherVersionOrTree() throws MlsException {
            byte[] snapshot = group().encode();
            byte[] newer = snapshot.clone();
            newer[1] = 3;
            assertRefused(() -> PublicGroup.decode(newer, ACCEPT_ALL), MlsError.INVALID_STATE);
            // A bit of the tree hash in the GroupContext, which follows version, suite, group id and epoch.
            byte[] mismatched = snapshot.clone();
            mismatched[2 + 2 + 2 + 1 + 7 + 8 + 1] ^= 1;
            assertRefused(() -> PublicGroup.decode(mismatched, ACCEPT_ALL), MlsError.INVALID_STATE);
        }

        @Test
        @DisplayName("that is cut short")
        void cutShort() throws MlsException {
            hostile.sent(BOB, new Proposal.Remove(DAN));
            byte[] snapshot = group().encode();
            for (int length = 0; length < snapshot.length; length++) {
                byte[] cut = java.util.Arrays.copyOf(snapshot, length);
                assertRefused(() -> PublicGroup.decode(cut, ACCEPT_ALL), MlsError.MALFORMED);
            }
        }
    }

    @Nested
    @DisplayName("the stored format")
    class StoredFormat {
        /** Of a group of four in epoch 1 with one proposal: a change of such a file is a decision, with its migration. */
        private Bytes golden(int version) throws IOException {
            String name = "public-group-v" + version + ".hex";
            try (var file = PublicGroupTest.class.getResourceAsStream(name)) {
                String hex =
                        new String(java.util.Objects.requireNonNull(file).readAllBytes(), StandardCharsets.US_ASCII);
                return Bytes.ofHex(hex.replaceAll("\\s", ""));
            }
        }

        @ParameterizedTest(name = "of version {0}")
        @ValueSource(ints = {1, 2})
        @DisplayName("is read in every version there was, and written in the newest")
        void readAndWritten(int version) throws MlsException, IOException {
            PublicGroup read = PublicGroup.decode(golden(version).toByteArray(), ACCEPT_ALL);
            assertThat(Bytes.of(read.encode())).isEqualTo(golden(2));
            assertThat(read.groupId()).isEqualTo(Bytes.ofUtf8("a group"));
            assertThat(read.epoch()).isEqualTo(1);
            assertThat(read.members())
                    .extracting(member -> member.credential().content())
                    .containsExactly(
                            Bytes.ofUtf8("alice"), Bytes.ofUtf8("bob"), Bytes.ofUtf8("carol"), Bytes.ofUtf8("dan"));
            assertThat(read.hasPendingProposals()).isTrue();
        }
    }
}
