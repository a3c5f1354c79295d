package chat.samara.mls.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
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
            KeyIndex index = KeyIndex.EMPTY;
            for (int step = 0; step < 2_000; step++) {
                int key = random.nextInt(60);
                int node = random.nextInt(5);
                TreeSet<Integer> nodes = model.computeIfAbsent(key, unused -> new TreeSet<>());
                KeyIndex before = index;
                int duplicatesBefore = before.duplicates();
                index = nodes.remove(node) ? index.without(bytes(key), node) : added(index, nodes, key, node);
                assertThat(before.duplicates()).isEqualTo(duplicatesBefore);
                int duplicates = model.values().stream()
                        .mapToInt(held -> Math.max(0, held.size() - 1))
                        .sum();
                assertThat(index.duplicates())
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(duplicates);
                assertThat(index.contains(bytes(key))).isEqualTo(!nodes.isEmpty());
                if (!nodes.isEmpty()) {
                    assertThat(index.find(bytes(key))).hasValue(nodes.first());
                }
            }
        }
    }

    private static KeyIndex added(KeyIndex index, Set<Integer> nodes, int key, int node) {
        nodes.add(node);
        return index.with(bytes(key), node);
    }

    private static Bytes bytes(int key) {
        return Bytes.of((byte) (key * 7), (byte) key);
    }

    @Test
    @DisplayName("keys in ascending order do not make it deep: a hundred thousand are found without a stack overflow")
    void staysBalanced() {
        KeyIndex index = KeyIndex.EMPTY;
        for (int i = 0; i < 100_000; i++) {
            index = index.with(Bytes.of((byte) (i >> 16), (byte) (i >> 8), (byte) i), i);
        }
        for (int i = 0; i < 100_000; i += 997) {
            assertThat(index.find(Bytes.of((byte) (i >> 16), (byte) (i >> 8), (byte) i)))
                    .hasValue(i);
        }
    }

    @Test
    @DisplayName("forgetting what is not there is a bug of the caller")
    void unknownPairsCannotBeForgotten() {
        KeyIndex index = KeyIndex.EMPTY.with(bytes(1), 1);
        assertThatThrownBy(() -> index.without(bytes(1), 2)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> index.with(bytes(1), 1)).isInstanceOf(IllegalStateException.class);
    }
}
