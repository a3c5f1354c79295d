package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.TreeRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The proposals of an external commit: which lists of them are valid (RFC 9420 §12.2, second half, and §12.4.3.2), and what they
 * come to (§12.3). For commits by members see {@link ProposalList}.
 */
final class ExternalCommitRules {
    private static final Sender JOINER = new Sender.NewMemberCommit();

    private final RatchetTree tree;
    private final ProposalRules rules;
    private final AppDataChanges appData;
    private final List<Proposal> proposals = new ArrayList<>();
    private final Set<Integer> leaving = new TreeSet<>();

    /** Finds the proposals of the epoch. */
    @FunctionalInterface
    interface Sent {
        SentProposal find(Bytes ref) throws MlsException;
    }

    /**
     * Takes up the list of a commit.
     *
     * @param rules for each proposal by itself
     */
    ExternalCommitRules(
            RatchetTree tree, ProposalRules rules, AppDataChanges appData, Sent epoch, List<ProposalOrRef> list)
            throws MlsException {
        this.tree = tree;
        this.rules = rules;
        this.appData = appData;
        for (ProposalOrRef item : list) {
            if (item instanceof ProposalOrRef.ByReference reference) {
                takeUp(epoch.find(reference.ref()));
            } else {
                proposals.add(((ProposalOrRef.ByValue) item).proposal());
            }
        }
    }

    /**
     * RFC 9420 §12.4.3.2: it "MUST NOT include any proposals by reference", but those of members who leave
     * (draft-ietf-mls-extensions).
     */
    private void takeUp(SentProposal sent) throws MlsException {
        if (!(sent.proposal() instanceof Proposal.SelfRemove)) {
            throw invalid("a proposal by reference");
        }
        requireFirstRemoval(sent.removedLeaf().orElseThrow());
    }

    private void requireFirstRemoval(int leaf) throws MlsException {
        if (!leaving.add(leaf)) {
            throw invalid("several removals of leaf " + leaf);
        }
    }

    /** Checks the list and applies it: the joiner's place is still blank in the tree that results. */
    AppliedProposals applied(List<Extension> extensions) throws MlsException {
        Bytes kemOutput = requireOneExternalInit();
        Optional<Integer> replaced = requireOneRemoveAtMost().map(Proposal.Remove::removed);
        requireNoOthers();
        for (Proposal proposal : proposals) {
            rules.checkByValue(new SentProposal(JOINER, proposal));
        }
        List<PreSharedKeyId> preSharedKeys = preSharedKeys();
        ProposalList.requireDistinct(preSharedKeys);
        if (replaced.isPresent()) {
            requireFirstRemoval(replaced.get());
        }
        List<Member> removed = new ArrayList<>();
        RatchetTree left = tree;
        for (int leaf : leaving) {
            tree.leaf(leaf).ifPresent(content -> removed.add(Member.of(leaf, content)));
            left = left.withoutLeaf(leaf);
        }
        for (Proposal proposal : proposals) {
            ProposalRules.requireSupported(left, proposal);
        }
        ApplicationProposals application = ApplicationProposals.of(proposals.stream()
                .map(proposal -> new SentProposal(JOINER, proposal))
                .toList());
        RatchetTree.Added room = left.withRoom();
        return new AppliedProposals(
                room.tree(),
                appData.applied(extensions, application.updates()),
                List.of(),
                List.of(),
                removed,
                List.of(),
                preSharedKeys,
                Optional.empty(),
                application,
                true,
                Optional.of(new ExternalJoin(room.leafIndex(), kemOutput, replaced)));
    }

    /** RFC 9420 §12.2: "Zero or more". */
    private List<PreSharedKeyId> preSharedKeys() {
        return proposals.stream()
                .filter(Proposal.PreSharedKey.class::isInstance)
                .map(proposal -> ((Proposal.PreSharedKey) proposal).psk())
                .toList();
    }

    /** RFC 9420 §12.2: "Exactly one ExternalInit". */
    private Bytes requireOneExternalInit() throws MlsException {
        List<Bytes> kemOutputs = proposals.stream()
                .filter(Proposal.ExternalInit.class::isInstance)
                .map(proposal -> ((Proposal.ExternalInit) proposal).kemOutput())
                .toList();
        if (kemOutputs.size() != 1) {
            throw invalid(kemOutputs.size() + " ExternalInits, expected exactly one");
        }
        return kemOutputs.get(0);
    }

    /** RFC 9420 §12.2: "At most one Remove proposal". */
    private Optional<Proposal.Remove> requireOneRemoveAtMost() throws MlsException {
        List<Proposal.Remove> removals = proposals.stream()
                .filter(Proposal.Remove.class::isInstance)
                .map(Proposal.Remove.class::cast)
                .toList();
        if (removals.size() > 1) {
            throw invalid(removals.size() + " Removes, expected at most one");
        }
        return removals.stream().findFirst();
    }

    /** RFC 9420 §12.2: "No other proposals", but those of draft-ietf-mls-extensions that may stand in an external commit. */
    private void requireNoOthers() throws MlsException {
        for (Proposal proposal : proposals) {
            boolean isAllowed = proposal instanceof Proposal.ExternalInit
                    || proposal instanceof Proposal.Remove
                    || proposal instanceof Proposal.PreSharedKey
                    || proposal instanceof Proposal.AppDataUpdate
                    || proposal instanceof Proposal.AppEphemeral;
            if (!isAllowed) {
                throw invalid("a proposal of type " + proposal.type()
                        + ", expected ExternalInit, Remove, PreSharedKey, AppDataUpdate or AppEphemeral only");
            }
        }
    }

    /**
     * RFC 9420 §12.2: the joiner removes "an old version of themselves", to whose leaf its own has to be what that of an Update
     * would be.
     */
    static void checkReplacement(LeafNode removed, LeafNode joiner, AuthenticationService authentication)
            throws MlsException {
        if (!authentication.acceptsSuccessor(removed.credential(), joiner.credential())) {
            throw new MlsException(
                    MlsError.EXTERNAL_EVICTION,
                    "the joiner's credential may not follow that of the member it removes, expected an old version of"
                            + " itself (RFC 9420 §12.2)");
        }
        TreeRules.checkReplacement(removed, joiner, authentication);
    }

    private static MlsException invalid(String detail) {
        return new MlsException(MlsError.INVALID_PROPOSAL_LIST, detail + " in an external commit (RFC 9420 §12.2)");
    }
}
