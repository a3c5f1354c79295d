package chat.samara.server.core.store;

import java.util.Optional;

/**
 * Rows in column families, one a {@link Table}, to be read. Keys are ordered as unsigned bytes, lexicographically. Every method throws
 * {@link StoreException} if the disk fails.
 */
public interface StoreReads {
    /** The value at the key, a fresh array. */
    Optional<byte[]> get(Table table, byte[] key);

    /**
     * Visits the rows from {@code fromInclusive} up to {@code toExclusive} in the order of their keys, until the visitor says
     * stop. An empty {@code toExclusive} means up to the table's end.
     */
    void scan(Table table, byte[] fromInclusive, byte[] toExclusive, ScanVisitor visitor);
}
