package chat.samara.wire.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.group.VerifiedCommit;
import chat.samara.mls.group.VerifiedProposal;
import chat.samara.wire.identity.DeviceId;
import java.util.List;

/** What a record does to its channel once it is in the log; every rule that {@link HandshakeRules} knows was checked. */
public sealed interface Change {
    /** The channel begins, with its creator as the only member. */
    record Born(PublicGroup group, DeviceId creator) implements Change {}

    /** An application message, which a server cannot read. */
    record Spoken() implements Change {}

    /** A proposal waits for a commit. */
    record Proposed(VerifiedProposal proposal) implements Change {}

    /**
     * A new epoch begins.
     *
     * @param added who joins, with the KeyPackageRef of each in {@code addedRefs}
     * @param removed who leaves
     */
    record Committed(
            VerifiedCommit commit, List<ChannelMember> added, List<Bytes> addedRefs, List<ChannelMember> removed)
            implements Change {}

    /** No record of these epochs can come any more. */
    record EpochsClosed(long throughEpoch) implements Change {}
}
