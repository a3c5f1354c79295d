package chat.samara.mls.secrettree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.tree.TreeMath;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The safe exporter (draft-ietf-mls-extensions, Exported Secrets)")
class ExporterTreeTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;

    private static Secret root() {
        return Secret.random(SUITE.hashBytes(), new SeededRandom(5));
    }

    private static ExporterTree tree() {
        ExporterTree tree = new ExporterTree(SUITE);
        tree.enter(root());
        return tree;
    }

    @Test
    @DisplayName("gives a component the secret at its leaf of a tree with 2^16 leaves")
    void derivation() throws MlsException {
        for (int component : new int[] {0, 1, 0x0a0a, 0x8000, 0xffff}) {
            assertThat(tree().take(component)).isEqualTo(byWalkingDown(component));
        }
    }

    /** The definition, without a tree: left or right by the bits of the component id, the highest first. */
    private static Secret byWalkingDown(int component) {
        Secret at = root();
        for (int bit = 15; bit >= 0; bit--) {
            String side = (component >> bit & 1) == 0 ? "left" : "right";
            at = SUITE.expandWithLabel(at, "tree", side.getBytes(StandardCharsets.US_ASCII), 32);
        }
        return at;
    }

    @Test
    @DisplayName("gives each secret once, and the others afterwards all the same")
    void once() throws MlsException {
        ExporterTree tree = tree();
        tree.take(7);
        assertConsumed(tree, 7);
        assertThat(tree.take(6)).isEqualTo(byWalkingDown(6));
        assertThat(tree.take(0x8000)).isEqualTo(byWalkingDown(0x8000));
        assertConsumed(tree, 6);
    }

    @Test
    @DisplayName("comes back from its stored nodes, with what was taken gone")
    void stored() throws MlsException {
        ExporterTree tree = tree();
        Map<Integer, byte[]> stored = new HashMap<>();
        store(tree, stored);
        tree.take(7);
        store(tree, stored);
        assertThat(stored).hasSize(16).doesNotContainKey(TreeMath.root(1 << 16));
        ExporterTree restored = new ExporterTree(SUITE);
        stored.forEach(restored::restoreNode);
        assertConsumed(restored, 7);
        assertThat(restored.take(8)).isEqualTo(byWalkingDown(8));
    }

    @Test
    @DisplayName("erases the old epoch's secrets and the one it starts from")
    void nextEpoch() throws MlsException {
        ExporterTree tree = tree();
        Map<Integer, byte[]> stored = new HashMap<>();
        tree.take(7);
        store(tree, stored);
        Secret next = Secret.random(32, new SeededRandom(6));
        tree.enter(next);
        store(tree, stored);
        assertThat(next.isErased()).isTrue();
        assertThat(stored).containsOnlyKeys(TreeMath.root(1 << 16));
        assertThat(tree.take(7)).isNotEqualTo(byWalkingDown(7));
        tree.erase();
        assertConsumed(tree, 8);
    }

    @Test
    @DisplayName("refuses a component that is no uint16 as a bug of the caller's")
    void range() {
        assertThatIllegalArgumentException().isThrownBy(() -> tree().take(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> tree().take(1 << 16));
    }

    private static void store(ExporterTree tree, Map<Integer, byte[]> stored) {
        for (int node : tree.drainChanges()) {
            Optional<byte[]> secret = tree.encodeNode(node);
            if (secret.isPresent()) {
                stored.put(node, secret.get());
            } else {
                stored.remove(node);
            }
        }
    }

    private static void assertConsumed(ExporterTree tree, int component) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> tree.take(component))
                .satisfies(refused -> assertThat(refused.code()).isEqualTo(MlsError.KEY_CONSUMED));
    }
}
