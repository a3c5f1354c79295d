package chat.samara.client.timeline;

import chat.samara.client.channel.Message;

/**
 * One item of a timeline.
 *
 * @param key by which it is known again
 * @param message what it is: a text, who came and went, what cannot be read
 * @param unread whether it counts as {@link Unread}: somebody else has said it, and nobody has read it on this device
 */
public record TimelineItem(ItemKey key, Message message, boolean unread) {}
