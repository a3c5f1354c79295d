package chat.samara.client.content;

import chat.samara.client.channel.MessageAttributes;
import chat.samara.mls.codec.Bytes;

/**
 * Content that was unpacked and checked, except for its franking tag.
 *
 * @param frankingKey the key of the franking tag
 * @param body what the tag commits to
 * @param sentMillis when the sender says it was sent, milliseconds since 1970 UTC
 * @param content what it says
 * @param attributes and what it says beside that
 */
public record ReceivedContent(
        Bytes frankingKey, Bytes body, long sentMillis, MessageContent content, MessageAttributes attributes) {}
