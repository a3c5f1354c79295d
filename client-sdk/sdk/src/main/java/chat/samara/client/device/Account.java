package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;

/**
 * Who this device is.
 *
 * @param user the member
 * @param device this device
 * @param identityKey the member's Ed25519 identity public key, 32 bytes
 * @param server the member's own server
 * @param serverRootKey its pinned root key, 32 bytes
 * @param registered whether the server has confirmed the account
 */
public record Account(
        UserId user, DeviceId device, Bytes identityKey, ServerName server, Bytes serverRootKey, boolean registered) {}
