package chat.samara.client.channel;

import chat.samara.wire.identity.DeviceId;

/**
 * A device that was seen under an identity key.
 *
 * @param firstSeenMillis when its leaf was first seen, milliseconds since 1970 UTC
 */
public record SeenDevice(DeviceId device, long firstSeenMillis) {}
