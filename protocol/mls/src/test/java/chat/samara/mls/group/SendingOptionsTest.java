package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.ExternalPub;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.welcome.GroupInfoIn;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("A member may choose")
class SendingOptionsTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);
    private static final byte[] NO_DATA = new byte[0];
    private static final Extension NOTE = new Extension(0x0a0a, Bytes.ofUtf8("whatever"));

    private final SeededRandom random = new SeededRandom(1207);
    private final TestClient alice = new TestClient("alice", SUITE, random);
    private final TestClient bob = new TestClient("bob", SUITE, random);
    private final TestClient carol = new TestClient("carol", SUITE, random);
    private final TestClient dave = new TestClient("dave", SUITE, random);
    private Group a;
    private Group b;
    private Group c;

    @BeforeEach
    void three() throws MlsException {
        a = alice.found();
        List<Group> joined = TestClient.addAll(a, List.of(bob, carol));
        b = joined.get(0);
        c = joined.get(1);
    }

    private static int wireFormat(byte[] message) throws MlsException {
        return MlsMessage.decode(message).wireFormat();
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(call)
                .extracting(MlsException::code)
                .isEqualTo(code);
    }

    private static void assertTogether(Group... groups) throws MlsException {
        for (Group sender : groups) {
            byte[] message = sender.protect(HELLO, NO_DATA);
            for (Group receiver : groups) {
                assertThat(receiver.epochAuthenticator()).isEqualTo(sender.epochAuthenticator());
                if (receiver != sender) {
                    assertThat(TestClient.open(receiver, message).plaintext()).isEqualTo(Bytes.of(HELLO));
                }
            }
        }
    }

    @Nested
    @DisplayName("to send handshakes as PrivateMessages,")
    class Encrypted {
        @Test
        @DisplayName("proposals and the commit that refers to them, with and without a path")
        void handshakes() throws MlsException {
            for (boolean withPath : new boolean[] {true, false}) {
                TestClient eve = new TestClient("eve " + withPath, SUITE, random);
                KeyPackageBundle bundle = eve.bundle();
                byte[] proposal = b.proposeEncrypted(new ProposalDraft.Add(bundle.keyPackage()), HELLO);
                assertThat(wireFormat(proposal)).isEqualTo(WireFormat.PRIVATE_MESSAGE);
                for (Group other : List.of(a, c)) {
                    Processed.ProposalReceived received = (Processed.ProposalReceived) other.process(proposal);
                    assertThat(received.authenticatedData()).isEqualTo(Bytes.of(HELLO));
                }
                CommitBuilder builder = a.commit().encrypted().authenticatedData(HELLO);
                CommitBundle commit = (withPath ? builder : builder.withoutPath()).build();
                assertThat(wireFormat(commit.commit().toByteArray())).isEqualTo(WireFormat.PRIVATE_MESSAGE);
                StagedCommit staged = TestClient.staged(b, commit.commit());
                assertThat(staged.authenticatedData()).isEqualTo(Bytes.of(HELLO));
                TestClient.mergeAll(List.of(a, b, c), commit.commit());
                assertTogether(a, b, c, eve.join(commit, bundle));
            }
        }

        @Test
        @DisplayName("and finds its own commit in the log after a crash, as if it were in the clear")
        void crash() throws MlsException {
            byte[] update = b.proposeEncrypted(new ProposalDraft.Update(), NO_DATA);
            a.process(update);
            c.process(update);
            Bytes commit = a.commit().encrypted().build().commit();
            alice.store.apply(a.drainDelta());
            Group restored = Group.restore(alice.store.blobs(), alice.signer, alice.environment);
            assertThat(restored.drainDelta().isEmpty()).isTrue();
            StagedCommit own = TestClient.staged(restored, commit);
            assertThat(own.own()).isTrue();
            assertThat(own.updated()).hasSize(2);
            TestClient.mergeAll(List.of(restored, b, c), commit);
            assertTogether(restored, b, c);
        }

        @Test
        @DisplayName("each of which takes a key of its own")
        void keys() throws MlsException {
            byte[] first = a.commit().encrypted().build().commit().toByteArray();
            byte[] second = a.commit().encrypted().build().commit().toByteArray();
            TestClient.staged(b, Bytes.of(first));
            TestClient.mergeAll(List.of(a, b, c), Bytes.of(second));
            assertTogether(a, b, c);
        }

        @Test
        @DisplayName("but not to leave: joiners have to see that")
        void selfRemove() {
            assertRefused(
                    () -> b.proposeEncrypted(new ProposalDraft.SelfRemove(), NO_DATA), MlsError.UNSUPPORTED_PROPOSAL);
        }
    }

    @Nested
    @DisplayName("what a GroupInfo has in it:")
    class Info {
        private GroupInfoIn decoded(byte[] groupInfo) throws MlsException {
            return MlsMessage.decode(groupInfo).requireGroupInfo();
        }

        @Test
        @DisplayName("by itself, external_pub alone, in the Welcome, too")
        void usual() throws MlsException {
            assertThat(decoded(a.groupInfo()).extensions())
                    .extracting(Extension::type)
                    .containsExactly(Extension.EXTERNAL_PUB);
        }

        @Test
        @DisplayName("the tree, so that a joiner needs nothing else, and extensions that the joiner ignores")
        void treeInWelcome() throws MlsException {
            KeyPackageBundle bundle = dave.bundle();
            CommitBundle commit = a.commit()
                    .add(bundle.keyPackage())
                    .welcome(GroupInfoDraft.USUAL.withRatchetTree().withExtensions(List.of(NOTE)))
                    .groupInfo(GroupInfoDraft.USUAL.withoutExternalPub())
                    .build();
            TestClient.mergeAll(List.of(a, b, c), commit.commit());
            Group d = Group.join(
                    commit.welcome().orElseThrow().toByteArray(),
                    bundle,
                    dave.signer,
                    Optional.empty(),
                    dave.environment);
            assertTogether(a, b, c, d);
            assertThat(decoded(commit.groupInfo().toByteArray()).extensions()).isEmpty();
            a.checkGroupInfo(commit.groupInfo().toByteArray());
        }

        @Test
        @DisplayName("the tree of the epoch, so that who comes by an external commit needs nothing else")
        void treeInGroupInfo() throws MlsException {
            GroupInfoDraft draft = GroupInfoDraft.USUAL.withRatchetTree().withExtensions(List.of(NOTE));
            byte[] groupInfo = a.groupInfo(draft);
            assertThat(ExternalPub.in(decoded(groupInfo).extensions())).isPresent();
            assertThat(decoded(groupInfo).extensions()).contains(NOTE);
            ExternalCommit join = Group.joinExternal(
                            groupInfo, Optional.empty(), dave.credential, dave.signer, dave.environment)
                    .groupInfo(draft)
                    .build(TestClient.CAPABILITIES);
            TestClient.mergeAll(List.of(a, b, c, join.group()), join.bundle().commit());
            assertTogether(a, b, c, join.group());
            GroupInfoIn next = decoded(join.bundle().groupInfo().toByteArray());
            assertThat(Extension.find(next.extensions(), Extension.RATCHET_TREE))
                    .contains(Bytes.of(a.ratchetTree()));
            assertThat(next.extensions()).contains(NOTE);
        }

        @Test
        @DisplayName("no external_pub, so that nobody can come by an external commit")
        void noExternalPub() throws MlsException {
            byte[] groupInfo = a.groupInfo(GroupInfoDraft.USUAL.withoutExternalPub());
            assertRefused(
                    () -> Group.joinExternal(
                            groupInfo, Optional.of(a.ratchetTree()), dave.credential, dave.signer, dave.environment),
                    MlsError.INVALID_GROUP_INFO);
        }

        @Test
        @DisplayName("no type twice (RFC 9420 §13.4)")
        void twice() {
            Extension tree = new Extension(Extension.RATCHET_TREE, Bytes.EMPTY);
            assertRefused(
                    () -> a.groupInfo(GroupInfoDraft.USUAL.withRatchetTree().withExtensions(List.of(tree))),
                    MlsError.DUPLICATE_EXTENSION);
        }
    }

    @Nested
    @DisplayName("another signature key for itself,")
    class OtherKey {
        private final SignatureKeyPair fresh = SignatureKeyPair.generate(SUITE, random);
        private final LeafChange change = LeafChange.NONE.withSigner(fresh);

        private void assertChanged(Group changed) throws MlsException {
            for (Group group : List.of(a, b, c)) {
                assertThat(group.publicGroup()
                                .member(changed.ownLeafIndex())
                                .orElseThrow()
                                .signatureKey())
                        .isEqualTo(fresh.publicKey());
            }
            assertTogether(a, b, c);
            // It commits, is followed, and its GroupInfo is signed by the new key.
            CommitBundle next = changed.commit().build();
            TestClient.mergeAll(List.of(a, b, c), next.commit());
            a.publicGroup().checkGroupInfo(next.groupInfo().toByteArray());
            assertTogether(a, b, c);
        }

        @Test
        @DisplayName("by a commit, whose GroupInfo is signed by it already")
        void byCommit() throws MlsException {
            KeyPackageBundle bundle = dave.bundle();
            CommitBundle commit =
                    b.commit().add(bundle.keyPackage()).changeLeaf(change).build();
            commit.after().checkGroupInfo(commit.groupInfo().toByteArray());
            TestClient.mergeAll(List.of(a, b, c), commit.commit());
            assertThat(dave.join(commit, bundle).epochAuthenticator()).isEqualTo(a.epochAuthenticator());
            assertChanged(b);
        }

        @Test
        @DisplayName("by an Update that another commits")
        void byUpdate() throws MlsException {
            byte[] update = b.propose(new ProposalDraft.Update(change));
            a.process(update);
            c.process(update);
            TestClient.mergeAll(List.of(a, b, c), c.commit().build().commit());
            assertChanged(b);
        }

        @Test
        @DisplayName(
                "which takes effect with the merge: until then it speaks with the old one, and so it does if another commit wins")
        void notBeforeMerge() throws MlsException {
            CommitBundle lost = b.commit().changeLeaf(change).build();
            assertTogether(a, b, c);
            TestClient.mergeAll(List.of(a, b, c), a.commit().build().commit());
            assertTogether(a, b, c);
            assertThat(lost.after().memberWithSignatureKey(fresh.publicKey())).isPresent();
            assertThat(a.publicGroup().memberWithSignatureKey(bob.signer.publicKey()))
                    .isPresent();
        }

        @Test
        @DisplayName("also across a crash, if it is restored with both keys: with the old one alone it does not enter")
        void crash() throws MlsException {
            bob.store.apply(b.drainDelta());
            Bytes commit = b.commit().changeLeaf(change).build().commit();
            bob.store.apply(b.drainDelta());
            Group poor = Group.restore(bob.store.blobs(), bob.signer, bob.environment);
            StagedCommit staged = TestClient.staged(poor, commit);
            assertRefused(() -> poor.merge(staged), MlsError.KEY_MISMATCH);
            assertThat(poor.epoch()).isEqualTo(staged.epochAfter() - 1);
            b = Group.restore(bob.store.blobs(), List.of(bob.signer, fresh), bob.environment);
            TestClient.mergeAll(List.of(a, b, c), commit);
            bob.store.apply(b.drainDelta());
            assertRefused(() -> Group.restore(bob.store.blobs(), bob.signer, bob.environment), MlsError.KEY_MISMATCH);
            b = Group.restore(bob.store.blobs(), fresh, bob.environment);
            assertChanged(b);
        }

        @Test
        @DisplayName("but none that a member has already")
        void anothers() {
            LeafChange carols = LeafChange.NONE.withSigner(carol.signer);
            assertRefused(() -> b.commit().changeLeaf(carols).build(), MlsError.DUPLICATE_KEY);
            assertThat(b.pendingCommit()).isEmpty();
        }
    }
}
