package chat.samara.server.core.batch;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Table;
import java.util.Optional;

/** A view of the store's rows, for reading; for how long it is a consistent one, whoever gives it says. */
public interface Rows {
    /** Sees the rows of a scan in the order of their keys. */
    @FunctionalInterface
    interface Visitor {
        /** One row; returns false to stop the scan. */
        boolean visit(Bytes key, Bytes value);
    }

    /** The value at the key. */
    Optional<Bytes> get(Table table, Bytes key);

    /** Visits the rows whose keys are in the range; an empty {@code toExclusive} means up to the table's end. */
    void scan(Table table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor);

    /** Visits the rows whose keys begin with the prefix. */
    default void scanPrefix(Table table, Bytes prefix, Visitor visitor) {
        scan(table, prefix, Key.after(prefix), visitor);
    }
}
