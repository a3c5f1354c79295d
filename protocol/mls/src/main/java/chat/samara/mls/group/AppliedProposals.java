package chat.samara.mls.group;

import chat.samara.mls.extension.Extension;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.tree.RatchetTree;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A commit's valid list of proposals, applied (RFC 9420 §12.3), before its path is.
 *
 * @param tree with the proposals applied
 * @param extensions of the new GroupContext
 * @param added who joins, in the order of the proposals, as they stand in that tree
 * @param addedKeyPackages of those who join, in the same order
 * @param removed who leaves, as they stood before
 * @param updated whose leaf an Update replaces, as they stand in that tree
 * @param preSharedKeys to be injected, in the order of the proposals (RFC 9420 §8.4)
 * @param reInit what the group is re-initialized as, which ends it (RFC 9420 §12.1.5)
 * @param application what is for the application, its changes to the GroupContext applied
 * @param pathRequired whether the commit must have a path (RFC 9420 §12.4)
 * @param joining of an external commit: who joins by it, whose leaf is still blank in that tree
 */
record AppliedProposals(
        RatchetTree tree,
        List<Extension> extensions,
        List<Member> added,
        List<KeyPackageIn> addedKeyPackages,
        List<Member> removed,
        List<Member> updated,
        List<PreSharedKeyId> preSharedKeys,
        Optional<Proposal.ReInit> reInit,
        ApplicationProposals application,
        boolean pathRequired,
        Optional<ExternalJoin> joining) {
    AppliedProposals {
        extensions = List.copyOf(extensions);
        added = List.copyOf(added);
        addedKeyPackages = List.copyOf(addedKeyPackages);
        removed = List.copyOf(removed);
        updated = List.copyOf(updated);
        preSharedKeys = List.copyOf(preSharedKeys);
    }

    /** The leaves that no path secret is encrypted to (RFC 9420 §7.6). */
    Set<Integer> addedLeaves() {
        return added.stream().map(Member::leafIndex).collect(Collectors.toUnmodifiableSet());
    }
}
