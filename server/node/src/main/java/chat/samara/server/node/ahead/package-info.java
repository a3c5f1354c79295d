/**
 * Verifies signatures of what has come before the core takes it, on a thread of its own: what takes long must not stand on the core's one thread. Whether it was done
 * changes what the core's answer costs and never the answer. Called by {@code run}; knows nothing of connections.
 */
@NullMarked
package chat.samara.server.node.ahead;

import org.jspecify.annotations.NullMarked;
