/**
 * The library that every client is made of. {@link chat.samara.client.Client} is the way in: open a profile, join, make channels, send,
 * read, listen. All of it may be called from any thread. Inside, one engine thread drives {@link
 * chat.samara.client.device.DeviceEngine}, and one callback thread tells listeners, in order.
 */
@NullMarked
package chat.samara.client;

import org.jspecify.annotations.NullMarked;
