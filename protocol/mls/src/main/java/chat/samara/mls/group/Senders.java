package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.credential.OutsideRequest;
import chat.samara.mls.extension.ExternalSender;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.RatchetTree;
import java.util.List;

/**
 * Who sends a handshake, and so whose key has to have signed it; and whether such a sender may send such content at all
 * (RFC 9420 §6.1, §12.1.8, §12.4.3.2).
 */
final class Senders {
    private final RatchetTree tree;
    private final GroupContext context;
    private final AuthenticationService authentication;

    Senders(RatchetTree tree, GroupContext context, AuthenticationService authentication) {
        this.tree = tree;
        this.context = context;
        this.authentication = authentication;
    }

    /** The key that the content has to be signed with. */
    Bytes signatureKey(FramedContent content) throws MlsException {
        Sender sender = content.sender();
        if (sender instanceof Sender.Member member) {
            return member(member).signatureKey();
        }
        if (sender instanceof Sender.NewMemberCommit) {
            return joinerKey(content);
        }
        return proposer(content).signatureKey();
    }

    /** The member at the sender's leaf. */
    Member member(Sender.Member sender) throws MlsException {
        return tree.leaf(sender.leafIndex())
                .map(leaf -> Member.of(sender.leafIndex(), leaf))
                .orElseThrow(() -> new MlsException(
                        MlsError.INVALID_SENDER,
                        "leaf " + Integer.toUnsignedString(sender.leafIndex())
                                + ", expected a member's (RFC 9420 §6.1)"));
    }

    /** Who sends a proposal. */
    VerifiedSender proposer(FramedContent content) throws MlsException {
        if (content.sender() instanceof Sender.Member member) {
            return new VerifiedSender.OfMember(member(member));
        }
        if (!(content.content() instanceof Content.OfProposal of)) {
            throw notAllowed(content, "a proposal");
        }
        if (content.sender() instanceof Sender.External external) {
            return outsider(content, external, of.proposal());
        }
        if (content.sender() instanceof Sender.NewMemberProposal) {
            return applicant(content, of.proposal());
        }
        throw notAllowed(content, "a commit");
    }

    /** RFC 9420 §12.1.8.1: the sender stands in the extension; §12.1.8: the type is one that it may propose. */
    private VerifiedSender outsider(FramedContent content, Sender.External sender, Proposal proposal)
            throws MlsException {
        List<ExternalSender> senders = ExternalSender.in(context.extensions());
        if (sender.senderIndex() < 0 || sender.senderIndex() >= senders.size()) {
            throw new MlsException(
                    MlsError.INVALID_SENDER,
                    "external sender " + Integer.toUnsignedString(sender.senderIndex()) + ", expected one of the "
                            + senders.size() + " in external_senders (RFC 9420 §6.1)");
        }
        if (!proposal.isAllowedFromExternalSender()) {
            throw notAllowed(
                    content,
                    "an Add, Remove, PreSharedKey, ReInit, GroupContextExtensions, AppDataUpdate or AppEphemeral");
        }
        ExternalSender known = senders.get(sender.senderIndex());
        requireAdmitted(OutsideRequest.EXTERNAL_PROPOSAL, known.credential(), known.signatureKey());
        return new VerifiedSender.Outsider(sender.senderIndex(), known.credential(), known.signatureKey());
    }

    /** RFC 9420 §6.1, §12.1.8: who wants to be a member proposes its own Add and nothing else. */
    private VerifiedSender applicant(FramedContent content, Proposal proposal) throws MlsException {
        if (!(proposal instanceof Proposal.Add add)) {
            throw notAllowed(content, "an Add");
        }
        LeafNode leaf = add.keyPackage().leafNode();
        requireAdmitted(OutsideRequest.APPLICATION, leaf.credential(), leaf.signatureKey());
        return new VerifiedSender.Applicant(leaf.credential(), leaf.signatureKey());
    }

    /** RFC 9420 §6.1, §12.4.3.2: an external commit is signed with the key of its path's leaf. */
    private Bytes joinerKey(FramedContent content) throws MlsException {
        if (!(content.content() instanceof Content.OfCommit of)) {
            throw notAllowed(content, "a commit");
        }
        LeafNode leaf = of.commit()
                .path()
                .orElseThrow(() -> new MlsException(
                        MlsError.PATH_REQUIRED, "an external commit without path (RFC 9420 §12.4.3.2)"))
                .leafNode();
        OutsideRequest request = removes(of.commit()) ? OutsideRequest.RESYNC : OutsideRequest.EXTERNAL_JOIN;
        requireAdmitted(request, leaf.credential(), leaf.signatureKey());
        return leaf.signatureKey();
    }

    private static boolean removes(Commit commit) {
        return commit.proposals().stream()
                .anyMatch(item ->
                        item instanceof ProposalOrRef.ByValue value && value.proposal() instanceof Proposal.Remove);
    }

    private void requireAdmitted(OutsideRequest request, Credential credential, Bytes signatureKey)
            throws MlsException {
        if (!authentication.admits(request, credential, signatureKey)) {
            throw new MlsException(
                    MlsError.SENDER_NOT_ADMITTED,
                    request + " with signature key " + signatureKey + " (RFC 9420 §12.2)");
        }
    }

    private static MlsException notAllowed(FramedContent content, String expected) {
        return new MlsException(
                MlsError.INVALID_SENDER,
                "content of type " + content.content().type() + " by " + content.sender() + ", expected " + expected
                        + " (RFC 9420 §6.1, §12.1.8)");
    }
}
