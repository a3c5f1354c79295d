package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.TreeRules;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Of proposals that are valid one by one, those that go together with each other, with what the committer does itself and with the
 * group (RFC 9420 §12.2). Removals come first, since they only make room; then Updates, then the others in their order; whatever
 * does not go with what was taken before it gives way. Each is looked at once and costs O(log n), however many a hostile member has sent.
 */
final class FittingProposals {
    private final PublicGroup group;
    private final List<Proposal> own;
    private final Map<Bytes, SentProposal> candidates = new LinkedHashMap<>();
    private final Set<Bytes> taken = new HashSet<>();

    /** With the members who will process the commit: as before it, but for removals and Updates. */
    private RatchetTree processing;

    private RatchetTree tree;

    /** Of the GroupContext, before and after the data of components change. */
    private List<Extension> extensionsBefore;

    private List<Extension> extensions;
    private final List<Proposal.AppDataUpdate> appData = new ArrayList<>();
    private boolean isAnybodyLeaving;

    /**
     * @param own what the commit does by itself
     * @param refs of proposals of the epoch, which {@link PendingProposals} has chosen
     */
    FittingProposals(PublicGroup group, List<Proposal> own, List<Bytes> refs) {
        this.group = group;
        this.own = own;
        this.processing = group.tree();
        this.tree = group.tree();
        this.extensionsBefore = group.extensions();
        this.extensions = group.extensions();
        refs.forEach(ref -> candidates.put(ref, group.sentProposal(ref).orElseThrow()));
    }

    /** The refs that fit, in the order in which they were given; none where the committer's own do not even go with the removals. */
    List<Bytes> refs(int committer) {
        if (!takeRemovals(committer)) {
            return List.of();
        }
        candidates.forEach((ref, sent) -> {
            if (sent.proposal() instanceof Proposal.Update update && sent.sender() instanceof Sender.Member member) {
                takeIf(ref, () -> update(member.leafIndex(), update));
            }
        });
        candidates.forEach((ref, sent) -> {
            if (sent.removedLeaf().isEmpty() && !(sent.proposal() instanceof Proposal.Update)) {
                takeIf(ref, () -> apply(sent.proposal()));
            }
        });
        return candidates.keySet().stream().filter(taken::contains).toList();
    }

    private boolean takeRemovals(int committer) {
        List<ProposalOrRef> list = new ArrayList<>();
        candidates.forEach((ref, sent) -> {
            if (sent.removedLeaf().isPresent()) {
                list.add(new ProposalOrRef.ByReference(ref));
                taken.add(ref);
                isAnybodyLeaving |= sent.proposal() instanceof Proposal.SelfRemove;
                processing = processing.withoutLeaf(sent.removedLeaf().getAsInt());
            }
        });
        own.forEach(proposal -> list.add(new ProposalOrRef.ByValue(proposal)));
        try {
            AppliedProposals applied = group.commitProposals().applyVerifiedAdds(committer, list);
            TreeRules.checkMembers(applied.tree(), applied.extensions());
            tree = applied.tree();
            extensions = applied.extensions();
        } catch (MlsException e) {
            return false;
        }
        for (Proposal proposal : own) {
            if (proposal instanceof Proposal.Remove remove) {
                processing = processing.withoutLeaf(remove.removed());
            } else if (proposal instanceof Proposal.GroupContextExtensions replacement) {
                extensionsBefore = replacement.extensions();
            }
        }
        return true;
    }

    /** A step that is taken whole or not at all. */
    @FunctionalInterface
    private interface Step {
        void take() throws MlsException;
    }

    private void takeIf(Bytes ref, Step step) {
        try {
            step.take();
            taken.add(ref);
        } catch (MlsException e) {
            // It gives way to what was taken before it.
        }
    }

    private void update(int leaf, Proposal.Update update) throws MlsException {
        RatchetTree changed = tree.withUpdatedLeaf(leaf, update.leafNode());
        TreeRules.checkMembers(changed, extensions);
        RatchetTree changedProcessing = processing.withUpdatedLeaf(leaf, update.leafNode());
        for (Proposal proposal : own) {
            ProposalRules.requireSupported(changedProcessing, proposal);
        }
        if (isAnybodyLeaving) {
            ProposalRules.requireSupported(changedProcessing, new Proposal.SelfRemove());
        }
        tree = changed;
        processing = changedProcessing;
    }

    private void apply(Proposal proposal) throws MlsException {
        ProposalRules.requireSupported(processing, proposal);
        if (proposal instanceof Proposal.Add add) {
            RatchetTree changed =
                    tree.withAddedLeaf(add.keyPackage().leafNode()).tree();
            TreeRules.checkMembers(changed, extensions);
            tree = changed;
        } else if (proposal instanceof Proposal.GroupContextExtensions replacement) {
            extensions = goingOnWith(replacement.extensions(), List.of());
            extensionsBefore = replacement.extensions();
        } else if (proposal instanceof Proposal.AppDataUpdate update) {
            extensions = goingOnWith(extensionsBefore, List.of(update));
            appData.add(update);
        }
        // Pre-shared keys and a ReInit, which stands alone, change nothing that others depend on.
    }

    /** The extensions that come of it, if the members can have them; the committer's own updates stand behind those that it takes up. */
    private List<Extension> goingOnWith(List<Extension> before, List<Proposal.AppDataUpdate> more) throws MlsException {
        List<Proposal.AppDataUpdate> updates = new ArrayList<>(appData);
        updates.addAll(more);
        for (Proposal proposal : own) {
            if (proposal instanceof Proposal.AppDataUpdate update) {
                updates.add(update);
            }
        }
        List<Extension> after = new AppDataChanges(group.authentication().components()).applied(before, updates);
        TreeRules.checkMembers(tree, after);
        return after;
    }
}
