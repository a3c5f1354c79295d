package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.tree.Capabilities;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Gathers what a joiner wants of its external commit (RFC 9420 §12.4.3.2): see {@link Group#joinExternal}. Used up by {@link
 * #build}. A GroupInfo is good for one epoch: whose commit is not the first of it starts anew with a fresh one.
 */
public final class ExternalCommitBuilder {
    private final ExternalJoining joining;
    private List<Extension> leafExtensions = List.of();
    private OptionalInt replaced = OptionalInt.empty();
    private final List<PreSharedKeyId> preSharedKeys = new ArrayList<>();
    private final List<Proposal> application = new ArrayList<>();
    private Bytes authenticatedData = Bytes.EMPTY;
    private GroupInfoDraft groupInfo = GroupInfoDraft.USUAL;
    private boolean used;

    ExternalCommitBuilder(ExternalJoining joining) {
        this.joining = joining;
    }

    /** The group as the GroupInfo describes it, verified: to look at it before joining. */
    public PublicGroup publicGroup() {
        return joining.group();
    }

    /** Extensions of the joiner's leaf, whose types its capabilities list. */
    public ExternalCommitBuilder leafExtensions(List<Extension> extensions) {
        leafExtensions = List.copyOf(extensions);
        return this;
    }

    /**
     * Removes an old version of the joiner itself: a client that has lost its state, or follows the group no more, takes its place
     * again ("resync").
     */
    public ExternalCommitBuilder replacing(int leafIndex) {
        replaced = OptionalInt.of(leafIndex);
        return this;
    }

    /** As {@link #replacing(int)}, the member with the joiner's signature key; {@link MlsError#INVALID_PROPOSAL} if none. */
    public ExternalCommitBuilder resync() throws MlsException {
        Bytes signatureKey = joining.signatureKey();
        Member old = joining.group()
                .memberWithSignatureKey(signatureKey)
                .orElseThrow(() -> new MlsException(
                        MlsError.INVALID_PROPOSAL, "no member has signature key " + signatureKey + " to be replaced"));
        return replacing(old.leafIndex());
    }

    /**
     * Injects a key that all members hold under this name (RFC 9420 §8.4): who does not hold it cannot join.
     *
     * @throws MlsException {@link MlsError#PSK_UNAVAILABLE} where {@link PreSharedKeys} does not hold it
     */
    public ExternalCommitBuilder externalPsk(Bytes pskId) throws MlsException {
        preSharedKeys.add(joining.externalPsk(pskId));
        return this;
    }

    /**
     * Injects the resumption secret of an epoch, of this group or another, as a proof that the joiner was a member then (RFC 9420
     * §8.6, §12.4.3.2): {@link PreSharedKeys#resumption} must hold it, and the group's members, too.
     *
     * @param epoch unsigned
     * @throws MlsException {@link MlsError#PSK_UNAVAILABLE}
     */
    public ExternalCommitBuilder resumptionPsk(Bytes groupId, long epoch) throws MlsException {
        preSharedKeys.add(joining.resumptionPsk(groupId, epoch));
        return this;
    }

    /**
     * Takes up the proposal of a member who leaves (draft-ietf-mls-extensions), as a joiner must with all that it is handed with
     * the GroupInfo. Its membership tag cannot be verified from outside.
     *
     * @param publicMessage an MLSMessage with a PublicMessage of the GroupInfo's epoch
     * @throws MlsException as {@link PublicGroup#verify}, or {@link MlsError#WRONG_MESSAGE_KIND} for anything but a SelfRemove
     */
    public ExternalCommitBuilder selfRemove(byte[] publicMessage) throws MlsException {
        joining.takeUp(publicMessage);
        return this;
    }

    /**
     * Changes a component's data in the GroupContext as it joins (draft-ietf-mls-extensions): all who are members then must list the proposal
     * type, and the application may take no such change from a joiner.
     */
    public ExternalCommitBuilder updateAppData(int componentId, Bytes update) {
        application.add(new Proposal.AppDataUpdate(componentId, Optional.of(update)));
        return this;
    }

    /** Hands data to a component of all members as it joins (draft-ietf-mls-extensions), all of whom must list the proposal type. */
    public ExternalCommitBuilder ephemeral(int componentId, Bytes data) {
        application.add(new Proposal.AppEphemeral(componentId, data));
        return this;
    }

    /** What the message shall be bound to in the clear. */
    public ExternalCommitBuilder authenticatedData(byte[] data) {
        authenticatedData = Bytes.of(data);
        return this;
    }

    /** What the GroupInfo of the epoch that the commit starts has in it; by itself {@link GroupInfoDraft#USUAL}. */
    public ExternalCommitBuilder groupInfo(GroupInfoDraft draft) {
        groupInfo = draft;
        return this;
    }

    /**
     * Builds the commit, and the group that waits for it.
     *
     * @throws MlsException as {@link PublicGroup#verify} would refuse the commit
     */
    public ExternalCommit build(Capabilities capabilities) throws MlsException {
        if (used) {
            throw new IllegalStateException("a builder that was used, expected a fresh one for every commit");
        }
        ExternalCommit built =
                joining.build(capabilities, leafExtensions, replaced, others(), authenticatedData, groupInfo);
        used = true;
        return built;
    }

    private List<Proposal> others() {
        List<Proposal> others = new ArrayList<>(application);
        preSharedKeys.forEach(id -> others.add(new Proposal.PreSharedKey(id)));
        return others;
    }
}
