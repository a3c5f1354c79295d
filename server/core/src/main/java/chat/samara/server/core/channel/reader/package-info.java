/**
 * Delivery to devices: each session is a cursor in every log that it reads, with credit (DESIGN §2). Sends durable rows only.
 *
 * <p>Called by {@code channel} when a log has grown; {@code provisional} asks here who follows. On the core's thread.
 */
@NullMarked
package chat.samara.server.core.channel.reader;

import org.jspecify.annotations.NullMarked;
