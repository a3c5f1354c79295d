/** Tests of the store over RocksDB. */
@NullMarked
package chat.samara.server.node.store;

import org.jspecify.annotations.NullMarked;
