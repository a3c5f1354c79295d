package chat.samara.client.channel;

import chat.samara.mls.codec.Bytes;
import java.util.OptionalLong;

/**
 * An identity key under which this device has seen a member. The mark that it was compared belongs to the key, not to the member.
 *
 * @param identityKey Ed25519 public key, 32 bytes
 * @param safetyNumber what to compare with the member over another medium, in groups of digits
 * @param firstSeenMillis milliseconds since 1970 UTC
 * @param current whether this device goes by it: members are added under this key only
 * @param acceptedMillis when it was taken as the member's, at first sight or by a person; empty for a new key that nobody has accepted
 * @param verified whether it was compared and marked so
 * @param verifiedMillis when that was; empty if it was not, or before the date was kept
 */
public record KnownKey(
        Bytes identityKey,
        String safetyNumber,
        long firstSeenMillis,
        boolean current,
        OptionalLong acceptedMillis,
        boolean verified,
        OptionalLong verifiedMillis) {
    /** Whether it was seen in the place of the current one and no person has decided about it. */
    public boolean awaitsAcceptance() {
        return !current && acceptedMillis.isEmpty();
    }
}
