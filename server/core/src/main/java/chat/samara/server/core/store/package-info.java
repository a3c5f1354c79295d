/**
 * The port to the disk: an ordered key-value store with one column family per {@link chat.samara.server.core.store.Table}.
 * Implemented over RocksDB by the runnable server and in memory here; both pass the same contract suite. The core reads on its
 * own thread; the driver writes finished batches, on any one thread at a time.
 */
@NullMarked
package chat.samara.server.core.store;

import org.jspecify.annotations.NullMarked;
