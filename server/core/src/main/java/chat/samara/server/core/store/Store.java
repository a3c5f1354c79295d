package chat.samara.server.core.store;

import java.util.Optional;

/**
 * An ordered key-value store with a column family per {@link Table}. Keys are ordered as unsigned bytes, lexicographically.
 *
 * <p>Reads may run while another thread is in {@link #write}; a read sees all of a batch or nothing of it. Every method throws
 * {@link StoreException} if the disk fails.
 */
public interface Store {
    /** The value at the key, a fresh array. */
    Optional<byte[]> get(Table table, byte[] key);

    /**
     * Visits the rows from {@code fromInclusive} up to {@code toExclusive} in the order of their keys, until the visitor says
     * stop. An empty {@code toExclusive} means up to the table's end.
     */
    void scan(Table table, byte[] fromInclusive, byte[] toExclusive, ScanVisitor visitor);

    /** Writes all of the batch or nothing. Once this returns, the batch survives a loss of power. */
    void write(WriteBatch batch);
}
