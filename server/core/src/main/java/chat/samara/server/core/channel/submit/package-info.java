/**
 * Takes records and new channels from this server's devices, and tells them what becomes of these.
 *
 * <p>Called by {@code channel} only. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.channel.submit;

import org.jspecify.annotations.NullMarked;
