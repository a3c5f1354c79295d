package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gathers what a commit shall do (RFC 9420 §12.4.1). Used up by {@link #build}. */
public final class CommitBuilder {
    private final Confinement confinement;
    private final CommitAssembly assembly;
    private final PskLookup psks;
    private final PublicGroup group;
    private final int ownLeaf;
    private final long nowEpochSeconds;
    private final List<KeyPackage> keyPackages = new ArrayList<>();
    private final List<Proposal> proposals = new ArrayList<>();
    private boolean includePending = true;
    private CommitOptions options = CommitOptions.USUAL;
    private boolean used;

    CommitBuilder(
            Confinement confinement,
            CommitAssembly assembly,
            PskLookup psks,
            PublicGroup group,
            int ownLeaf,
            long nowEpochSeconds) {
        this.confinement = confinement;
        this.assembly = assembly;
        this.psks = psks;
        this.group = group;
        this.ownLeaf = ownLeaf;
        this.nowEpochSeconds = nowEpochSeconds;
    }

    /** Adds a client. Its KeyPackage must be within its lifetime. */
    public CommitBuilder add(KeyPackage keyPackage) {
        keyPackages.add(keyPackage);
        proposals.add(new Proposal.Add(keyPackage.content()));
        return this;
    }

    /** Removes the member at a leaf index. */
    public CommitBuilder remove(int leafIndex) {
        proposals.add(new Proposal.Remove(leafIndex));
        return this;
    }

    /**
     * Injects a key that all members hold under this name (RFC 9420 §8.4), those who are added among them.
     *
     * @throws MlsException {@link MlsError#PSK_UNAVAILABLE} where {@link PreSharedKeys} does not hold it
     */
    public CommitBuilder externalPsk(Bytes pskId) throws MlsException {
        proposals.add(assembly.preSharedKey(pskId));
        return this;
    }

    /**
     * Injects the resumption secret of an epoch of this group or another (RFC 9420 §8.6): only who was a member then can follow.
     *
     * @param epoch unsigned
     * @throws MlsException {@link MlsError#PSK_UNAVAILABLE} where it is not at hand
     */
    public CommitBuilder resumptionPsk(Bytes groupId, long epoch) throws MlsException {
        proposals.add(assembly.preSharedKey(groupId, epoch));
        return this;
    }

    /** Re-initializes the group, which puts an end to it. Nothing else may stand in such a commit (RFC 9420 §12.2). */
    public CommitBuilder reInit(ProposalDraft.ReInit announced) {
        proposals.add(announced.proposal());
        return this;
    }

    /** Links the group that the commit sets up to the one that it follows from (RFC 9420 §11.2, §11.3). */
    CommitBuilder linkedTo(int usage, PublicGroup old) throws MlsException {
        proposals.add(assembly.preSharedKey(usage, old.groupId(), old.epoch()));
        return this;
    }

    /** Replaces the own keys by a path, as a commit does unless {@link #withoutPath} says otherwise. */
    public CommitBuilder update() {
        options = options.withPath(true);
        return this;
    }

    /**
     * Leaves the path out where the proposals do not require one (RFC 9420 §12.4): cheaper now, but the own keys stay, and the
     * members who are added make later paths dearer.
     */
    public CommitBuilder withoutPath() {
        options = options.withPath(false);
        return this;
    }

    /** Changes the own leaf by the commit's path, which it has then whatever else is said. */
    public CommitBuilder changeLeaf(LeafChange change) {
        options = options.withLeafChange(change);
        return this;
    }

    /** A proposal of a type of the application's own (RFC 9420 §17.4), which all members must list in their capabilities. */
    public CommitBuilder custom(int type, Bytes content) {
        proposals.add(new Proposal.Custom(type, content));
        return this;
    }

    /** Changes a component's data in the GroupContext (draft-ietf-mls-extensions): see {@link ProposalDraft.AppDataUpdate}. */
    public CommitBuilder updateAppData(int componentId, Bytes update) {
        proposals.add(new Proposal.AppDataUpdate(componentId, Optional.of(update)));
        return this;
    }

    /** Removes a component's data from the GroupContext (draft-ietf-mls-extensions). */
    public CommitBuilder removeAppData(int componentId) {
        proposals.add(new Proposal.AppDataUpdate(componentId, Optional.empty()));
        return this;
    }

    /** Hands data to a component of all members, together with the commit (draft-ietf-mls-extensions). */
    public CommitBuilder ephemeral(int componentId, Bytes data) {
        proposals.add(new Proposal.AppEphemeral(componentId, data));
        return this;
    }

    /** Replaces all extensions of the GroupContext. */
    public CommitBuilder groupContextExtensions(List<Extension> extensions) {
        proposals.add(new Proposal.GroupContextExtensions(extensions));
        return this;
    }

    /**
     * Whether the proposals that were received in this epoch are committed too, as far as they go together with each other and
     * with what this commit does by itself (RFC 9420 §12.2); they are, unless this says no.
     */
    public CommitBuilder includePendingProposals(boolean include) {
        includePending = include;
        return this;
    }

    /** What the message shall be bound to in the clear. */
    public CommitBuilder authenticatedData(byte[] data) {
        options = options.withAuthenticatedData(Bytes.of(data));
        return this;
    }

    /**
     * Sends the commit as a PrivateMessage, which hides it from whoever carries it (RFC 9420 §6.3). Nobody outside can follow the
     * group from then on: no {@link PublicGroup}, and nobody who joins by an external commit. Each build takes a key of the ratchet.
     */
    public CommitBuilder encrypted() {
        options = options.encrypted();
        return this;
    }

    /** What the GroupInfo in the Welcome has in it; by itself {@link GroupInfoDraft#USUAL}. */
    public CommitBuilder welcome(GroupInfoDraft draft) {
        options = options.withWelcome(draft);
        return this;
    }

    /** What the GroupInfo of the epoch that the commit starts has in it; by itself {@link GroupInfoDraft#USUAL}. */
    public CommitBuilder groupInfo(GroupInfoDraft draft) {
        options = options.withGroupInfo(draft);
        return this;
    }

    /**
     * Builds the commit and keeps it as the group's pending one, in place of another. Refusals leave the group as it was.
     *
     * @throws MlsException as {@link PublicGroup#verify} would refuse the commit, {@link MlsError#LIFETIME}, or
     *     {@link MlsError#PSK_UNAVAILABLE}
     */
    public CommitBundle build() throws MlsException {
        if (used) {
            throw new IllegalStateException("a builder that was used, expected a fresh one for every commit");
        }
        for (KeyPackage keyPackage : keyPackages) {
            // RFC 9420 §7.3: a leaf that is being sent MUST be within its lifetime.
            keyPackage.requireCurrent(nowEpochSeconds);
        }
        List<Bytes> refs =
                includePending ? new PendingProposals(group, ownLeaf, proposals, psks::holds).refs() : List.of();
        CommitBundle bundle;
        try {
            bundle = assembled(refs);
        } catch (MlsException refused) {
            bundle = assembledWithoutMisfits(refs, refused);
        }
        used = true;
        return bundle;
    }

    /**
     * Proposals that are valid one by one may not go together, or not with the group, or not with the new own leaf: a member that no one
     * can add must not keep all others from committing, and so from speaking.
     */
    private CommitBundle assembledWithoutMisfits(List<Bytes> refs, MlsException refused) throws MlsException {
        if (refs.isEmpty()) {
            throw refused;
        }
        List<Bytes> fitting = new FittingProposals(group, proposals, refs).refs(ownLeaf);
        if (!fitting.isEmpty() && fitting.size() < refs.size()) {
            try {
                return assembled(fitting);
            } catch (MlsException e) {
                // They do not go with the new own leaf.
            }
        }
        return assembled(List.of());
    }

    private CommitBundle assembled(List<Bytes> refs) throws MlsException {
        return confinement.alone(() -> assembly.assemble(list(refs), options));
    }

    private List<ProposalOrRef> list(List<Bytes> refs) {
        List<ProposalOrRef> list = new ArrayList<>();
        refs.forEach(ref -> list.add(new ProposalOrRef.ByReference(ref)));
        proposals.forEach(proposal -> list.add(new ProposalOrRef.ByValue(proposal)));
        return list;
    }
}
