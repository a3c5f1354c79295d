/**
 * What this server does as a channel's hub: it takes records, orders each once (I3, I4), tells followers, and keeps to what it has signed.
 *
 * <p>Called by {@code submit} for this server's devices, by {@code epoch}, and by {@code channel} for peers. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.channel.hub;

import org.jspecify.annotations.NullMarked;
