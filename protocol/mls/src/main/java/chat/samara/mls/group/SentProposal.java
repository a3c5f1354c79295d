package chat.samara.mls.group;

import chat.samara.mls.framing.Sender;
import chat.samara.mls.proposal.Proposal;

/** A proposal with who sent it: for one that a commit carries by value, the committer (RFC 9420 §12.4). */
public record SentProposal(Sender sender, Proposal proposal) {}
