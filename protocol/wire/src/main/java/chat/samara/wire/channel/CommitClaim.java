package chat.samara.wire.channel;

import chat.samara.mls.group.UnverifiedCommit;
import chat.samara.wire.proto.CommitPayload;
import java.util.List;

/**
 * What a member's commit says that it does, before any of its signatures is verified: every rule that {@link HandshakeRules} knows and that takes none was
 * checked. Whoever refuses more than the rules do refuses by this what it can.
 *
 * @param payload the record's, read
 * @param author the member whose device has sent the record
 * @param added who would join, in the order of the proposals
 * @param removed who would leave
 */
public record CommitClaim(
        CommitPayload payload,
        UnverifiedCommit outline,
        ChannelMember author,
        List<ChannelMember> added,
        List<ChannelMember> removed) {
    public CommitClaim {
        added = List.copyOf(added);
        removed = List.copyOf(removed);
    }
}
