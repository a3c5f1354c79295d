package chat.samara.client.channel;

import chat.samara.client.refusal.Refusal;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.Optional;

/**
 * A channel as this device knows it.
 *
 * @param id the channel
 * @param name as its members call it; empty until the profile message has come
 * @param hub which server orders it
 * @param cipherSuite the MLS cipher suite, as its genesis says
 * @param membership how this device stands in it
 * @param seq the last entry that was applied
 * @param epoch the MLS epoch, or the last one before the removal
 * @param pendingChanges additions, removals and updates asked for here that are not in the log yet
 * @param heldBy why nothing new comes into its log just now, neither messages nor changes: the own server takes nothing, or the hub elsewhere orders nothing
 *     of what that has; as they say. With {@code LIMIT_REACHED} it is only what this member says that waits, and what others say comes. Empty if they do, or have not said
 */
public record ChannelState(
        ChannelId id,
        String name,
        ServerName hub,
        int cipherSuite,
        Membership membership,
        long seq,
        long epoch,
        int pendingChanges,
        Optional<Refusal> heldBy) {
    /** Whether its name could be taken for an id: then it is shown as a text, beside the id, and nobody can choose by it. */
    public boolean isNameLikeAnId() {
        return ChannelName.looksLikeId(name);
    }

    /** Whether what is said here stays secret from whoever builds a quantum computer later. */
    public boolean isPostQuantum() {
        return cipherSuite == ChannelSuite.POST_QUANTUM.cipherSuite().code();
    }
}
