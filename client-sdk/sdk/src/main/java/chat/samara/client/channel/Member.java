package chat.samara.client.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import java.util.List;
import java.util.OptionalLong;

/**
 * A member of a channel.
 *
 * @param user who
 * @param devices the member's devices in the group, by leaf, each with the identity key that its leaf shows
 * @param standing what this device makes of the identity key that they show; where they show several, of the worst
 * @param deviceRenewedMillis when this device last saw one of them go on under another device key, milliseconds since 1970 UTC: its profile was
 *     restored from a backup, or copied. Empty if it never did
 */
public record Member(UserId user, List<Device> devices, KeyStanding standing, OptionalLong deviceRenewedMillis) {
    public Member {
        devices = List.copyOf(devices);
    }

    /** Whose device never went on under another key. */
    public Member(UserId user, List<Device> devices, KeyStanding standing) {
        this(user, devices, standing, OptionalLong.empty());
    }

    /**
     * One device, as its leaf in the group shows it.
     *
     * @param id which
     * @param identityKey Ed25519 public key, 32 bytes
     * @param listsAll whether the leaf lists all that this version can use with a channel; one that a device of an earlier version has made does not
     */
    public record Device(DeviceId id, Bytes identityKey, boolean listsAll) {
        /** As a device of this version shows itself. */
        public Device(DeviceId id, Bytes identityKey) {
            this(id, identityKey, true);
        }
    }

    /** The identity keys in the group, each once: one, but for a log from before there was a rule about it. */
    public List<Bytes> identityKeys() {
        return devices.stream().map(Device::identityKey).distinct().toList();
    }

    /**
     * Whether the leaves of all the member's devices list what this version can use with a channel. The channel can be given it when that is so of all
     * members.
     */
    public boolean listsAll() {
        return devices.stream().allMatch(Device::listsAll);
    }

    /** Whether all devices show the identity key that this device goes by, and that was compared and marked so. */
    public boolean verified() {
        return standing == KeyStanding.COMPARED;
    }

    /** Whether one of them shows another identity key than the one that this device goes by. To be shown loudly. */
    public boolean keyChanged() {
        return standing == KeyStanding.CHANGED;
    }
}
