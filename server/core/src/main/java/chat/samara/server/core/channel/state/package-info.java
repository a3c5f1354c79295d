/**
 * What a channel is on this server: its row, its log and its public group as they are stored, which of that is in memory, and what is said where
 * it cannot be read or is stopped.
 *
 * <p>The lowest of the rooms: all others may call it, and it calls none. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.channel.state;

import org.jspecify.annotations.NullMarked;
