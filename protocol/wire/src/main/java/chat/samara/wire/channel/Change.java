package chat.samara.wire.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Member;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.group.VerifiedCommit;
import chat.samara.mls.group.VerifiedProposal;
import chat.samara.mls.group.VerifiedSender;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.CommitSignature;
import chat.samara.wire.proto.CommitPayload;
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
     * @param author who made the commit: a member, or who returns by it, as it stands afterwards
     * @param isSigned whether the author has signed the whole payload
     * @param refusedEpoch the epoch that the commit would have begun because of which the author returns; 0 if it does not, or for another
     *     reason
     * @param added who joins, with the KeyPackageRef of each in {@code addedRefs}; or who returns, without one
     * @param removed who leaves; the old leaf of who returns
     */
    record Committed(
            VerifiedCommit commit,
            ChannelMember author,
            boolean isSigned,
            long refusedEpoch,
            List<ChannelMember> added,
            List<Bytes> addedRefs,
            List<ChannelMember> removed)
            implements Change {
        /** What a commit does whose sender, signature and all else the rules have accepted. */
        public static Committed of(VerifiedCommit commit, CommitPayload payload) throws RefusedException {
            Member author = commit.sender() instanceof VerifiedSender.Joiner joiner
                    ? joiner.joined()
                    : ((VerifiedSender.OfMember) commit.sender()).member();
            return new Committed(
                    commit,
                    Roster.member(author),
                    CommitSignature.isSigned(payload),
                    CommitSignature.refusedEpoch(payload),
                    Roster.read(commit.added()),
                    commit.addedKeyPackageRefs(),
                    Roster.read(commit.removed()));
        }
    }

    /** No record of these epochs can come any more. */
    record EpochsClosed(long throughEpoch) implements Change {}
}
