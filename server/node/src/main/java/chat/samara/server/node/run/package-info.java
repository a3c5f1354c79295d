/**
 * Puts a server together and drives it: {@code CoreLoop} is the one thread that the core lives
 * on, with a second one that only writes to disk, and a third that verifies signatures ahead of it ({@link chat.samara.server.node.ahead.Ahead}); {@link chat.samara.server.node.run.Node} is a server from start to stop.
 */
@NullMarked
package chat.samara.server.node.run;

import org.jspecify.annotations.NullMarked;
