package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.ExternalPub;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.welcome.GroupInfo;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A client that has lost its state comes back with nothing but a GroupInfo and a tree, and a device key that nobody has seen. */
@DisplayName("Coming back by an external commit with a new signature key")
class ResyncTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

    private final SeededRandom random = new SeededRandom(1202);
    private final TestStore store = new TestStore();
    private Group a;
    private Group b;
    private Group c;
    private PublicGroup observer;

    /** Devices of one person present one name and a certificate each, which stands behind a slash. */
    private static final class Persons extends OpenHouse {
        @Override
        public boolean acceptsSuccessor(Credential old, Credential fresh) {
            return person(old).equals(person(fresh));
        }

        private static String person(Credential credential) {
            byte[] bytes = ((Credential.Basic) credential).identity().toByteArray();
            String name = new String(bytes, StandardCharsets.UTF_8);
            return name.substring(0, name.indexOf('/'));
        }
    }

    private record Device(Credential credential, SignatureKeyPair signer, GroupEnvironment environment) {}

    private Device device(String name) {
        GroupEnvironment environment = new GroupEnvironment(
                new Persons(), random, InstantSource.fixed(Instant.ofEpochSecond(TestClient.NOW_SECONDS)));
        return new Device(Credential.basic(Bytes.ofUtf8(name)), SignatureKeyPair.generate(SUITE, random), environment);
    }

    @BeforeEach
    void threePeople() throws MlsException {
        Device alice = device("alice/1");
        GroupConfig config =
                new GroupConfig(SUITE, TestClient.GROUP_ID, List.of(), TestClient.CAPABILITIES, TestClient.LIFETIME);
        a = Group.create(config, alice.credential, alice.signer, alice.environment);
        b = added(device("bob/1"));
        c = added(device("carol/1"));
        observer = PublicGroup.of(a.groupInfo(), a.ratchetTree(), new Persons());
    }

    private Group added(Device device) throws MlsException {
        KeyPackageBundle bundle = KeyPackageBundle.generate(
                SUITE,
                device.signer,
                device.credential,
                TestClient.CAPABILITIES,
                TestClient.LIFETIME,
                List.of(),
                random);
        CommitBundle commit = a.commit().add(bundle.keyPackage()).build();
        for (Group group : b == null ? List.of(a) : List.of(a, b)) {
            TestClient.mergeAll(List.of(group), commit.commit());
        }
        return Group.join(
                commit.welcome().orElseThrow().toByteArray(),
                bundle,
                device.signer,
                Optional.of(a.ratchetTree()),
                device.environment);
    }

    private static ExternalCommitBuilder joining(Device device, byte[] groupInfo, byte[] tree) throws MlsException {
        return Group.joinExternal(groupInfo, Optional.of(tree), device.credential, device.signer, device.environment);
    }

    private static void assertJoiner(VerifiedSender.Committer sender, Device device, int oldLeaf) {
        VerifiedSender.Joiner joiner = (VerifiedSender.Joiner) sender;
        assertThat(joiner.replaced().orElseThrow().leafIndex()).isEqualTo(oldLeaf);
        assertThat(joiner.joined().credential()).isEqualTo(device.credential);
        assertThat(joiner.joined().signatureKey()).isEqualTo(device.signer.publicKey());
    }

    @Test
    @DisplayName(
            "shows members and observers who came, with which key, and in whose place; the old leaf is gone at once")
    void otherKey() throws MlsException {
        int oldLeaf = b.ownLeafIndex();
        Bytes oldKey = b.publicGroup().member(oldLeaf).orElseThrow().signatureKey();
        Device fresh = device("bob/2");
        ExternalCommit join = joining(fresh, a.groupInfo(), a.ratchetTree())
                .replacing(oldLeaf)
                .build(TestClient.CAPABILITIES);
        Bytes commit = join.bundle().commit();

        VerifiedCommit verified = (VerifiedCommit) observer.verify(commit.toByteArray());
        assertThat(verified.isExternal()).isTrue();
        assertJoiner(verified.sender(), fresh, oldLeaf);
        assertThat(verified.removed()).extracting(Member::signatureKey).containsExactly(oldKey);
        assertThat(verified.after().memberWithSignatureKey(oldKey)).isEmpty();
        assertThat(verified.after().memberWithSignatureKey(fresh.signer.publicKey()))
                .isPresent();

        StagedCommit staged = TestClient.staged(a, commit);
        assertThat(staged.isExternal()).isTrue();
        assertJoiner(staged.sender(), fresh, oldLeaf);
        assertThat(staged.removed()).extracting(Member::leafIndex).containsExactly(oldLeaf);
        assertThat(staged.confirmationTag())
                .isEqualTo(verified.confirmationTag())
                .isEqualTo(join.bundle().after().confirmationTag());
        assertThat(TestClient.staged(b, commit).selfRemoved()).isTrue();

        TestClient.mergeAll(List.of(a, c, join.group()), commit);
        byte[] message = join.group().protect(HELLO, HELLO);
        for (Group other : List.of(a, c)) {
            assertThat(TestClient.open(other, message).sender().signatureKey()).isEqualTo(fresh.signer.publicKey());
            assertThat(other.members()).hasSize(3);
        }
    }

    @Test
    @DisplayName(
            "survives a crash while its commit is on the way: it merges when it comes back, and is the new device's state")
    void crash() throws MlsException {
        Device fresh = device("bob/2");
        ExternalCommit join = joining(fresh, a.groupInfo(), a.ratchetTree())
                .replacing(b.ownLeafIndex())
                .build(TestClient.CAPABILITIES);
        store.apply(join.group().drainDelta());
        Group restored = Group.restore(store.blobs(), fresh.signer, fresh.environment);
        TestClient.mergeAll(List.of(a, c, restored), join.bundle().commit());
        store.apply(restored.drainDelta());
        Group again = Group.restore(store.blobs(), fresh.signer, fresh.environment);
        assertThat(TestClient.open(c, again.protect(HELLO, HELLO)).plaintext()).isEqualTo(Bytes.of(HELLO));
        assertThat(again.epochAuthenticator()).isEqualTo(a.epochAuthenticator());
    }

    @Test
    @DisplayName("is refused by everybody in another person's place")
    void eviction() throws MlsException {
        ExternalCommitBuilder eviction =
                joining(device("bob/2"), a.groupInfo(), a.ratchetTree()).replacing(c.ownLeafIndex());
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> eviction.build(TestClient.CAPABILITIES))
                .extracting(MlsException::code)
                .isEqualTo(MlsError.EXTERNAL_EVICTION);
    }

    @Test
    @DisplayName("is started from a GroupInfo and tree that equal what one has replayed, and from no others")
    void matches() throws MlsException {
        CommitBundle next = c.commit().build();
        PublicGroup replayed = observer.verify(next.commit().toByteArray()).after();
        byte[] oldInfo = a.groupInfo();
        byte[] oldTree = a.ratchetTree();
        assertThat(replayed.matches(next.groupInfo().toByteArray(), next.after().ratchetTree()))
                .isTrue();
        TestClient.mergeAll(List.of(a, b, c), next.commit());
        assertThat(replayed.matches(a.groupInfo(), b.ratchetTree())).isTrue();
        assertThat(a.publicGroup().matches(b.groupInfo(), b.ratchetTree())).isTrue();

        assertThat(replayed.matches(oldInfo, oldTree)).isFalse();
        assertThat(replayed.matches(a.groupInfo(), oldTree)).isFalse();
        assertThat(replayed.matches(oldInfo, a.ratchetTree())).isFalse();
        assertThat(replayed.matches(HELLO, a.ratchetTree())).isFalse();
        byte[] unsigned = a.groupInfo();
        unsigned[unsigned.length - 1] ^= 1;
        assertThat(replayed.matches(unsigned, a.ratchetTree())).isFalse();
        assertThat(replayed.matches(withTag(Bytes.of(new byte[32])), a.ratchetTree()))
                .isFalse();
        assertThat(replayed.matches(withTag(a.publicGroup().confirmationTag()), a.ratchetTree()))
                .isTrue();
    }

    /** A GroupInfo of the present epoch by Alice herself. */
    private byte[] withTag(Bytes tag) throws MlsException {
        GroupInfo signed = GroupInfo.sign(
                a.publicGroup().context(),
                List.of(ExternalPub.toExtension(a.state().secrets().externalPublicKey())),
                tag,
                a.ownLeafIndex(),
                a.signer());
        return new MlsMessage.OfGroupInfo(signed.content()).encode();
    }

    @Test
    @DisplayName(
            "lets a state that may be old only listen meanwhile: it opens and follows, makes nothing, and stays so when stored")
    void listenOnly() throws MlsException {
        store.apply(b.drainDelta());
        Device bob = new Device(
                b.publicGroup().member(b.ownLeafIndex()).orElseThrow().credential(),
                b.signer(),
                device("bob/1").environment);
        b.listenOnly();
        StateDelta delta = b.drainDelta();
        assertThat(delta.puts()).containsOnlyKeys(Bytes.ofUtf8("listen-only"));
        store.apply(delta);
        Group old = Group.restore(store.blobs(), bob.signer, bob.environment);
        assertThat(old.isListenOnly()).isTrue();
        assertThat(old.drainDelta().isEmpty()).isTrue();
        CommitBuilder begun = a.commit();
        for (ThrowingCallable making : List.<ThrowingCallable>of(
                () -> old.protect(HELLO, HELLO), () -> old.propose(new ProposalDraft.Update()), old::commit)) {
            assertThatExceptionOfType(MlsException.class)
                    .isThrownBy(making)
                    .extracting(MlsException::code)
                    .isEqualTo(MlsError.LISTEN_ONLY);
        }
        a.listenOnly();
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(begun::build)
                .extracting(MlsException::code)
                .isEqualTo(MlsError.LISTEN_ONLY);
        TestClient.mergeAll(List.of(old, c), c.commit().build().commit());
        assertThat(TestClient.open(old, c.protect(HELLO, HELLO)).plaintext()).isEqualTo(Bytes.of(HELLO));
        old.destroy();
        store.apply(old.drainDelta());
        assertThat(store.blobs()).doesNotContainKey(Bytes.ofUtf8("listen-only"));
    }
}
