package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Batch;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import java.util.ArrayList;
import java.util.List;

/**
 * From the proposals of a commit, by value and by reference, to what they come to in the tree (RFC 9420 §12.2, §12.3): for those who
 * receive a commit and those who make one. Changes nothing.
 */
final class CommitProposals {
    private final PublicGroup group;

    CommitProposals(PublicGroup group) {
        this.group = group;
    }

    /** Checks a commit's list of proposals and applies it (RFC 9420 §12.2, §12.3). */
    AppliedProposals apply(int committer, List<ProposalOrRef> list) throws MlsException {
        List<KeyPackageIn> added = new ArrayList<>();
        for (ProposalOrRef item : list) {
            if (item instanceof ProposalOrRef.ByValue value && value.proposal() instanceof Proposal.Add add) {
                added.add(add.keyPackage());
            }
        }
        AppliedProposals applied = applyVerifiedAdds(committer, list);
        Batch.forEach(added, KeyPackageIn::requireSigned);
        return applied;
    }

    /** Checks and applies a list as far as that takes no signature; what it adds may be nobody's. */
    AppliedProposals outline(int committer, List<ProposalOrRef> list) throws MlsException {
        List<SentProposal> resolved = new ArrayList<>(list.size());
        for (ProposalOrRef item : list) {
            if (item instanceof ProposalOrRef.ByReference reference) {
                resolved.add(find(reference.ref()));
            } else {
                SentProposal sent = sent(committer, (ProposalOrRef.ByValue) item);
                group.rules().checkButSignatures(sent);
                resolved.add(sent);
            }
        }
        return applied(committer, resolved);
    }

    /** As {@link #apply}, for a list in which the signatures of KeyPackages that are added by value were verified before. */
    AppliedProposals applyVerifiedAdds(int committer, List<ProposalOrRef> list) throws MlsException {
        List<SentProposal> resolved = new ArrayList<>(list.size());
        for (ProposalOrRef item : list) {
            resolved.add(resolve(committer, item));
        }
        return applied(committer, resolved);
    }

    private AppliedProposals applied(int committer, List<SentProposal> resolved) throws MlsException {
        return new ProposalList(group.tree(), committer, resolved).applied(group.extensions(), group.authentication());
    }

    /** Checks an external commit's list of proposals and applies it (RFC 9420 §12.2, §12.3). */
    AppliedProposals applyExternal(List<ProposalOrRef> list) throws MlsException {
        AppDataChanges appData = new AppDataChanges(group.authentication().components());
        return new ExternalCommitRules(group.tree(), group.rules(), appData, this::find, list)
                .applied(group.extensions());
    }

    /** A proposal by reference was checked when it came; one by value is checked now. */
    private SentProposal resolve(int committer, ProposalOrRef item) throws MlsException {
        if (item instanceof ProposalOrRef.ByReference reference) {
            return find(reference.ref());
        }
        SentProposal sent = sent(committer, (ProposalOrRef.ByValue) item);
        group.rules().checkByValue(sent);
        return sent;
    }

    private static SentProposal sent(int committer, ProposalOrRef.ByValue item) {
        return new SentProposal(new Sender.Member(committer), item.proposal());
    }

    private SentProposal find(Bytes ref) throws MlsException {
        return group.sentProposal(ref)
                .orElseThrow(() -> new MlsException(
                        MlsError.UNKNOWN_PROPOSAL, "ref " + ref + ", expected one of this epoch (RFC 9420 §12.4)"));
    }
}
