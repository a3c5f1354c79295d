package chat.samara.client.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The steps from one list to another")
class ListDiffTest {
    private record Item(int key, int version) {}

    private static List<Item> items(int... keys) {
        List<Item> items = new ArrayList<>();
        for (int key : keys) {
            items.add(new Item(key, 0));
        }
        return items;
    }

    private static List<ListChange<Item>> between(List<Item> before, List<Item> now) {
        return ListDiff.between(before, now, Item::key);
    }

    @Test
    @DisplayName("are none where nothing has changed, and one for what was added, has gone, or has changed")
    void few() {
        assertThat(between(items(1, 2, 3), items(1, 2, 3))).isEmpty();
        assertThat(between(items(1, 2), items(1, 2, 3))).containsExactly(new ListChange.Inserted<>(2, new Item(3, 0)));
        assertThat(between(items(1, 2, 3), items(1, 3))).containsExactly(new ListChange.Removed<>(1, new Item(2, 0)));
        assertThat(between(items(1, 2), List.of(new Item(1, 0), new Item(2, 1))))
                .containsExactly(new ListChange.Updated<>(1, new Item(2, 0), new Item(2, 1)));
    }

    @Test
    @DisplayName("take out and put in what stands elsewhere now, and leave all else")
    void moved() {
        assertThat(between(items(1, 2, 3, 4), items(1, 4, 2, 3)))
                .containsExactly(
                        new ListChange.Removed<>(3, new Item(4, 0)), new ListChange.Inserted<>(1, new Item(4, 0)));
    }

    @Test
    @DisplayName("lead from any list to any other, with as few of them as there can be")
    void anyLists() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 3_000; round++) {
            List<Item> before = randomList(random);
            List<Item> now = randomList(random);
            List<ListChange<Item>> changes = between(before, now);
            assertThat(ListChange.applied(before, changes)).as("seed %d", seed).isEqualTo(now);
            long moves = changes.stream()
                    .filter(change -> !(change instanceof ListChange.Updated))
                    .count();
            int kept = longestCommon(before, now);
            assertThat(moves)
                    .as("seed %d: %s to %s", seed, before, now)
                    .isEqualTo(before.size() + now.size() - 2L * kept);
        }
    }

    private static List<Item> randomList(Random random) {
        List<Integer> keys = new ArrayList<>();
        for (int key = 0; key < 9; key++) {
            if (random.nextBoolean()) {
                keys.add(key);
            }
        }
        Collections.shuffle(keys, random);
        return keys.stream().map(key -> new Item(key, random.nextInt(2))).toList();
    }

    /** By trying out what all subsets of the one look like in the other. */
    private static int longestCommon(List<Item> one, List<Item> other) {
        int longest = 0;
        for (int subset = 0; subset < 1 << one.size(); subset++) {
            List<Integer> chosen = new ArrayList<>();
            for (int i = 0; i < one.size(); i++) {
                if ((subset >> i & 1) == 1) {
                    chosen.add(one.get(i).key());
                }
            }
            Set<Integer> sought = new HashSet<>(chosen);
            List<Integer> there =
                    other.stream().map(Item::key).filter(sought::contains).toList();
            if (there.equals(chosen)) {
                longest = Math.max(longest, chosen.size());
            }
        }
        return longest;
    }
}
