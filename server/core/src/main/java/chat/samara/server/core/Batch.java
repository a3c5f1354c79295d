package chat.samara.server.core;

import chat.samara.server.core.store.WriteBatch;

/**
 * A closed batch. The driver writes {@link #writes} to the store (one group commit), then hands the batch to
 * {@link ServerCore#durable}, in the order of the numbers. A batch without writes need not touch the disk, but keeps its place
 * in the order: its effects wait for the batches before it.
 */
public interface Batch {
    /** Rises by one a batch. */
    long number();

    /** What must be durable before the effects may leave. */
    WriteBatch writes();
}
