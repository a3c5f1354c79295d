package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.welcome.EncryptedGroupSecrets;
import chat.samara.mls.welcome.GroupSecrets;
import chat.samara.mls.welcome.Welcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("Pre-shared keys (RFC 9420 §8.4, §8.6)")
class PreSharedKeyTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final Bytes NAME = Bytes.ofUtf8("the key on the card");
    private static final Bytes OTHER_GROUP = Bytes.ofUtf8("another group");

    private final SeededRandom random = new SeededRandom(840);
    private final Keyring aliceKeys = new Keyring();
    private final Keyring bobKeys = new Keyring();
    private final Keyring carolKeys = new Keyring();
    private final TestClient alice = client("alice", aliceKeys);
    private final TestClient bob = client("bob", bobKeys);
    private final TestClient carol = client("carol", carolKeys);
    private Group a;
    private Group b;

    /** What one client's application holds. */
    private static final class Keyring implements PreSharedKeys {
        final Map<Bytes, Bytes> external = new HashMap<>();
        final Map<Bytes, Secret> resumption = new HashMap<>();

        @Override
        public Optional<Secret> external(Bytes pskId) {
            return Optional.ofNullable(external.get(pskId)).map(key -> Secret.copyOf(key.toByteArray()));
        }

        @Override
        public Optional<Secret> resumption(Bytes groupId, long epoch) {
            return epoch == 0 ? Optional.ofNullable(resumption.get(groupId)).map(Secret::copy) : Optional.empty();
        }
    }

    PreSharedKeyTest() throws MlsException {
        a = alice.found();
        b = TestClient.addAll(a, List.of(bob)).get(0);
    }

    @BeforeEach
    void everybodyHoldsTheKey() {
        for (Keyring keys : List.of(aliceKeys, bobKeys, carolKeys)) {
            keys.external.put(NAME, Bytes.ofUtf8("secret"));
        }
    }

    private TestClient client(String name, PreSharedKeys keys) {
        return new TestClient(name, SUITE, random, TestClient.CAPABILITIES, keys);
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MlsException.class,
                        refused -> assertThat(refused.code()).isEqualTo(code));
    }

    private static void assertTogether(Group... groups) throws MlsException {
        byte[] message = groups[0].protect("hello".getBytes(StandardCharsets.UTF_8), new byte[0]);
        for (Group group : groups) {
            assertThat(group.epochAuthenticator()).isEqualTo(groups[0].epochAuthenticator());
            if (group != groups[0]) {
                assertThat(TestClient.open(group, message).plaintext()).isEqualTo(Bytes.ofUtf8("hello"));
            }
        }
    }

    private Bytes nonce() {
        return Bytes.wrapUnsafe(random.bytes(SUITE.hashBytes()));
    }

    private PreSharedKeyId external() {
        return new PreSharedKeyId.External(NAME, nonce());
    }

    private PreSharedKeyId resumption(int usage, Bytes groupId, long epoch) {
        return new PreSharedKeyId.Resumption(usage, groupId, epoch, nonce());
    }

    @Nested
    @DisplayName("are injected")
    class Injected {
        @Test
        @DisplayName("by value, by the committer, and in the Welcome of the same commit")
        void byValue() throws MlsException {
            KeyPackageBundle bundle = carol.bundle();
            CommitBundle commit = a.commit()
                    .externalPsk(NAME)
                    .resumptionPsk(a.groupId(), 0)
                    .add(bundle.keyPackage())
                    .build();
            // Of epoch 0, in which bob was no member, he holds it only if somebody gave it to him; so does carol.
            bobKeys.resumption.put(a.groupId(), a.resumptionPsk(0).orElseThrow());
            carolKeys.resumption.put(a.groupId(), a.resumptionPsk(0).orElseThrow());
            StagedCommit staged = TestClient.staged(b, commit.commit());
            assertThat(staged.preSharedKeys()).hasSize(2);
            b.merge(staged);
            TestClient.mergeAll(List.of(a), commit.commit());
            assertTogether(a, b, carol.join(commit, bundle));
        }

        @Test
        @DisplayName("by reference to what another member has proposed")
        void byReference() throws MlsException {
            a.process(b.propose(new ProposalDraft.ExternalPsk(NAME)));
            a.process(b.propose(new ProposalDraft.ResumptionPsk(a.groupId(), 1)));
            Bytes commit = a.commit().build().commit();
            StagedCommit staged = TestClient.staged(b, commit);
            assertThat(staged.preSharedKeys()).hasSize(2);
            b.merge(staged);
            TestClient.mergeAll(List.of(a), commit);
            assertTogether(a, b);
        }

        @Test
        @DisplayName("without a path, since a PSK does not require one (RFC 9420 §12.4)")
        void withoutPath() throws MlsException {
            CommitBundle commit = a.commit().externalPsk(NAME).withoutPath().build();
            VerifiedCommit verified =
                    (VerifiedCommit) b.publicGroup().verify(commit.commit().toByteArray());
            assertThat(verified.hasPath()).isFalse();
            TestClient.mergeAll(List.of(a, b), commit.commit());
            assertTogether(a, b);
        }

        @Test
        @DisplayName("twice under one name, which two nonces make two keys")
        void twice() throws MlsException {
            Bytes commit =
                    a.commit().externalPsk(NAME).externalPsk(NAME).build().commit();
            TestClient.mergeAll(List.of(a, b), commit);
            assertTogether(a, b);
        }

        @Test
        @DisplayName("so that nobody with another key under that name can follow")
        void matter() throws MlsException {
            bobKeys.external.put(NAME, Bytes.ofUtf8("another secret"));
            Bytes commit = a.commit().externalPsk(NAME).build().commit();
            assertRefused(() -> TestClient.staged(b, commit), MlsError.INVALID_CONFIRMATION_TAG);
        }

        @Test
        @DisplayName("from another group, when the application hands its secret over")
        void ofAnotherGroup() throws MlsException {
            Group other = Group.create(
                    new GroupConfig(SUITE, OTHER_GROUP, List.of(), TestClient.CAPABILITIES, TestClient.LIFETIME),
                    alice.credential,
                    alice.signer,
                    alice.environment);
            assertRefused(() -> a.commit().resumptionPsk(OTHER_GROUP, 0), MlsError.PSK_UNAVAILABLE);
            aliceKeys.resumption.put(OTHER_GROUP, other.resumptionPsk(0).orElseThrow());
            bobKeys.resumption.put(OTHER_GROUP, other.resumptionPsk(0).orElseThrow());
            Bytes commit = a.commit().resumptionPsk(OTHER_GROUP, 0).build().commit();
            TestClient.mergeAll(List.of(a, b), commit);
            assertTogether(a, b);
        }
    }

    @Nested
    @DisplayName("that a member does not hold")
    class NotHeld {
        @Test
        @DisplayName("stop it from following, change nothing, and no longer do once it holds them (RFC 9420 §12.4.2)")
        void stopReceiver() throws MlsException {
            Bytes commit = a.commit().externalPsk(NAME).build().commit();
            bobKeys.external.clear();
            TestStore before = new TestStore().apply(b.drainDelta());
            assertRefused(() -> TestClient.staged(b, commit), MlsError.PSK_UNAVAILABLE);
            assertThat(b.drainDelta().isEmpty()).isTrue();
            assertThat(before.blobs()).isNotEmpty();
            everybodyHoldsTheKey();
            TestClient.mergeAll(List.of(a, b), commit);
            assertTogether(a, b);
        }

        @Test
        @DisplayName("stop it from joining (RFC 9420 §12.4.3.1)")
        void stopJoiner() throws MlsException {
            KeyPackageBundle bundle = carol.bundle();
            CommitBundle commit =
                    a.commit().externalPsk(NAME).add(bundle.keyPackage()).build();
            carolKeys.external.clear();
            assertRefused(() -> carol.join(commit, bundle), MlsError.PSK_UNAVAILABLE);
            everybodyHoldsTheKey();
            TestClient.mergeAll(List.of(a), commit.commit());
            assertTogether(a, carol.join(commit, bundle));
        }

        @Test
        @DisplayName("it cannot propose or commit")
        void stopSender() throws MlsException {
            aliceKeys.external.clear();
            assertRefused(() -> a.commit().externalPsk(NAME), MlsError.PSK_UNAVAILABLE);
            assertRefused(() -> a.propose(new ProposalDraft.ExternalPsk(NAME)), MlsError.PSK_UNAVAILABLE);
            assertRefused(() -> a.propose(new ProposalDraft.ResumptionPsk(OTHER_GROUP, 3)), MlsError.PSK_UNAVAILABLE);
        }

        @Test
        @DisplayName("it leaves out when it commits what others have proposed")
        void leftOut() throws MlsException {
            a.process(b.propose(new ProposalDraft.ExternalPsk(NAME)));
            aliceKeys.external.clear();
            Bytes commit = a.commit().build().commit();
            assertThat(TestClient.staged(b, commit).preSharedKeys()).isEmpty();
        }
    }

    @Nested
    @DisplayName("of past epochs")
    class PastEpochPsks {
        private void advance(int epochs) throws MlsException {
            for (int i = 0; i < epochs; i++) {
                TestClient.mergeAll(List.of(a, b), a.commit().build().commit());
            }
        }

        @Test
        @DisplayName("are stored with the state, and forgotten in it")
        void stored() throws MlsException {
            advance(2);
            Optional<Secret> before = a.resumptionPsk(1);
            a = alice.reloaded(a);
            b = bob.reloaded(b);
            assertThat(a.resumptionPsk(1)).isEqualTo(before).isPresent();
            Bytes commit = a.commit().resumptionPsk(a.groupId(), 1).build().commit();
            b.forgetResumptionPsksThrough(1);
            b = bob.reloaded(b);
            assertThat(b.resumptionPsk(1)).isEmpty();
            assertThat(b.resumptionPsk(2)).isPresent();
            assertThat(b.resumptionPsk(3)).isPresent();
            assertRefused(() -> TestClient.staged(b, commit), MlsError.PSK_UNAVAILABLE);
        }

        @Test
        @DisplayName("are kept in a bounded number")
        void window() throws MlsException {
            advance(Limits.RESUMPTION_PSKS_MAX + 2);
            long oldest = a.epoch() - Limits.RESUMPTION_PSKS_MAX;
            assertThat(a.resumptionPsk(oldest - 1)).isEmpty();
            assertThat(a.resumptionPsk(oldest)).isPresent();
            alice.store.apply(a.drainDelta());
            assertThat(alice.store.blobs().keySet())
                    .filteredOn(key -> key.startsWith(Bytes.ofUtf8("resumption/")))
                    .hasSize(Limits.RESUMPTION_PSKS_MAX);
            TestClient.mergeAll(
                    List.of(a, b),
                    a.commit().resumptionPsk(a.groupId(), oldest).build().commit());
            assertTogether(a, b);
        }

        @Test
        @DisplayName("are gone from a destroyed group and from its store")
        void destroyed() throws MlsException {
            advance(2);
            alice.store.apply(a.drainDelta());
            advance(1);
            a.destroy();
            assertThat(a.resumptionPsk(1)).isEmpty();
            assertThat(a.resumptionPsk(a.epoch())).isEmpty();
            assertThat(alice.store.apply(a.drainDelta()).blobs()).isEmpty();
        }
    }

    @Nested
    @DisplayName("are refused by observers and members")
    class Refused {
        private final HostileGroup hostile;

        Refused() throws MlsException {
            hostile = new HostileGroup(841, List.of(), (credential, key) -> true, "alice", "bob", "carol");
        }

        private void assertProposalRefused(PreSharedKeyId id, MlsError code) {
            Proposal proposal = new Proposal.PreSharedKey(id);
            assertRefused(() -> hostile.group.verify(hostile.propose(1, proposal)), code);
            assertRefused(
                    () -> hostile.group.verify(
                            hostile.commit(1, HostileGroup.values(proposal), Optional.of(hostile.anyPath(1)))),
                    code);
            HostileMember mallory = new HostileMember(bob, b);
            byte[] sent = mallory.publicMessage(mallory.sign(
                    chat.samara.mls.framing.WireFormat.PUBLIC_MESSAGE,
                    new Content.OfProposal(proposal),
                    b.ownLeafIndex()));
            assertRefused(() -> a.process(sent), code);
        }

        @Test
        @DisplayName("with a nonce of another length than KDF.Nh (RFC 9420 §12.1.4)")
        void nonceLength() {
            for (int bytes : new int[] {0, 31, 33, 64}) {
                assertProposalRefused(
                        new PreSharedKeyId.External(NAME, Bytes.of(new byte[bytes])), MlsError.INVALID_PROPOSAL);
            }
        }

        @Test
        @DisplayName("with the usage of a re-initialization or a branch (RFC 9420 §12.1.4)")
        void usage() {
            for (int usage : new int[] {PreSharedKeyId.USAGE_REINIT, PreSharedKeyId.USAGE_BRANCH}) {
                assertProposalRefused(resumption(usage, OTHER_GROUP, 0), MlsError.INVALID_PROPOSAL);
            }
        }

        @Test
        @DisplayName("of an epoch of this group that is still to come")
        void futureEpoch() throws MlsException {
            PreSharedKeyId future =
                    resumption(PreSharedKeyId.USAGE_APPLICATION, hostile.group.groupId(), hostile.group.epoch() + 1);
            assertRefused(
                    () -> hostile.group.verify(hostile.propose(1, new Proposal.PreSharedKey(future))),
                    MlsError.INVALID_PROPOSAL);
            PreSharedKeyId present =
                    resumption(PreSharedKeyId.USAGE_APPLICATION, hostile.group.groupId(), hostile.group.epoch());
            hostile.accept(hostile.propose(1, new Proposal.PreSharedKey(present)));
        }

        @Test
        @DisplayName("when one commit names the same one twice, by value and by reference (RFC 9420 §12.2)")
        void duplicates() throws MlsException {
            Proposal psk = new Proposal.PreSharedKey(external());
            List<ProposalOrRef> list = new ArrayList<>(HostileGroup.values(psk, psk));
            byte[] byValue = hostile.commit(1, list, Optional.of(hostile.anyPath(1)));
            assertRefused(() -> hostile.group.verify(byValue), MlsError.INVALID_PROPOSAL_LIST);
            list.set(0, hostile.sent(2, psk));
            byte[] mixed = hostile.commit(1, list, Optional.of(hostile.anyPath(1)));
            assertRefused(() -> hostile.group.verify(mixed), MlsError.INVALID_PROPOSAL_LIST);
        }

        @Test
        @DisplayName("when one commit names more than the key schedule is asked to bear")
        void tooMany() throws MlsException {
            Proposal[] psks = new Proposal[Limits.PRE_SHARED_KEYS_MAX + 1];
            for (int i = 0; i < psks.length; i++) {
                psks[i] = new Proposal.PreSharedKey(external());
            }
            byte[] commit = hostile.commit(1, HostileGroup.values(psks), Optional.of(hostile.anyPath(1)));
            assertRefused(() -> hostile.group.verify(commit), MlsError.LIMIT);
        }
    }

    @Nested
    @DisplayName("are refused in a Welcome")
    class RefusedInWelcome {
        private final KeyPackageBundle bundle = carol.bundle();
        private CommitBundle commit;

        private void assertWelcomeRefused(MlsError code, PreSharedKeyId... psks) throws MlsException {
            Welcome welcome = MlsMessage.decode(commit.welcome().orElseThrow().toByteArray())
                    .requireWelcome();
            byte[] info = welcome.encryptedGroupInfo().toByteArray();
            byte[] opened = SUITE.decryptWithLabel(
                    bundle.initKeyPair(),
                    "Welcome",
                    info,
                    welcome.secretsFor(bundle.ref()).orElseThrow().encryptedGroupSecrets());
            GroupSecrets honest = TlsReader.decode(opened, GroupSecrets::readFrom);
            GroupSecrets forged = new GroupSecrets(honest.joinerSecret(), honest.pathSecret(), List.of(psks));
            HpkeCiphertext sealed =
                    SUITE.encryptWithLabel(bundle.keyPackage().initKey(), "Welcome", info, forged.encode(), random);
            Welcome changed = new Welcome(
                    SUITE.code(),
                    List.of(new EncryptedGroupSecrets(bundle.ref(), sealed)),
                    welcome.encryptedGroupInfo());
            byte[] message = new MlsMessage.OfWelcome(changed).encode();
            assertRefused(
                    () -> Group.join(
                            message,
                            bundle,
                            carol.signer,
                            Optional.of(commit.after().ratchetTree()),
                            carol.environment),
                    code);
        }

        @BeforeEach
        void commitWithPsk() throws MlsException {
            commit = a.commit().externalPsk(NAME).add(bundle.keyPackage()).build();
        }

        @Test
        @DisplayName("with a nonce of another length")
        void nonceLength() throws MlsException {
            assertWelcomeRefused(MlsError.INVALID_WELCOME, new PreSharedKeyId.External(NAME, Bytes.of(new byte[31])));
        }

        @Test
        @DisplayName("with the usage of a re-initialization or branch, which are joined otherwise")
        void usage() throws MlsException {
            assertWelcomeRefused(MlsError.INVALID_WELCOME, resumption(PreSharedKeyId.USAGE_REINIT, OTHER_GROUP, 0));
            assertWelcomeRefused(MlsError.INVALID_WELCOME, resumption(PreSharedKeyId.USAGE_BRANCH, OTHER_GROUP, 0));
        }

        @Test
        @DisplayName("when the same one is there twice")
        void duplicates() throws MlsException {
            PreSharedKeyId id = external();
            assertWelcomeRefused(MlsError.INVALID_WELCOME, id, id);
        }

        @Test
        @DisplayName("when they are others than the commit's, or in another order")
        void others() throws MlsException {
            assertWelcomeRefused(MlsError.DECRYPTION_FAILED);
            assertWelcomeRefused(MlsError.DECRYPTION_FAILED, external());
            PreSharedKeyId[] tooMany = new PreSharedKeyId[Limits.PRE_SHARED_KEYS_MAX + 1];
            java.util.Arrays.setAll(tooMany, i -> external());
            assertWelcomeRefused(MlsError.LIMIT, tooMany);
        }
    }
}
