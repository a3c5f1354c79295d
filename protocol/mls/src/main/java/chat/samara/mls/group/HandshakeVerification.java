package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.PathMerge;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.UpdatePath;
import java.util.Map;
import java.util.Optional;

/** Verifies proposals and commits whose signature has been verified, as far as it takes no secret (RFC 9420 §12.1, §12.4.2). */
final class HandshakeVerification {
    private final PublicGroup group;

    HandshakeVerification(PublicGroup group) {
        this.group = group;
    }

    VerifiedHandshake verify(AuthenticatedContent message) throws MlsException {
        Content content = message.content().content();
        if (content instanceof Content.OfProposal proposal) {
            return verifyProposal(message, proposal);
        }
        if (content instanceof Content.OfCommit commit) {
            return verifyCommit(message, commit.commit());
        }
        throw new MlsException(MlsError.WRONG_MESSAGE_KIND, "application data, expected a proposal or commit");
    }

    private VerifiedProposal verifyProposal(AuthenticatedContent message, Content.OfProposal content)
            throws MlsException {
        VerifiedSender sender = group.senders().proposer(message.content());
        group.rules().check(new SentProposal(message.content().sender(), content.proposal()));
        Bytes ref = message.proposalRef(group.suite());
        if (content.proposal() instanceof Proposal.SelfRemove) {
            checkSelfRemove(message, ref);
        }
        return new VerifiedProposal(
                group.withProposal(ref, message),
                sender,
                ref,
                content.proposal(),
                message.content().authenticatedData());
    }

    /** draft-ietf-mls-extensions: it is for joiners, too, and so a PublicMessage; and a member's only one of the epoch. */
    private void checkSelfRemove(AuthenticatedContent message, Bytes ref) throws MlsException {
        if (message.wireFormat() != WireFormat.PUBLIC_MESSAGE) {
            throw new MlsException(
                    MlsError.INVALID_PROPOSAL, "a SelfRemove in a PrivateMessage, expected a PublicMessage");
        }
        for (Map.Entry<Bytes, AuthenticatedContent> other : group.proposals().entrySet()) {
            SentProposal sent = ProposalCache.sent(other.getValue());
            boolean isSecond = sent.proposal() instanceof Proposal.SelfRemove
                    && sent.sender().equals(message.content().sender())
                    && !other.getKey().equals(ref);
            if (isSecond) {
                throw new MlsException(
                        MlsError.INVALID_PROPOSAL,
                        "a second SelfRemove of " + sent.sender() + ", expected one an epoch");
            }
        }
    }

    private VerifiedCommit verifyCommit(AuthenticatedContent message, Commit commit) throws MlsException {
        Sender sender = message.content().sender();
        AppliedProposals applied;
        VerifiedSender.Committer committer;
        if (sender instanceof Sender.Member member) {
            committer = new VerifiedSender.OfMember(group.senders().member(member));
            applied = group.commitProposals().apply(member.leafIndex(), commit.proposals());
        } else {
            // Nobody else's signature key was found: see Senders.
            applied = group.commitProposals().applyExternal(commit.proposals());
            committer = joiner(applied, commit.path().orElseThrow().leafNode());
        }
        RatchetTree next = mergePath(committer.leafIndex(), applied, commit.path());
        GroupContext nextContext = group.nextContext(next, applied.extensions(), message);
        PublicGroup after = group.after(
                next,
                nextContext,
                applied.reInit(),
                message.auth().confirmationTag().orElse(Bytes.EMPTY));
        return new VerifiedCommit(group, after, committer, applied, commit.path(), message);
    }

    private VerifiedSender.Joiner joiner(AppliedProposals applied, LeafNode leaf) throws MlsException {
        ExternalJoin join = applied.joining().orElseThrow();
        Optional<LeafNode> replaced = join.replaced().flatMap(group.tree()::leaf);
        if (replaced.isPresent()) {
            ExternalCommitRules.checkReplacement(replaced.get(), leaf, group.authentication());
        }
        return new VerifiedSender.Joiner(
                Member.of(join.leafIndex(), leaf), join.replaced().flatMap(group::member));
    }

    private RatchetTree mergePath(int committer, AppliedProposals applied, Optional<UpdatePath> path)
            throws MlsException {
        if (path.isPresent()) {
            return PathMerge.verifyAndMerge(
                    applied.tree(),
                    committer,
                    applied.joining().flatMap(ExternalJoin::replaced).flatMap(group.tree()::leaf),
                    path.get(),
                    applied.addedLeaves(),
                    group.groupId(),
                    group.authentication());
        }
        if (applied.pathRequired()) {
            throw new MlsException(
                    MlsError.PATH_REQUIRED, "a commit without path, expected one for its proposals (RFC 9420 §12.4)");
        }
        return applied.tree();
    }
}
