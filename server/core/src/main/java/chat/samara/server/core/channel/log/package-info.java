/**
 * How a log grows, in one place for hub and follower alike, and how entries are asked for and given.
 *
 * <p>Called by {@code hub} and {@code follower} to append, by {@code reader} and the two to encode; {@code epoch} reads here which epochs are open. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.channel.log;

import org.jspecify.annotations.NullMarked;
