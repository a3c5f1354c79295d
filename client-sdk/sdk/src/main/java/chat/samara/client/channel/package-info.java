/**
 * What an application sees of a channel: its state, its members, its messages. Immutable values, made by the engine and handed to
 * applications on any thread.
 */
@NullMarked
package chat.samara.client.channel;

import org.jspecify.annotations.NullMarked;
