package chat.samara.mls.group;

import chat.samara.mls.Limits;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.PreSharedKeyId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which of an epoch's proposals a committer takes up: as many as make a valid list together with its own (RFC 9420 §12.2,
 * §12.4). For one leaf it prefers a Remove, else the last Update; a later one of the same kind gives way otherwise.
 */
final class PendingProposals {
    private final PublicGroup group;
    private final int committer;
    private final Predicate<PreSharedKeyId> held;
    private final boolean isAlone;
    private final Set<Integer> removed = new HashSet<>();
    private final Set<Bytes> addedClients = new HashSet<>();
    private final Set<PreSharedKeyId> injected = new HashSet<>();
    private boolean isReInit;
    private boolean hasGroupContextExtensions;
    private int appDataUpdates;

    /** Components whose data are removed (true) or updated. */
    private final Map<Integer, Boolean> removedAppData = new HashMap<>();

    /**
     * @param own what the commit does by itself, which comes first
     * @param held which pre-shared keys the committer can use
     */
    PendingProposals(PublicGroup group, int committer, List<Proposal> own, Predicate<PreSharedKeyId> held) {
        this.group = group;
        this.committer = committer;
        this.held = held;
        this.isAlone = own.isEmpty();
        own.forEach(this::note);
    }

    private void note(Proposal proposal) {
        if (proposal instanceof Proposal.Remove remove) {
            removed.add(remove.removed());
        } else if (proposal instanceof Proposal.Add add) {
            addedClients.add(add.keyPackage().leafNode().signatureKey());
        } else if (proposal instanceof Proposal.PreSharedKey preSharedKey) {
            injected.add(preSharedKey.psk());
        } else if (proposal instanceof Proposal.ReInit) {
            isReInit = true;
        } else if (proposal instanceof Proposal.GroupContextExtensions) {
            hasGroupContextExtensions = true;
        } else if (proposal instanceof Proposal.AppDataUpdate update) {
            appDataUpdates++;
            removedAppData.put(update.componentId(), update.isRemoval());
        }
    }

    /** The refs of those taken up, in the order in which they came. */
    List<Bytes> refs() {
        if (isReInit) {
            // RFC 9420 §12.2: it stands alone.
            return List.of();
        }
        Set<Bytes> removes = new HashSet<>();
        Map<Integer, Bytes> lastUpdates = new HashMap<>();
        takeUpSelfRemoves(removes);
        for (Map.Entry<Bytes, AuthenticatedContent> entry : group.proposals().entrySet()) {
            SentProposal sent = ProposalCache.sent(entry.getValue());
            OptionalInt leaf = sent.removedLeaf();
            if (leaf.isPresent()) {
                if (leaf.getAsInt() != committer && removed.add(leaf.getAsInt())) {
                    removes.add(entry.getKey());
                }
            } else if (sent.proposal() instanceof Proposal.Update && sent.sender() instanceof Sender.Member member) {
                lastUpdates.put(member.leafIndex(), entry.getKey());
            }
        }
        List<Bytes> refs = new ArrayList<>();
        group.proposals().forEach((ref, content) -> {
            if (isTakenUp(ref, ProposalCache.sent(content), removes, lastUpdates)) {
                refs.add(ref);
            }
        });
        return refs.isEmpty() && isAlone ? firstReInit() : refs;
    }

    /** draft-ietf-mls-extensions: beside a SelfRemove, a Remove of the same leaf is invalid. */
    private void takeUpSelfRemoves(Set<Bytes> removes) {
        group.proposals().forEach((ref, content) -> {
            SentProposal sent = ProposalCache.sent(content);
            if (sent.proposal() instanceof Proposal.SelfRemove) {
                int leaf = sent.removedLeaf().orElseThrow();
                if (leaf != committer && removed.add(leaf)) {
                    removes.add(ref);
                }
            }
        });
    }

    /** RFC 9420 §12.2: other proposals SHOULD be preferred to a ReInit, which can be sent anew. */
    private List<Bytes> firstReInit() {
        for (Map.Entry<Bytes, AuthenticatedContent> entry : group.proposals().entrySet()) {
            if (ProposalCache.sent(entry.getValue()).proposal() instanceof Proposal.ReInit) {
                return List.of(entry.getKey());
            }
        }
        return List.of();
    }

    private boolean isTakenUp(Bytes ref, SentProposal sent, Set<Bytes> removes, Map<Integer, Bytes> lastUpdates) {
        if (sent.removedLeaf().isPresent()) {
            return removes.contains(ref);
        }
        if (sent.proposal() instanceof Proposal.Update && sent.sender() instanceof Sender.Member member) {
            int leaf = member.leafIndex();
            return leaf != committer && !removed.contains(leaf) && Objects.equals(ref, lastUpdates.get(leaf));
        }
        if (sent.proposal() instanceof Proposal.Add add) {
            Bytes client = add.keyPackage().leafNode().signatureKey();
            boolean isMember = group.memberWithSignatureKey(client)
                    .filter(member -> !removed.contains(member.leafIndex()))
                    .isPresent();
            return !isMember && addedClients.add(client);
        }
        if (sent.proposal() instanceof Proposal.PreSharedKey preSharedKey) {
            return injected.size() < Limits.PRE_SHARED_KEYS_MAX
                    && held.test(preSharedKey.psk())
                    && injected.add(preSharedKey.psk());
        }
        if (sent.proposal() instanceof Proposal.Custom || sent.proposal() instanceof Proposal.AppEphemeral) {
            return true;
        }
        if (sent.proposal() instanceof Proposal.AppDataUpdate update) {
            return isTakenUp(update);
        }
        if (sent.proposal() instanceof Proposal.GroupContextExtensions && !hasGroupContextExtensions) {
            hasGroupContextExtensions = true;
            return true;
        }
        return false;
    }

    /** draft-ietf-mls-extensions: of one component a removal alone, or any number of updates. */
    private boolean isTakenUp(Proposal.AppDataUpdate update) {
        Boolean isRemoved = removedAppData.get(update.componentId());
        boolean fits = isRemoved == null || (!isRemoved && !update.isRemoval());
        if (!fits || appDataUpdates == Limits.APP_DATA_UPDATES_MAX) {
            return false;
        }
        note(update);
        return true;
    }
}
