package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.proposal.Proposal;

/**
 * A valid proposal (RFC 9420 §12.1).
 *
 * @param after the public group that knows the proposal, so that a commit may refer to it
 * @param ref its ProposalRef
 */
public record VerifiedProposal(
        PublicGroup after, VerifiedSender sender, Bytes ref, Proposal proposal, Bytes authenticatedData)
        implements VerifiedHandshake {}
