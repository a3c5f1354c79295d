package chat.samara.mls.secrettree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A secret tree (RFC 9420 §9)")
class SecretTreeTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final RatchetId ID = new RatchetId(5, RatchetId.Kind.APPLICATION);

    private static SecretTree tree() {
        return SecretTree.of(SUITE, 8, Secret.random(32, new SeededRandom(3)));
    }

    @Test
    @DisplayName("gives sender and receiver the same keys, in whatever order they come")
    void outOfOrder() throws MlsException {
        SecretTree sender = tree();
        SecretTree receiver = tree();
        List<MessageKey> sent = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sent.add(sender.take(ID));
        }
        for (int i : new int[] {7, 3, 19, 0, 12, 1}) {
            assertThat(receiver.peek(ID, i)).isEqualTo(sent.get(i));
            receiver.consume(ID, i);
        }
        assertThat(receiver.peek(ID, 18)).isEqualTo(sent.get(18));
    }

    @Test
    @DisplayName("changes nothing when a key is only looked at")
    void peekChangesNothing() throws MlsException {
        SecretTree tree = tree();
        tree.drainChanges();
        MessageKey first = tree.peek(ID, 9);
        assertThat(tree.peek(ID, 9)).isEqualTo(first);
        assertThat(tree.peek(ID, 0)).isNotEqualTo(first);
        SecretTree.Changes changes = tree.drainChanges();
        assertThat(changes.nodes()).isEmpty();
        assertThat(changes.ratchets()).isEmpty();
        assertThat(tree.nodeSecretsHeld()).isEqualTo(1);
    }

    @Test
    @DisplayName("gives a key once: a second use is refused")
    void consumedKey() throws MlsException {
        SecretTree tree = tree();
        tree.consume(ID, 4);
        assertRefused(() -> tree.peek(ID, 4), MlsError.KEY_CONSUMED);
        tree.peek(ID, 3);
        tree.consume(ID, 3);
        assertRefused(() -> tree.peek(ID, 3), MlsError.KEY_CONSUMED);
        SecretTree sender = tree();
        sender.take(ID);
        assertRefused(() -> sender.peek(ID, 0), MlsError.KEY_CONSUMED);
    }

    @Test
    @DisplayName("refuses a generation too far ahead, up to the largest uint32 (RFC 9420 §15.3)")
    void tooFarAhead() throws MlsException {
        SecretTree tree = tree();
        tree.peek(ID, Limits.RATCHET_FORWARD_STEPS_MAX);
        assertRefused(() -> tree.peek(ID, Limits.RATCHET_FORWARD_STEPS_MAX + 1), MlsError.GENERATION_TOO_FAR);
        assertRefused(() -> tree.peek(ID, Integer.MAX_VALUE), MlsError.GENERATION_TOO_FAR);
        assertRefused(() -> tree.peek(ID, -1), MlsError.GENERATION_TOO_FAR);
        tree.consume(ID, 10);
        tree.peek(ID, 11 + Limits.RATCHET_FORWARD_STEPS_MAX);
        assertRefused(() -> tree.peek(ID, 12 + Limits.RATCHET_FORWARD_STEPS_MAX), MlsError.GENERATION_TOO_FAR);
    }

    @Test
    @DisplayName("keeps the keys of skipped messages up to its limit, the newest")
    void skippedKeys() throws MlsException {
        SecretTree tree = tree();
        int last = Limits.SKIPPED_KEYS_MAX + 10;
        tree.consume(ID, last);
        assertRefused(() -> tree.peek(ID, 9), MlsError.KEY_GIVEN_UP);
        tree.peek(ID, 10);
        tree.peek(ID, last - 1);
        tree.consume(ID, 10);
        assertRefused(() -> tree.peek(ID, 10), MlsError.KEY_CONSUMED);

        SecretTree restored = SecretTree.empty(SUITE, 8);
        restored.restoreRatchet(ID, tree.encodeRatchet(ID).orElseThrow());
        assertRefused(() -> restored.peek(ID, 9), MlsError.KEY_GIVEN_UP);
        assertRefused(() -> restored.peek(ID, 10), MlsError.KEY_CONSUMED);
        restored.peek(ID, 11);
    }

    @Test
    @DisplayName("says before how many unused keys the use of one would give up")
    void keysGivenUp() throws MlsException {
        SecretTree tree = tree();
        int most = Limits.SKIPPED_KEYS_MAX;
        assertThat(tree.keysGivenUpBy(ID, most)).isZero();
        assertThat(tree.keysGivenUpBy(ID, most + 7)).isEqualTo(7);
        assertThat(tree.keysGivenUpBy(ID, Limits.RATCHET_FORWARD_STEPS_MAX + 1)).isZero();
        assertThat(tree.keysGivenUpBy(ID, -1)).isZero();
        tree.consume(ID, most);
        assertThat(tree.keysGivenUpBy(ID, 3)).isZero();
        assertThat(tree.keysGivenUpBy(ID, most + 1)).isZero();
        assertThat(tree.keysGivenUpBy(ID, most + 2)).isOne();
        assertThat(tree.keysGivenUpBy(ID, most + 2 + Limits.RATCHET_FORWARD_STEPS_MAX))
                .isZero();
        assertThat(tree.keysGivenUpBy(ID, -1)).isZero();
        tree.consume(ID, 3);
        assertThat(tree.keysGivenUpBy(ID, most + 2)).isZero();
        tree.peek(ID, 0);
        tree.consume(ID, most + 3);
        assertRefused(() -> tree.peek(ID, 0), MlsError.KEY_GIVEN_UP);
        tree.peek(ID, 1);
    }

    @Test
    @DisplayName("erases every secret between the root and a sender's leaf, and keeps their siblings (RFC 9420 §9.2)")
    void deletionSchedule() throws MlsException {
        SecretTree tree = tree();
        tree.take(ID);
        // Leaf 5 is node 10; on its way down from root 7: 11, 9. Their siblings: 3, 13, 8.
        for (int erased : new int[] {7, 11, 9, 10}) {
            assertThat(tree.encodeNode(erased)).as("node %d", erased).isEmpty();
        }
        for (int kept : new int[] {3, 13, 8}) {
            assertThat(tree.encodeNode(kept)).as("node %d", kept).isPresent();
        }
        assertThat(tree.nodeSecretsHeld()).isEqualTo(3);
    }

    @Test
    @DisplayName("overwrites the encryption secret that it is made from")
    void erasesItsRoot() {
        Secret root = Secret.random(32, new SeededRandom(3));
        SecretTree.of(SUITE, 8, root);
        assertThat(root.isErased()).isTrue();
    }

    @Test
    @DisplayName("is restored from its nodes and ratchets, skipped keys among them")
    void restored() throws MlsException {
        SecretTree tree = tree();
        RatchetId other = new RatchetId(0, RatchetId.Kind.HANDSHAKE);
        tree.consume(ID, 6);
        tree.consume(ID, 2);
        tree.take(other);
        SecretTree restored = SecretTree.empty(SUITE, 8);
        SecretTree.Changes changes = tree.drainChanges();
        for (int node : changes.nodes()) {
            tree.encodeNode(node).ifPresent(secret -> restored.restoreNode(node, secret));
        }
        for (RatchetId id : changes.ratchets()) {
            restored.restoreRatchet(id, tree.encodeRatchet(id).orElseThrow());
        }
        assertThat(restored.peek(ID, 3)).isEqualTo(tree.peek(ID, 3));
        assertThat(restored.peek(ID, 7)).isEqualTo(tree.peek(ID, 7));
        assertRefused(() -> restored.peek(ID, 2), MlsError.KEY_CONSUMED);
        assertThat(restored.take(other)).isEqualTo(tree.take(other));
        RatchetId untouched = new RatchetId(2, RatchetId.Kind.APPLICATION);
        assertThat(restored.peek(untouched, 0)).isEqualTo(tree.peek(untouched, 0));
    }

    @Test
    @DisplayName("reports after a message just its ratchet as changed")
    void changes() throws MlsException {
        SecretTree tree = tree();
        tree.take(ID);
        tree.drainChanges();
        tree.take(ID);
        SecretTree.Changes changes = tree.drainChanges();
        assertThat(changes.nodes()).isEmpty();
        assertThat(changes.ratchets()).containsExactly(ID);
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(call)
                .extracting(MlsException::code)
                .isEqualTo(code);
    }
}
