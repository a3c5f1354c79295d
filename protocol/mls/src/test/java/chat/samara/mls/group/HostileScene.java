package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.secrettree.RatchetId;
import chat.samara.mls.secrettree.SecretTree;
import chat.samara.mls.tree.Capabilities;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/**
 * Alice, Bob, Carol and Dave in a group, a server that observes it, and Eve outside. Bob is Mallory, too: a true member who also sends what
 * it should not. Every refusal is checked to have changed nothing, and not to keep anybody from what is genuine.
 */
final class HostileScene {
    static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    static final int ALICE = 0;
    static final int BOB = 1;
    static final int CAROL = 2;
    static final int DAVE = 3;
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

    final SeededRandom random;
    final TestClient alice;
    final TestClient bob;
    final TestClient carol;
    final TestClient dave;
    final TestClient eve;
    final Group a;
    final Group b;
    final Group c;
    final Group d;
    final HostileMember mallory;
    PublicGroup observer;

    HostileScene(long seed) throws MlsException {
        this(seed, List.of());
    }

    /** Every parent node of the group of four is set: by Alice, and on Dave's path by Dave. */
    HostileScene(long seed, List<Extension> extensions) throws MlsException {
        random = new SeededRandom(seed);
        alice = new TestClient("alice", SUITE, random);
        bob = new TestClient("bob", SUITE, random);
        carol = new TestClient("carol", SUITE, random);
        dave = new TestClient("dave", SUITE, random);
        eve = new TestClient("eve", SUITE, random);
        a = alice.found(extensions);
        List<Group> joined = TestClient.addAll(a, List.of(bob, carol, dave));
        b = joined.get(0);
        c = joined.get(1);
        d = joined.get(2);
        TestClient.mergeAll(List.of(a, b, c, d), d.commit().build().commit());
        observer = observing((credential, key) -> true);
        mallory = new HostileMember(bob, b);
        for (TestClient other : List.of(alice, carol, dave, eve)) {
            mallory.knows(other.signer);
        }
        drainAll();
    }

    /** A server with an opinion of its own on credentials. */
    PublicGroup observing(AuthenticationService authentication) throws MlsException {
        return PublicGroup.of(a.groupInfo(), a.ratchetTree(), authentication);
    }

    HostileCommit commit() {
        return new HostileCommit(mallory);
    }

    KeyPackageBundle bundle(TestClient client, Capabilities capabilities) {
        return client.bundle(capabilities, TestClient.LIFETIME);
    }

    Bytes newKey() {
        return SUITE.generateKeyPair(random).publicKey();
    }

    // ---- what everybody must do ----

    /** The server and every member refuse it, and the members know that everybody does. */
    void refused(MlsError code, byte[] message) throws MlsException {
        assertThatExceptionOfType(MlsException.class)
                .as("the observer, %s", random)
                .isThrownBy(() -> observer.verify(message))
                .extracting(MlsException::code)
                .isEqualTo(code);
        refusedBy(List.of(a, c, d), code, false, message);
    }

    /**
     * Only members can see it: an observer lets a PublicMessage pass, and the members know that it does; it cannot read a
     * PrivateMessage.
     */
    void refusedByMembers(MlsError code, byte[] message) throws MlsException {
        refusedBy(List.of(a, c, d), code, message);
    }

    /** As {@link #refusedByMembers}, by those who can see it. */
    void refusedBy(List<Group> groups, MlsError code, byte[] message) throws MlsException {
        boolean isPublic = MlsMessage.decode(message).wireFormat() == WireFormat.PUBLIC_MESSAGE;
        if (isPublic) {
            observer.verify(message);
        }
        refusedBy(groups, code, isPublic, message);
    }

    private void refusedBy(List<Group> groups, MlsError code, boolean isSecretOnly, byte[] message)
            throws MlsException {
        for (Group group : groups) {
            Map<String, Bytes> before = stateOf(group);
            assertThatExceptionOfType(MlsException.class)
                    .as("leaf %d, %s", group.ownLeafIndex(), random)
                    .isThrownBy(() -> group.process(message))
                    .satisfies(refusal -> {
                        assertThat(refusal.code()).isEqualTo(code);
                        assertThat(refusal.isSecretOnly()).isEqualTo(isSecretOnly);
                    });
            assertThat(group.drainDelta().isEmpty())
                    .as("nothing to store after a refusal")
                    .isTrue();
            assertThat(stateOf(group)).isEqualTo(before);
        }
        genuineStillWorks(groups);
    }

    private void assertCode(MlsError code, String who, ThrowingCallable call) {
        assertThatExceptionOfType(MlsException.class)
                .as("%s, %s", who, random)
                .isThrownBy(call)
                .extracting(MlsException::code)
                .isEqualTo(code);
    }

    /** Nobody is kept from a genuine message and a genuine commit, which is verified and not merged. */
    private void genuineStillWorks(List<Group> groups) throws MlsException {
        byte[] hello = b.hasPendingProposals() ? new byte[0] : b.protect(HELLO, new byte[0]);
        Bytes commit = b.commit().includePendingProposals(false).build().commit();
        for (Group group : groups) {
            if (hello.length > 0) {
                assertThat(TestClient.open(group, hello).plaintext()).isEqualTo(Bytes.of(HELLO));
            }
            assertThat(TestClient.staged(group, commit).committerLeaf()).isEqualTo(BOB);
        }
        observer.verify(commit.toByteArray());
        b.clearPendingCommit();
        drainAll();
    }

    /** The positive control: everybody takes the commit, and agrees on the epoch that it starts. */
    void accepted(byte[] commit) throws MlsException {
        List<Group> others = List.of(a, c, d);
        if (MlsMessage.decode(commit).wireFormat() == WireFormat.PUBLIC_MESSAGE) {
            observer = observer.verify(commit).after();
            TestClient.mergeAll(others, Bytes.of(commit));
            assertThat(observer.encode()).isEqualTo(a.publicGroup().encode());
        } else {
            TestClient.mergeAll(others, Bytes.of(commit));
        }
        for (Group other : others) {
            assertThat(other.epochAuthenticator()).isEqualTo(a.epochAuthenticator());
        }
    }

    /** At the end, whatever was refused: everybody follows a genuine commit to one epoch. */
    void everybodyGoesOn() throws MlsException {
        List<Group> all = List.of(a, b, c, d);
        Bytes commit = a.commit().includePendingProposals(false).build().commit();
        TestClient.mergeAll(all, commit);
        observer = observer.verify(commit.toByteArray()).after();
        for (Group group : all) {
            assertThat(group.epochAuthenticator()).isEqualTo(a.epochAuthenticator());
        }
    }

    /** A proposal by the hostile member that everybody accepts, to be committed by reference. */
    Bytes sent(HostileMember by, chat.samara.mls.proposal.Proposal proposal) throws MlsException {
        byte[] message = by.propose(proposal);
        VerifiedProposal verified = (VerifiedProposal) observer.verify(message);
        observer = verified.after();
        for (Group group : List.of(a, b, c, d)) {
            group.process(message);
        }
        drainAll();
        return verified.ref();
    }

    // ---- joining ----

    /** The joiner refuses the Welcome, and is not kept from a genuine one. */
    void joinRefused(MlsError code, byte[] welcome, TestClient joiner, KeyPackageBundle bundle) throws MlsException {
        assertCode(
                code,
                "the joiner",
                () -> Group.join(welcome, bundle, joiner.signer, Optional.empty(), joiner.environment));
        assertThat(bundle.initKeyPair().privateKey().isErased()).isFalse();
        assertThat(bundle.encryptionKeyPair().privateKey().isErased()).isFalse();
    }

    Group join(byte[] welcome, TestClient joiner, KeyPackageBundle bundle) throws MlsException {
        return Group.join(welcome, bundle, joiner.signer, Optional.empty(), joiner.environment);
    }

    // ---- state ----

    private void drainAll() {
        for (Group group : List.of(a, b, c, d)) {
            group.drainDelta();
        }
    }

    /** All that a group holds, as it would be stored; to be called when there is nothing left to store. */
    static Map<String, Bytes> stateOf(Group group) {
        Map<String, Bytes> all = new TreeMap<>();
        GroupState state = group.state();
        new StateStorage(state).drain().puts().forEach((key, value) -> all.put("stored " + key, value));
        SecretTree secrets = state.secretTree();
        int leafPlaces = state.publicGroup().tree().leafPlaces();
        for (int node = 0; node < 2 * leafPlaces - 1; node++) {
            int at = node;
            secrets.encodeNode(node).ifPresent(secret -> all.put("node " + at, Bytes.of(secret)));
        }
        for (int leaf = 0; leaf < leafPlaces; leaf++) {
            for (RatchetId.Kind kind : RatchetId.Kind.values()) {
                RatchetId id = new RatchetId(leaf, kind);
                secrets.encodeRatchet(id).ifPresent(ratchet -> all.put("ratchet " + id, Bytes.of(ratchet)));
            }
        }
        all.put("epoch", Bytes.ofUtf8(Long.toUnsignedString(group.epoch())));
        return all;
    }
}
