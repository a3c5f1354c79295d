package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.HostileSeal;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.secrettree.RatchetId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Between processing a commit and merging it a member may store its state and crash: it must find its way into the epoch after that. */
@DisplayName("A commit in a PrivateMessage")
class EncryptedCommitTest {
    private HostileScene scene;
    private Group a;

    @BeforeEach
    void fourMembers() throws MlsException {
        scene = new HostileScene(919);
        a = scene.a;
    }

    /** Sealed with the key of one generation of Bob's handshake ratchet. */
    private byte[] sealed(HostileCommit commit, int generation) throws MlsException {
        return new HostileSeal(scene.b.state().messageKeys(), HostileScene.BOB, generation, scene.random)
                .seal(commit.encrypted().made().content(), new byte[0]);
    }

    private byte[] proposal(int generation) throws MlsException {
        return new HostileSeal(scene.b.state().messageKeys(), HostileScene.BOB, generation, scene.random)
                .seal(
                        scene.mallory.sign(
                                WireFormat.PRIVATE_MESSAGE,
                                new Content.OfProposal(new Proposal.Remove(HostileScene.DAVE)),
                                HostileScene.BOB),
                        new byte[0]);
    }

    private static void assertRefused(Group group, MlsError code, byte[] message) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> group.process(message))
                .extracting(MlsException::code)
                .isEqualTo(code);
    }

    /** Alice, all of whose state is stored, and Bob, who commits in PrivateMessages. */
    private final class Two {
        final TestClient alice = new TestClient("alice", HostileScene.SUITE, scene.random);
        final TestClient bob = new TestClient("bob", HostileScene.SUITE, scene.random);
        final Group a = alice.found();
        final Group b = TestClient.addAll(a, List.of(bob)).get(0);

        Two() throws MlsException {
            store();
        }

        void store() {
            alice.store.apply(a.drainDelta());
        }

        Group restored() throws MlsException {
            return Group.restore(alice.store.blobs(), alice.signer, alice.environment);
        }

        byte[] commit() throws MlsException {
            return new HostileCommit(new HostileMember(bob, b)).encrypted().message();
        }
    }

    @Test
    @DisplayName("that was processed and stored, but not merged before a crash, can be processed again and merged")
    void crashBeforeMerge() throws MlsException {
        Two two = new Two();
        byte[] commit = two.commit();
        TestClient.staged(two.a, Bytes.of(commit));
        two.store();
        Group restored = two.restored();
        StagedCommit again = TestClient.staged(restored, Bytes.of(commit));
        TestClient.mergeAll(List.of(two.a), Bytes.of(commit));
        restored.merge(again);
        assertThat(restored.epochAuthenticator()).isEqualTo(two.a.epochAuthenticator());
    }

    @Test
    @DisplayName("changes nothing that is stored until it is merged; then its key is gone, in memory and in the store")
    void consumedByMerge() throws MlsException {
        Two two = new Two();
        StagedCommit staged = TestClient.staged(two.a, Bytes.of(two.commit()));
        assertThat(two.a.drainDelta().isEmpty()).isTrue();
        long before = two.a.epoch();
        two.a.merge(staged);
        two.store();
        RatchetId handshakes = new RatchetId(HostileScene.BOB, RatchetId.Kind.HANDSHAKE);
        for (Group group : List.of(two.a, two.restored())) {
            PastEpoch past = group.state().past().find(before).orElseThrow();
            assertThatExceptionOfType(MlsException.class)
                    .isThrownBy(() -> past.secretTree().peek(handshakes, 0))
                    .extracting(MlsException::code)
                    .isEqualTo(MlsError.KEY_CONSUMED);
        }
    }

    @Test
    @DisplayName("is consumed by whatever ends the epoch, be it another commit")
    void consumedByAnother() throws MlsException {
        TestClient.staged(a, Bytes.of(sealed(scene.commit(), 3)));
        long before = a.epoch();
        TestClient.mergeAll(List.of(a), scene.c.commit().build().commit());
        RatchetId handshakes = new RatchetId(HostileScene.BOB, RatchetId.Kind.HANDSHAKE);
        PastEpoch past = a.state().past().find(before).orElseThrow();
        assertThat(past.secretTree().nextGeneration(handshakes)).isEqualTo(4);
    }

    @Test
    @DisplayName("is opened again as often as one likes, and its key opens no other message")
    void oneCiphertextForAKey() throws MlsException {
        byte[] first = sealed(scene.commit(), 5);
        byte[] second = sealed(scene.commit(), 5);
        for (int i = 0; i < 3; i++) {
            assertThat(TestClient.staged(a, Bytes.of(first)).committerLeaf()).isEqualTo(HostileScene.BOB);
            assertRefused(a, MlsError.KEY_CONSUMED, second);
            assertRefused(a, MlsError.KEY_CONSUMED, proposal(5));
        }
        a.process(proposal(4));
        a.process(proposal(6));
        assertRefused(a, MlsError.KEY_CONSUMED, proposal(6));
        assertRefused(a, MlsError.KEY_CONSUMED, second);
        a.merge(TestClient.staged(a, Bytes.of(first)));
    }

    @Test
    @DisplayName("whose key has fallen out of the window meanwhile takes no other key with it when it is merged")
    void outOfWindow() throws MlsException {
        int far = Limits.SKIPPED_KEYS_MAX + 100;
        StagedCommit staged = TestClient.staged(a, Bytes.of(sealed(scene.commit(), 5)));
        a.process(proposal(far));
        long before = a.epoch();
        a.merge(staged);
        PastEpoch past = a.state().past().find(before).orElseThrow();
        RatchetId handshakes = new RatchetId(HostileScene.BOB, RatchetId.Kind.HANDSHAKE);
        assertThat(past.secretTree().nextGeneration(handshakes)).isEqualTo(far + 1);
    }

    @Test
    @DisplayName("that is refused, for its path secrets say, leaves its key for the genuine one, as every refusal does")
    void refused() throws MlsException {
        assertRefused(a, MlsError.KEY_MISMATCH, sealed(scene.commit().sealed((node, secret) -> new byte[32]), 0));
        TestClient.mergeAll(List.of(a), Bytes.of(sealed(scene.commit(), 0)));
    }

    @Test
    @DisplayName(
            "is one of a bounded number that is remembered: of more, the oldest can be merged still, and opened no more")
    void bounded() throws MlsException {
        List<byte[]> commits = new ArrayList<>();
        for (int generation = 0; generation <= Limits.OPENED_COMMITS_MAX; generation++) {
            commits.add(sealed(scene.commit(), generation));
        }
        StagedCommit oldest = TestClient.staged(a, Bytes.of(commits.get(0)));
        for (byte[] commit : commits.subList(1, commits.size())) {
            TestClient.staged(a, Bytes.of(commit));
        }
        assertRefused(a, MlsError.KEY_CONSUMED, commits.get(0));
        assertThat(TestClient.staged(a, Bytes.of(commits.get(1))).own()).isFalse();
        a.merge(oldest);
    }
}
