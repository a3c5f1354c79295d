package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.PublicMessageIn;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.tree.RatchetTree;
import java.util.List;
import java.util.Optional;

/**
 * What a member's commit says that it does, held against the group that it is for. What RFC 9420 §12.2 says of its proposals as a list was checked; no
 * signature was, neither the commit's nor one of what it adds, nor what a credential or key is worth. For whoever refuses by it what it would refuse anyway,
 * before hundreds of signatures are verified; what is right is then {@link #verify verified}, and does just this. Immutable.
 */
public final class UnverifiedCommit {
    private final PublicGroup group;
    private final PublicMessageIn message;
    private final Member sender;
    private final List<ProposalOrRef> proposals;
    private final AppliedProposals applied;
    private final RatchetTree tree;

    private UnverifiedCommit(
            PublicGroup group,
            PublicMessageIn message,
            Member sender,
            List<ProposalOrRef> proposals,
            AppliedProposals applied,
            RatchetTree tree) {
        this.group = group;
        this.message = message;
        this.sender = sender;
        this.proposals = proposals;
        this.applied = applied;
        this.tree = tree;
    }

    /** Empty of what is no commit, or is not a member's. */
    static Optional<UnverifiedCommit> of(PublicGroup group, PublicMessageIn message) throws MlsException {
        if (!(message.content().content() instanceof Content.OfCommit it)
                || !(message.content().sender() instanceof Sender.Member committer)) {
            return Optional.empty();
        }
        group.requirePresent(message.content());
        Member sender = group.senders().member(committer);
        Commit commit = it.commit();
        AppliedProposals applied = group.commitProposals().outline(sender.leafIndex(), commit.proposals());
        RatchetTree tree = commit.path()
                .map(path -> applied.tree().withUpdatedLeaf(sender.leafIndex(), path.leafNode()))
                .orElse(applied.tree());
        return Optional.of(new UnverifiedCommit(group, message, sender, commit.proposals(), applied, tree));
    }

    /** Verifies it, as {@link PublicGroup#verify(byte[])} does. */
    public VerifiedHandshake verify() throws MlsException {
        return group.verify(message);
    }

    /** Who is said to have made it, as it stands in the group. */
    public Member sender() {
        return sender;
    }

    public Bytes authenticatedData() {
        return message.content().authenticatedData();
    }

    /** As {@link VerifiedCommit#added}. */
    public List<Member> added() {
        return applied.added();
    }

    /** As {@link VerifiedCommit#addedKeyPackageRefs}. */
    public List<Bytes> addedKeyPackageRefs() {
        return applied.addedKeyPackages().stream().map(PublicGroup::refOf).toList();
    }

    /** As {@link VerifiedCommit#removed}. */
    public List<Member> removed() {
        return applied.removed();
    }

    /** As {@link VerifiedCommit#updated}. */
    public List<Member> updated() {
        return applied.updated();
    }

    /** Whether it injects pre-shared keys. */
    public boolean hasPreSharedKeys() {
        return !applied.preSharedKeys().isEmpty();
    }

    /** Whether it puts an end to the group. */
    public boolean hasReInit() {
        return applied.reInit().isPresent();
    }

    /** The extensions of the GroupContext of the epoch that it begins. */
    public List<Extension> extensions() {
        return applied.extensions();
    }

    /** Those of {@link VerifiedCommit#customProposals} that stand in the commit itself: its sender made them. */
    public List<Proposal.Custom> customByValue() {
        return proposals.stream()
                .filter(ProposalOrRef.ByValue.class::isInstance)
                .map(it -> ((ProposalOrRef.ByValue) it).proposal())
                .filter(Proposal.Custom.class::isInstance)
                .map(Proposal.Custom.class::cast)
                .toList();
    }

    /** As {@link VerifiedCommit#ephemeral}. */
    public List<SentProposal> ephemeral() {
        return applied.application().ephemeral();
    }

    /** How many members the group has after it. */
    public int memberCount() {
        return tree.memberCount();
    }

    /** How many bytes the ratchet tree has after it, at the least: without the keys that its path brings for the nodes above the sender. O(n). */
    public int ratchetTreeBytes() {
        return tree.encode().length;
    }

    /** As {@link PublicGroup#ratchetTreeBytesWhenFilled} after it, or a hash more. O(n). */
    public int ratchetTreeBytesWhenFilled() {
        return tree.bytesWhenFilled();
    }

    /** As {@link PublicGroup#membersYetToCommit} after it. O(n). */
    public int membersYetToCommit() {
        return PublicGroup.membersYetToCommit(tree);
    }

    /** How many bytes a member's leaf has after it; 0 where it is blank or beyond the tree. */
    public int leafBytes(int leafIndex) {
        return tree.leafBytes(leafIndex);
    }
}
