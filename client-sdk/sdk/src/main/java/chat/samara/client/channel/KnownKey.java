package chat.samara.client.channel;

import chat.samara.mls.codec.Bytes;
import java.util.List;
import java.util.OptionalLong;

/**
 * An identity key under which this device has seen a member. The mark that it was compared belongs to the key, not to the member.
 *
 * @param identityKey Ed25519 public key, 32 bytes
 * @param safetyNumber what to compare with the member over another medium, in groups of digits
 * @param firstSeenMillis milliseconds since 1970 UTC
 * @param current whether this device goes by it: members are added under this key only. Of a member whose keys were only seen in channels, none is
 * @param acceptedMillis when it was taken as the member's: since the own server gave it out when the member was added, or a person accepted it
 *     (versions before this took any that they saw first); empty for one that was only seen
 * @param verified whether it was compared and marked so
 * @param verifiedMillis when that was; empty if it was not, or before the date was kept
 * @param deviceRenewedMillis when a device of this key was last seen to go on under another device key; empty if never
 * @param sightings how it was seen, the first first; of very many the latest are kept. Empty where an earlier version has seen it, and
 *     not kept up for the current one
 * @param devices whose leaves were seen under it, in the order of first sight; of very many the first and the latest. Empty where an earlier version has seen them
 */
public record KnownKey(
        Bytes identityKey,
        String safetyNumber,
        long firstSeenMillis,
        boolean current,
        OptionalLong acceptedMillis,
        boolean verified,
        OptionalLong verifiedMillis,
        OptionalLong deviceRenewedMillis,
        List<KeySighting> sightings,
        List<SeenDevice> devices) {
    public KnownKey {
        sightings = List.copyOf(sightings);
        devices = List.copyOf(devices);
    }

    /** Of which no device is known. */
    public KnownKey(
            Bytes identityKey,
            String safetyNumber,
            long firstSeenMillis,
            boolean current,
            OptionalLong acceptedMillis,
            boolean verified,
            OptionalLong verifiedMillis,
            OptionalLong deviceRenewedMillis,
            List<KeySighting> sightings) {
        this(
                identityKey,
                safetyNumber,
                firstSeenMillis,
                current,
                acceptedMillis,
                verified,
                verifiedMillis,
                deviceRenewedMillis,
                sightings,
                List.of());
    }

    /** Whether it was seen and no person has decided about it. */
    public boolean awaitsAcceptance() {
        return !current && acceptedMillis.isEmpty();
    }
}
