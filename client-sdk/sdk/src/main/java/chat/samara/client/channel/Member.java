package chat.samara.client.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import java.util.List;

/**
 * A member of a channel.
 *
 * @param user who
 * @param identityKey the Ed25519 identity key in the group
 * @param devices the member's devices in the group
 * @param verified whether this identity key was compared and marked so
 */
public record Member(UserId user, Bytes identityKey, List<DeviceId> devices, boolean verified) {
    public Member {
        devices = List.copyOf(devices);
    }
}
