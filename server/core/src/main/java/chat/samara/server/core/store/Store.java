package chat.samara.server.core.store;

/**
 * An ordered key-value store.
 *
 * <p>Reads may run while another thread is in {@link #write}; a read sees all of a batch or nothing of it, but two reads may lie on either side of
 * one. Reads that belong together are made of one {@link #snapshot}. Every method throws {@link StoreException} if the disk fails.
 */
public interface Store extends StoreReads {
    /** The rows as they are now, all of them durable. */
    Snapshot snapshot();

    /** Writes all of the batch or nothing; ranges that it deletes cost as much as a row each, however many rows lie in them. Once this returns, the batch survives a loss of power. */
    void write(WriteBatch batch);
}
