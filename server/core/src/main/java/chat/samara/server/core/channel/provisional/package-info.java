/**
 * What has no place in a log yet and is shown all the same while the hub cannot be reached (DESIGN §5, Partition). In memory only.
 *
 * <p>Called by {@code submit} and {@code channel}. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.channel.provisional;

import org.jspecify.annotations.NullMarked;
