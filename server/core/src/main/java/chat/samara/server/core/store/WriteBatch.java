package chat.samara.server.core.store;

import chat.samara.mls.codec.Bytes;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Puts and deletes that reach the disk together. At most one change a key: the last one wins. Iterates in the order of tables
 * and keys, so the same changes always give the same batch. Not thread-safe; once handed to a {@link Store}, nobody changes it.
 */
public final class WriteBatch {
    private final Map<Table, NavigableMap<Bytes, Optional<Bytes>>> changes = new EnumMap<>(Table.class);
    private long sizeBytes;

    /** What undoes the changes since the last {@link #keep}, latest last. */
    private final List<Undo> undo = new ArrayList<>();

    private long keptSizeBytes;

    /** @param before what the batch had for the row; empty if nothing */
    private record Undo(Table table, Bytes key, Optional<Optional<Bytes>> before) {}

    /** One change. */
    public sealed interface Change {
        /** Where. */
        Table table();

        /** Which row. */
        Bytes key();
    }

    /** The row has this value now. */
    public record Put(Table table, Bytes key, Bytes value) implements Change {}

    /** The row is gone. */
    public record Delete(Table table, Bytes key) implements Change {}

    /** Sets the row's value. */
    public void put(Table table, Bytes key, Bytes value) {
        change(table, key, Optional.of(value));
    }

    /** Removes the row, if there is one. */
    public void delete(Table table, Bytes key) {
        change(table, key, Optional.empty());
    }

    private void change(Table table, Bytes key, Optional<Bytes> value) {
        Optional<Bytes> before =
                changes.computeIfAbsent(table, t -> new TreeMap<>()).put(key, value);
        undo.add(new Undo(table, key, Optional.ofNullable(before)));
        sizeBytes += key.size() + value.map(Bytes::size).orElse(0);
    }

    /** What was changed so far is not undone any more. */
    public void keep() {
        undo.clear();
        keptSizeBytes = sizeBytes;
    }

    /** Takes back what was changed since {@link #keep}, or since the beginning. */
    public void undo() {
        for (int i = undo.size() - 1; i >= 0; i--) {
            takeBack(undo.get(i));
        }
        undo.clear();
        sizeBytes = keptSizeBytes;
    }

    private void takeBack(Undo change) {
        NavigableMap<Bytes, Optional<Bytes>> rows = rows(change.table);
        if (change.before.isPresent()) {
            rows.put(change.key, change.before.get());
        } else {
            rows.remove(change.key);
        }
        if (rows.isEmpty()) {
            changes.remove(change.table);
        }
    }

    /** The row's change in this batch: absent if there is none, an empty value if it is deleted. */
    public Optional<Change> change(Table table, Bytes key) {
        Optional<Bytes> value = rows(table).get(key);
        return value == null ? Optional.empty() : Optional.of(toChange(table, key, value));
    }

    /** The changes of the range in the order of keys, as {@link Store#scan} bounds it. */
    public List<Change> changes(Table table, Bytes fromInclusive, Bytes toExclusive) {
        NavigableMap<Bytes, Optional<Bytes>> range = rows(table).tailMap(fromInclusive, true);
        if (!toExclusive.isEmpty()) {
            if (toExclusive.compareTo(fromInclusive) <= 0) {
                return List.of();
            }
            range = range.headMap(toExclusive, false);
        }
        List<Change> found = new ArrayList<>(range.size());
        range.forEach((key, value) -> found.add(toChange(table, key, value)));
        return found;
    }

    /** All changes, in the order of tables and keys. */
    public List<Change> changes() {
        List<Change> all = new ArrayList<>();
        changes.forEach((table, rows) -> rows.forEach((key, value) -> all.add(toChange(table, key, value))));
        return all;
    }

    /** Whether nothing changes. */
    public boolean isEmpty() {
        return changes.isEmpty();
    }

    /** About how many bytes of keys and values were put into it. */
    public long sizeBytes() {
        return sizeBytes;
    }

    private NavigableMap<Bytes, Optional<Bytes>> rows(Table table) {
        NavigableMap<Bytes, Optional<Bytes>> rows = changes.get(table);
        return rows == null ? new TreeMap<>() : rows;
    }

    private static Change toChange(Table table, Bytes key, Optional<Bytes> value) {
        return value.<Change>map(v -> new Put(table, key, v)).orElseGet(() -> new Delete(table, key));
    }
}
