package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.proposal.Proposal;

/** What a message turned out to be, once everything about it was verified. */
public sealed interface Processed {
    /**
     * Application data of a member (RFC 9420 §15).
     *
     * @param sender as it stands in the tree of that epoch
     * @param epoch in which it was sent: the present one or an earlier one that is still open
     * @param signature by the sender's leaf; with the rest and {@link Group#groupContext} it is a {@link
     *     chat.samara.mls.framing.SignedApplicationData}
     */
    record ApplicationMessage(
            int senderLeaf, Member sender, long epoch, Bytes authenticatedData, Bytes plaintext, Bytes signature)
            implements Processed {
        /** Not the plaintext: it is what the group keeps secret. */
        @Override
        public String toString() {
            return "ApplicationMessage(leaf " + senderLeaf + ", epoch " + epoch + ", " + plaintext.size() + " bytes)";
        }
    }

    /** A commit, to be merged or dropped by the caller (RFC 9420 §12.4.2). Nothing has changed yet. */
    record CommitReceived(StagedCommit commit) implements Processed {}

    /**
     * A proposal, now kept for a commit to refer to (RFC 9420 §12.1).
     *
     * @param ref its ProposalRef
     * @param sender not necessarily a member (RFC 9420 §12.1.8)
     */
    record ProposalReceived(Bytes ref, VerifiedSender sender, Proposal proposal, Bytes authenticatedData)
            implements Processed {}
}
