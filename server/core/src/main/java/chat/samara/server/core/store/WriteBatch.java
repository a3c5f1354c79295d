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
 * Puts and deletes that reach the disk together. At most one change a key: the last one wins. Whole ranges that are deleted come before all changes
 * of single keys: what is put into one afterwards stays. Iterates in the order of tables, ranges and keys, so the same changes always give
 * the same batch. Not thread-safe; once handed to a {@link Store}, nobody changes it.
 */
public final class WriteBatch {
    private final Map<Table, NavigableMap<Bytes, Optional<Bytes>>> changes = new EnumMap<>(Table.class);
    private final Map<Table, List<DeleteRange>> ranges = new EnumMap<>(Table.class);
    private long sizeBytes;

    /** Tables of the ranges that were deleted since the last {@link #keep}, latest last. */
    private final List<Table> rangesUndo = new ArrayList<>();

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

    /**
     * All rows of the range are gone, however many there are: it costs as much as one row.
     *
     * @param toExclusive not empty
     */
    public record DeleteRange(Table table, Bytes fromInclusive, Bytes toExclusive) implements Change {
        public DeleteRange {
            if (toExclusive.compareTo(fromInclusive) <= 0) {
                throw new IllegalArgumentException("a range from " + fromInclusive + " to " + toExclusive
                        + ", expected one that ends behind its start");
            }
        }

        @Override
        public Bytes key() {
            return fromInclusive;
        }

        /** Whether the key lies in the range. */
        public boolean contains(Bytes key) {
            return key.compareTo(fromInclusive) >= 0 && key.compareTo(toExclusive) < 0;
        }
    }

    /** Sets the row's value. */
    public void put(Table table, Bytes key, Bytes value) {
        change(table, key, Optional.of(value));
    }

    /** Removes the row, if there is one. */
    public void delete(Table table, Bytes key) {
        change(table, key, Optional.empty());
    }

    /** Removes all rows from one key on to before another, which is not empty. */
    public void deleteRange(Table table, Bytes fromInclusive, Bytes toExclusive) {
        DeleteRange range = new DeleteRange(table, fromInclusive, toExclusive);
        changes(table, fromInclusive, toExclusive).forEach(put -> delete(table, put.key()));
        ranges.computeIfAbsent(table, it -> new ArrayList<>()).add(range);
        rangesUndo.add(table);
        sizeBytes += fromInclusive.size() + toExclusive.size();
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
        rangesUndo.clear();
        keptSizeBytes = sizeBytes;
    }

    /** Takes back what was changed since {@link #keep}, or since the beginning. */
    public void undo() {
        for (int i = undo.size() - 1; i >= 0; i--) {
            takeBack(undo.get(i));
        }
        undo.clear();
        rangesUndo.forEach(this::takeBackRange);
        rangesUndo.clear();
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

    private void takeBackRange(Table table) {
        List<DeleteRange> deleted = ranges(table);
        deleted.remove(deleted.size() - 1);
        if (deleted.isEmpty()) {
            ranges.remove(table);
        }
    }

    /** The ranges of the table that are deleted, whatever is put into them afterwards. */
    public List<DeleteRange> ranges(Table table) {
        return ranges.getOrDefault(table, List.of());
    }

    private boolean isInRange(Table table, Bytes key) {
        return !ranges.isEmpty() && ranges(table).stream().anyMatch(range -> range.contains(key));
    }

    /** The row's change in this batch: absent if there is none, an empty value if it is deleted. */
    public Optional<Change> change(Table table, Bytes key) {
        Optional<Bytes> value = rows(table).get(key);
        if (value == null) {
            return isInRange(table, key) ? Optional.of(new Delete(table, key)) : Optional.empty();
        }
        return Optional.of(toChange(table, key, value));
    }

    /** The changes of single keys of the range in the order of keys, as {@link Store#scan} bounds it. */
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

    /** All changes, ranges first, in the order of tables and keys. */
    public List<Change> changes() {
        List<Change> all = new ArrayList<>();
        ranges.values().forEach(all::addAll);
        changes.forEach((table, rows) -> rows.forEach((key, value) -> all.add(toChange(table, key, value))));
        return all;
    }

    /** Whether nothing changes. */
    public boolean isEmpty() {
        return changes.isEmpty() && ranges.isEmpty();
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
