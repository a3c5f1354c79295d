package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.tree.UpdatePath;
import java.util.List;
import java.util.Optional;

/**
 * A commit whose signature, proposals, path and resulting tree are valid (RFC 9420 §12.4.2). Its membership tag, its confirmation
 * tag and what it encrypts to the members can only be verified by them. Immutable.
 *
 * <p>It is by a member, or {@link #isExternal external}: then its sender was no member before, and joins by it.
 */
public final class VerifiedCommit implements VerifiedHandshake {
    private final PublicGroup before;
    private final PublicGroup after;
    private final VerifiedSender.Committer committer;
    private final AppliedProposals applied;
    private final Optional<UpdatePath> path;
    private final AuthenticatedContent content;

    VerifiedCommit(
            PublicGroup before,
            PublicGroup after,
            VerifiedSender.Committer committer,
            AppliedProposals applied,
            Optional<UpdatePath> path,
            AuthenticatedContent content) {
        this.before = before;
        this.after = after;
        this.committer = committer;
        this.applied = applied;
        this.path = path;
        this.content = content;
    }

    /** The public group of the epoch that the commit starts. */
    @Override
    public PublicGroup after() {
        return after;
    }

    /** A member as it stood before the commit, or who joins by it. */
    @Override
    public VerifiedSender.Committer sender() {
        return committer;
    }

    /** Whether the sender joins by it, possibly in place of an old version of itself (RFC 9420 §12.4.3.2). */
    public boolean isExternal() {
        return committer instanceof VerifiedSender.Joiner;
    }

    /** The leaf of the member who committed, or the one that who joins by the commit takes. */
    public int committerLeaf() {
        return committer.leafIndex();
    }

    /** Who joins, in the order of the proposals, as they stand in the new tree; the sender of an external commit. */
    public List<Member> added() {
        return committer instanceof VerifiedSender.Joiner joiner ? List.of(joiner.joined()) : applied.added();
    }

    /** The KeyPackageRefs of those who are added, in the order of the proposals: a Welcome must be for exactly these. */
    public List<Bytes> addedKeyPackageRefs() {
        return applied.addedKeyPackages().stream().map(PublicGroup::refOf).toList();
    }

    /** Who leaves, as they stood before; the old version of an external commit's sender among them. */
    public List<Member> removed() {
        return applied.removed();
    }

    /** Whose leaf an Update proposal replaces, as they stand in the new tree. The committer's own path is not among them. */
    public List<Member> updated() {
        return applied.updated();
    }

    /** The pre-shared keys that are injected, in their order (RFC 9420 §8.4): a Welcome must name exactly these. */
    public List<PreSharedKeyId> preSharedKeys() {
        return applied.preSharedKeys();
    }

    /** What the group is re-initialized as: the commit puts an end to it (RFC 9420 §11.2). */
    public Optional<Proposal.ReInit> reInit() {
        return applied.reInit();
    }

    /** Proposals of types that RFC 9420 does not define, in their order, for the application to apply (RFC 9420 §13.2). */
    public List<SentProposal> customProposals() {
        return applied.application().custom();
    }

    /**
     * AppEphemeral proposals in their order, each with who sent it, for the components to be handed their data, before what {@link
     * #appDataUpdates} change is looked at (draft-ietf-mls-extensions).
     */
    public List<SentProposal> ephemeral() {
        return applied.application().ephemeral();
    }

    /** AppDataUpdate proposals in their order, each with who sent it; they are applied in {@link #after}. */
    public List<SentProposal> appDataUpdates() {
        return applied.application().appData();
    }

    /** Whether the commit has a path, and so replaces the committer's leaf. */
    public boolean hasPath() {
        return path.isPresent();
    }

    /** Its confirmation tag, as it came (RFC 9420 §6.1): only members can verify it. */
    public Bytes confirmationTag() {
        return after.confirmationTag();
    }

    @Override
    public Bytes authenticatedData() {
        return content.content().authenticatedData();
    }

    // ---- for a member, who goes on with the secrets ----

    PublicGroup before() {
        return before;
    }

    /** The proposals applied: the tree that the path is decrypted in, and the leaves that it leaves out. */
    AppliedProposals applied() {
        return applied;
    }

    Optional<UpdatePath> path() {
        return path;
    }

    AuthenticatedContent content() {
        return content;
    }

    /** The context for the path's encryption: the new epoch's with the old transcript hash (RFC 9420 §12.4.2). */
    GroupContext provisionalContext() {
        return before.provisionalContext(after.tree(), applied.extensions());
    }
}
