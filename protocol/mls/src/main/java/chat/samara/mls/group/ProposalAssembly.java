package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.LeafNodeSource;
import java.util.Optional;

/** Makes a member's proposals (RFC 9420 §12.1): each is verified as others will, and kept for a commit to refer to. */
final class ProposalAssembly {
    private final GroupState state;
    private final GroupEnvironment environment;
    private final CommitAssembly assembly;

    ProposalAssembly(GroupState state, GroupEnvironment environment, CommitAssembly assembly) {
        this.state = state;
        this.environment = environment;
        this.assembly = assembly;
    }

    /** An MLSMessage of the wire format. */
    Bytes propose(ProposalDraft draft, Bytes authenticatedData, int wireFormat) throws MlsException {
        state.requireSending();
        Optional<HpkeKeyPair> updateKey = draft instanceof ProposalDraft.Update
                ? Optional.of(state.suite().generateKeyPair(environment.random()))
                : Optional.empty();
        AuthenticatedContent signed =
                assembly.sign(wireFormat, new Content.OfProposal(proposal(draft, updateKey)), authenticatedData);
        VerifiedProposal verified = (VerifiedProposal) state.publicGroup().verify(signed);
        Bytes message = assembly.message(signed);
        state.acceptProposal(verified);
        updateKey.ifPresent(state::keepUpdateKey);
        return message;
    }

    private Proposal proposal(ProposalDraft draft, Optional<HpkeKeyPair> updateKey) throws MlsException {
        if (draft instanceof ProposalDraft.Add add) {
            add.keyPackage().requireCurrent(environment.nowEpochSeconds());
            return new Proposal.Add(add.keyPackage().content());
        }
        if (draft instanceof ProposalDraft.SelfRemove) {
            return new Proposal.SelfRemove();
        }
        Optional<Proposal> complete = draft.complete();
        if (complete.isPresent()) {
            return complete.get();
        }
        if (draft instanceof ProposalDraft.ExternalPsk external) {
            return assembly.preSharedKey(external.pskId());
        }
        if (draft instanceof ProposalDraft.ResumptionPsk resumption) {
            return assembly.preSharedKey(resumption.groupId(), resumption.epoch());
        }
        if (draft instanceof ProposalDraft.Custom custom) {
            return new Proposal.Custom(custom.type(), custom.content());
        }
        LeafChange change = ((ProposalDraft.Update) draft).change();
        return new Proposal.Update(
                assembly.ownLeaf(updateKey.orElseThrow().publicKey(), new LeafNodeSource.FromUpdate(), change));
    }
}
