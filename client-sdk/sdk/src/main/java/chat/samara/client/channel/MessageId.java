package chat.samara.client.channel;

import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.IdempotencyKey;

/**
 * Names a message within its channel, from before it is sent and for ever.
 *
 * @param device who sent it
 * @param key the start of its franking tag
 */
public record MessageId(DeviceId device, IdempotencyKey key) {}
