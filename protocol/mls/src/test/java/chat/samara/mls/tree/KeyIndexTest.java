package chat.samara.mls.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class KeyIndexTest {
    @Test
    @DisplayName("after random changes the index answers as a plain map of sets does, and old versions are unchanged")
    void behavesLikeAMapOfSets() {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            Map<Integer, TreeSet<Integer>> model = new HashMap<>();
            KeyField field = seed % 2 == 0 ? KeyField.ENCRYPTION_KEY : KeyField.SIGNATURE_KEY;
            KeyIndex index = KeyIndex.of(field);
            for (int step = 0; step < 2_000; step++) {
                int key = random.nextInt(60);
                int node = random.nextInt(5);
                TreeSet<Integer> nodes = model.computeIfAbsent(key, unused -> new TreeSet<>());
                KeyIndex before = index;
                int duplicatesBefore = before.duplicates();
                index = nodes.remove(node)
                        ? index.without(node(field, key), node)
                        : added(index, field, nodes, key, node);
                assertThat(before.duplicates()).isEqualTo(duplicatesBefore);
                int duplicates = model.values().stream()
                        .mapToInt(held -> Math.max(0, held.size() - 1))
                        .sum();
                assertThat(index.duplicates())
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(duplicates);
                assertThat(index.contains(key(key))).isEqualTo(!nodes.isEmpty());
                if (!nodes.isEmpty()) {
                    assertThat(index.find(key(key))).hasValue(nodes.first());
                }
            }
        }
    }

    private static KeyIndex added(KeyIndex index, KeyField field, Set<Integer> nodes, int key, int node) {
        nodes.add(node);
        return index.with(node(field, key), node);
    }

    /** Keys of which some are prefixes of others, and some so long that their length takes two bytes. */
    private static Bytes key(int key) {
        byte[] bytes = new byte[key % 3 == 0 ? 2 : key % 3 == 1 ? 3 : 70];
        bytes[0] = (byte) (key * 7);
        bytes[1] = (byte) key;
        return Bytes.of(bytes);
    }

    /** The encoding of a node, as far as the index looks at it. */
    private static byte[] node(KeyField field, int key) {
        TlsWriter writer = new TlsWriter();
        if (field == KeyField.SIGNATURE_KEY) {
            writer.opaque(key(59 - key));
        }
        return writer.opaque(key(key)).uint8(99).toByteArray();
    }

    @Test
    @DisplayName("keys in ascending order do not make it deep: a hundred thousand are found without a stack overflow")
    void staysBalanced() {
        KeyIndex index = KeyIndex.of(KeyField.ENCRYPTION_KEY);
        for (int i = 0; i < 100_000; i++) {
            index = index.with(new byte[] {3, (byte) (i >> 16), (byte) (i >> 8), (byte) i}, i);
        }
        for (int i = 0; i < 100_000; i += 997) {
            assertThat(index.find(Bytes.of((byte) (i >> 16), (byte) (i >> 8), (byte) i)))
                    .hasValue(i);
        }
    }

    @Test
    @DisplayName("forgetting what is not there is a bug of the caller")
    void unknownPairsCannotBeForgotten() {
        byte[] encoded = node(KeyField.SIGNATURE_KEY, 1);
        KeyIndex index = KeyIndex.of(KeyField.SIGNATURE_KEY).with(encoded, 1);
        assertThatThrownBy(() -> index.without(encoded, 2)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> index.with(encoded, 1)).isInstanceOf(IllegalStateException.class);
    }
}
