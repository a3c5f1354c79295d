package chat.samara.client.timeline;

import java.util.ArrayList;
import java.util.List;

/**
 * One step from a list to the next. Steps are taken in their order, each on what the one before has left.
 *
 * @param <T> what is listed
 */
public sealed interface ListChange<T> {
    /** An item is new at this index. */
    record Inserted<T>(int index, T item) implements ListChange<T> {}

    /** The item at this index is not listed any more, or is inserted elsewhere in the same update. */
    record Removed<T>(int index, T item) implements ListChange<T> {}

    /** The item at this index has changed, and is the same one by its key. */
    record Updated<T>(int index, T before, T now) implements ListChange<T> {}

    /** The list after these steps; the one before is left as it is. */
    static <T> List<T> applied(List<T> before, List<ListChange<T>> changes) {
        List<T> list = new ArrayList<>(before);
        for (ListChange<T> change : changes) {
            if (change instanceof Inserted<T> inserted) {
                list.add(inserted.index(), inserted.item());
            } else if (change instanceof Removed<T> removed) {
                list.remove(removed.index());
            } else if (change instanceof Updated<T> updated) {
                list.set(updated.index(), updated.now());
            }
        }
        return List.copyOf(list);
    }
}
