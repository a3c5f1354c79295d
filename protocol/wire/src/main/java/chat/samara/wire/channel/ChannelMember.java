package chat.samara.wire.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserDevice;
import chat.samara.wire.identity.UserId;

/**
 * One device in a channel.
 *
 * @param leafIndex its leaf in the group's tree
 * @param user the member
 * @param identityKey the member's identity public key, as the leaf's certificate gives it
 * @param signatureKey the device's MLS signature public key
 * @param device follows from the signature key
 */
public record ChannelMember(int leafIndex, UserId user, Bytes identityKey, Bytes signatureKey, DeviceId device) {
    /** The member and the device. */
    public UserDevice userDevice() {
        return new UserDevice(user, device);
    }
}
