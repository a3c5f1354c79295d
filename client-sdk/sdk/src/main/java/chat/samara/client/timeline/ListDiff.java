package chat.samara.client.timeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Finds the steps from one list to another, as few insertions and removals as there can be: of the items that are in both, as many stay as stand in the same
 * order in both.
 */
public final class ListDiff {
    private ListDiff() {}

    /**
     * The steps: removals from the end, then insertions and updates from the beginning.
     *
     * @param key by which an item is the same in both; no two items of one list have the same
     */
    public static <T, K> List<ListChange<T>> between(List<T> before, List<T> now, Function<T, K> key) {
        Map<K, Integer> placeNow = new HashMap<>();
        for (int i = 0; i < now.size(); i++) {
            placeNow.put(key.apply(now.get(i)), i);
        }
        int[] places = before.stream()
                .mapToInt(item -> placeNow.getOrDefault(key.apply(item), -1))
                .toArray();
        Set<Integer> staying = longestRising(places);
        List<ListChange<T>> changes = new ArrayList<>();
        List<T> list = new ArrayList<>(before);
        for (int i = before.size() - 1; i >= 0; i--) {
            if (!staying.contains(i)) {
                changes.add(new ListChange.Removed<>(i, list.remove(i)));
            }
        }
        for (int i = 0; i < now.size(); i++) {
            T item = now.get(i);
            boolean stays = i < list.size() && key.apply(list.get(i)).equals(key.apply(item));
            if (!stays) {
                list.add(i, item);
                changes.add(new ListChange.Inserted<>(i, item));
            } else if (!list.get(i).equals(item)) {
                changes.add(new ListChange.Updated<>(i, list.set(i, item), item));
            }
        }
        return changes;
    }

    /** The indices of a longest rising run of values that are not negative, which need not be neighbours. */
    private static Set<Integer> longestRising(int[] values) {
        int[] lowestEnd = new int[values.length];
        int[] endIndex = new int[values.length];
        int[] previous = new int[values.length];
        int longest = 0;
        for (int i = 0; i < values.length; i++) {
            if (values[i] >= 0) {
                int below = -Arrays.binarySearch(lowestEnd, 0, longest, values[i]) - 1;
                lowestEnd[below] = values[i];
                endIndex[below] = i;
                previous[i] = below == 0 ? -1 : endIndex[below - 1];
                longest = Math.max(longest, below + 1);
            }
        }
        Set<Integer> indices = new HashSet<>();
        for (int i = longest == 0 ? -1 : endIndex[longest - 1]; i >= 0; i = previous[i]) {
            indices.add(i);
        }
        return indices;
    }
}
