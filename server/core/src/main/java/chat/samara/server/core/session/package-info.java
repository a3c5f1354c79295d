/**
 * Connections of devices: who is at the other end, and the answers to what was asked. What they ask is package {@code request}'s. On the core's
 * thread.
 */
@NullMarked
package chat.samara.server.core.session;

import org.jspecify.annotations.NullMarked;
