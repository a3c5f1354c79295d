/**
 * Closes epochs that have ended, once every server has passed them (DESIGN §5).
 *
 * <p>Called by {@code channel} only, with each tick. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.channel.epoch;

import org.jspecify.annotations.NullMarked;
