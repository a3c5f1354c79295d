package chat.samara.mls.group;

import chat.samara.mls.framing.Sender;
import chat.samara.mls.proposal.Proposal;
import java.util.OptionalInt;

/** A proposal with who sent it: for one that a commit carries by value, the committer (RFC 9420 §12.4). */
public record SentProposal(Sender sender, Proposal proposal) {
    /** The leaf that it removes, if it is one that removes. */
    OptionalInt removedLeaf() {
        if (proposal instanceof Proposal.Remove remove) {
            return OptionalInt.of(remove.removed());
        }
        // ProposalRules has let no other sender through.
        return proposal instanceof Proposal.SelfRemove && sender instanceof Sender.Member member
                ? OptionalInt.of(member.leafIndex())
                : OptionalInt.empty();
    }
}
