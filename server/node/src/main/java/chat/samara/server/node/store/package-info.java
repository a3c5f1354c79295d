/**
 * The disk: the core's {@link chat.samara.server.core.store.Store} over RocksDB. The only package that imports RocksDB. Reads come from the core's thread, writes from the disk thread.
 */
@NullMarked
package chat.samara.server.node.store;

import org.jspecify.annotations.NullMarked;
