package chat.samara.server.core.batch;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.store.Table;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Rows of the store, read once and not again and again: each step of an event checks for itself what it stands on, and some tables are asked with each
 * message and seldom written. What was read, also that there is no row, is remembered until the piece of work ends ({@link #forget}); rows of those
 * tables for longer, until they are written ({@link #written}). What is not durable yet lies over the store and is not asked for here.
 */
final class RememberedRows implements Rows {
    /** Who may read and say something in which channel; which servers have members in it. */
    private static final Set<Table> LASTING = EnumSet.of(Table.READER, Table.FOLLOWER);

    private final Rows rows;
    private final Map<Row, Bytes> lasting = new LinkedHashMap<>(16, 0.75f, true);
    private Map<Row, Optional<Bytes>> ofThisWork = new HashMap<>();

    private record Row(Table table, Bytes key) {}

    RememberedRows(Rows rows) {
        this.rows = rows;
    }

    /** The piece of work ends. */
    void forget() {
        if (!ofThisWork.isEmpty()) {
            // To clear one that an event with many rows has made large costs all the small ones after it as much.
            ofThisWork = new HashMap<>();
        }
    }

    /** A row gets another value, or none. */
    void written(Table table, Bytes key) {
        if (LASTING.contains(table)) {
            lasting.remove(new Row(table, key));
        }
    }

    /** Of the tables whose rows are remembered for longer, each row is written by itself. */
    void requireForgets(Table table) {
        if (LASTING.contains(table)) {
            throw new IllegalStateException("many rows of " + table + " at once, expected " + LASTING + " row by row");
        }
    }

    @Override
    public Optional<Bytes> get(Table table, Bytes key) {
        Row row = new Row(table, key);
        Bytes known = lasting.get(row);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<Bytes> before = ofThisWork.get(row);
        if (before != null) {
            return before;
        }
        Optional<Bytes> read = rows.get(table, key);
        remember(row, read);
        return read;
    }

    private void remember(Row row, Optional<Bytes> read) {
        if (read.map(Bytes::size).orElse(0) > Limits.ROW_REMEMBERED_BYTES_MAX) {
            return;
        }
        if (read.isPresent() && LASTING.contains(row.table)) {
            lasting.put(row, read.get());
            if (lasting.size() > Limits.ROWS_REMEMBERED_MAX) {
                lasting.remove(lasting.keySet().iterator().next());
            }
        } else if (ofThisWork.size() < Limits.ROWS_REMEMBERED_MAX) {
            ofThisWork.put(row, read);
        }
    }

    @Override
    public void scan(Table table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        rows.scan(table, fromInclusive, toExclusive, visitor);
    }
}
