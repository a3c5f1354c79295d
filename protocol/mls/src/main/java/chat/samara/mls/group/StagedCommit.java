package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.PreSharedKeyId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A commit that was verified in full and has not been merged yet (RFC 9420 §12.4.2). It belongs to the group that processed it.
 * A commit that removes this very member can be verified by it only as far as an observer can.
 */
public final class StagedCommit {
    private final VerifiedCommit commit;
    private final Optional<NextEpoch> next;
    private final boolean own;

    /**
     * @param next the secrets of the new epoch; none for a member that is removed
     */
    StagedCommit(VerifiedCommit commit, Optional<NextEpoch> next, boolean own) {
        this.commit = commit;
        this.next = next;
        this.own = own;
    }

    /** The leaf of the member who committed, or the one that who joins by the commit takes. */
    public int committerLeaf() {
        return commit.committerLeaf();
    }

    /** Who committed: a member as it was before, or who joins by it. */
    public VerifiedSender.Committer sender() {
        return commit.sender();
    }

    /** Whether the sender joins by it, possibly in place of an old version of itself (RFC 9420 §12.4.3.2). */
    public boolean isExternal() {
        return commit.isExternal();
    }

    /** Who joins, as they will stand in the tree; the sender of an external commit. */
    public List<Member> added() {
        return commit.added();
    }

    /** Who leaves, as they stood in the tree; the old version of an external commit's sender among them. */
    public List<Member> removed() {
        return commit.removed();
    }

    /** Whose leaf is replaced, as it will stand in the tree; that of a member who committed with a path among them. */
    public List<Member> updated() {
        List<Member> updated = new ArrayList<>(commit.updated());
        if (commit.hasPath() && !commit.isExternal()) {
            commit.after().member(committerLeaf()).ifPresent(updated::add);
        }
        return List.copyOf(updated);
    }

    /** The pre-shared keys that are injected, in their order (RFC 9420 §8.4). */
    public List<PreSharedKeyId> preSharedKeys() {
        return commit.preSharedKeys();
    }

    /** What the group is re-initialized as: the commit puts an end to it (RFC 9420 §11.2). */
    public Optional<Proposal.ReInit> reInit() {
        return commit.reInit();
    }

    /** Proposals of types that RFC 9420 does not define, in their order, for the application to apply (RFC 9420 §13.2). */
    public List<SentProposal> customProposals() {
        return commit.customProposals();
    }

    /** As {@link VerifiedCommit#ephemeral}. */
    public List<SentProposal> ephemeral() {
        return commit.ephemeral();
    }

    /** As {@link VerifiedCommit#appDataUpdates}. */
    public List<SentProposal> appDataUpdates() {
        return commit.appDataUpdates();
    }

    /** Whether this very member is removed: once merged, the group is inactive. */
    public boolean selfRemoved() {
        return next.isEmpty();
    }

    /** Whether this member committed it. */
    public boolean own() {
        return own;
    }

    /** The epoch that it starts. */
    public long epochAfter() {
        return commit.after().epoch();
    }

    /** What the committer's message was bound to in the clear. */
    public Bytes authenticatedData() {
        return commit.authenticatedData();
    }

    /** Its confirmation tag (RFC 9420 §6.1), verified unless this member is removed by it. */
    public Bytes confirmationTag() {
        return commit.confirmationTag();
    }

    /** What observers hold once it is merged. */
    public PublicGroup after() {
        return commit.after();
    }

    /**
     * Verifies the GroupInfo of the epoch that it starts, before that is entered: as {@link PublicGroup#checkGroupInfo} does, and that
     * its external_pub is the new epoch's, which only members know. With a false one, nobody could join. Of a commit that removes this very
     * member, no more than an observer can.
     *
     * @param groupInfo an MLSMessage with a GroupInfo
     * @throws MlsException {@link MlsError#INVALID_GROUP_INFO} or {@link MlsError#INVALID_SIGNATURE}; a false external_pub is {@link
     *     MlsException#isSecretOnly secret only}
     */
    public void checkGroupInfo(byte[] groupInfo) throws MlsException {
        commit.after().checkGroupInfo(groupInfo);
        if (next.isPresent()) {
            try {
                CommitStaging.requireExternalPub(next.get().secrets(), groupInfo);
            } catch (MlsException refused) {
                throw refused.asSecretOnly();
            }
        }
    }

    VerifiedCommit commit() {
        return commit;
    }

    Optional<NextEpoch> next() {
        return next;
    }
}
