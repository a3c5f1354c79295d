package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.Capabilities;
import java.util.List;
import java.util.Optional;

/** A proposal that a member wants to send (RFC 9420 §12.1). */
public sealed interface ProposalDraft {
    /** Add the client of a KeyPackage. */
    record Add(KeyPackage keyPackage) implements ProposalDraft {}

    /** Remove the member at a leaf index. */
    record Remove(int leafIndex) implements ProposalDraft {}

    /**
     * Leave the group (draft-ietf-mls-extensions): somebody else commits it, be it by an external commit. All members must list the
     * proposal type in their capabilities.
     */
    record SelfRemove() implements ProposalDraft {}

    /** Replace the key of the own leaf, and what else is to change in it. */
    record Update(LeafChange change) implements ProposalDraft {
        /** Only the key. */
        public Update() {
            this(LeafChange.NONE);
        }
    }

    /** A proposal of a type of the application's own (RFC 9420 §17.4), which all members must list in their capabilities. */
    record Custom(int type, Bytes content) implements ProposalDraft {}

    /**
     * Change a component's data in the GroupContext (draft-ietf-mls-extensions), see {@link
     * chat.samara.mls.component.ApplicationComponents}. All members must list the proposal type.
     *
     * @param update a difference that the component's rules understand
     */
    record AppDataUpdate(int componentId, Bytes update) implements ProposalDraft {}

    /** Remove a component's data from the GroupContext (draft-ietf-mls-extensions). */
    record AppDataRemoval(int componentId) implements ProposalDraft {}

    /** Hand data to a component of all members, together with the commit (draft-ietf-mls-extensions). */
    record AppEphemeral(int componentId, Bytes data) implements ProposalDraft {}

    /** The proposal of a draft that says all that it is about; empty of another. */
    default Optional<Proposal> complete() {
        if (this instanceof Remove remove) {
            return Optional.of(new Proposal.Remove(remove.leafIndex()));
        }
        if (this instanceof GroupContextExtensions replacement) {
            return Optional.of(new Proposal.GroupContextExtensions(replacement.extensions()));
        }
        if (this instanceof ReInit reInit) {
            return Optional.of(reInit.proposal());
        }
        if (this instanceof AppDataUpdate change) {
            return Optional.of(new Proposal.AppDataUpdate(change.componentId(), Optional.of(change.update())));
        }
        if (this instanceof AppDataRemoval removal) {
            return Optional.of(new Proposal.AppDataUpdate(removal.componentId(), Optional.empty()));
        }
        if (this instanceof AppEphemeral ephemeral) {
            return Optional.of(new Proposal.AppEphemeral(ephemeral.componentId(), ephemeral.data()));
        }
        return Optional.empty();
    }

    /**
     * Re-initialize the group as another one (RFC 9420 §11.2), which puts an end to it: of version mls10, with this suite, id and
     * GroupContext extensions.
     */
    record ReInit(Bytes groupId, CipherSuite suite, List<Extension> extensions) implements ProposalDraft {
        public ReInit {
            extensions = List.copyOf(extensions);
        }

        Proposal.ReInit proposal() {
            return new Proposal.ReInit(groupId, Capabilities.MLS10, suite.code(), extensions);
        }
    }

    /** Inject a key that all members hold under this name, see {@link PreSharedKeys#external}. */
    record ExternalPsk(Bytes pskId) implements ProposalDraft {}

    /**
     * Inject the resumption secret of an epoch of this group or another: a proof that whoever follows was a member then.
     *
     * @param epoch unsigned
     */
    record ResumptionPsk(Bytes groupId, long epoch) implements ProposalDraft {}

    /** Replace all extensions of the GroupContext. */
    record GroupContextExtensions(List<Extension> extensions) implements ProposalDraft {
        public GroupContextExtensions {
            extensions = List.copyOf(extensions);
        }
    }
}
