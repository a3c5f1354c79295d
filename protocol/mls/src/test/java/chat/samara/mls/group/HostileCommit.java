package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.schedule.KeySchedule;
import chat.samara.mls.tree.HostilePath;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.UpdatePath;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A commit that a true member makes without asking whether it may (RFC 9420 §12.4.1): any part can be another than it should be, and all
 * that follows from it is computed anew: path, hashes, transcript, key schedule, tags and Welcome. Without a change it is valid.
 * Nothing of the member's own state changes.
 */
final class HostileCommit {
    /**
     * What was made.
     *
     * @param content signed for a PublicMessage or PrivateMessage, with the confirmation tag
     * @param tree of the new epoch
     * @param joiners by the leaf at which the commit adds it
     */
    record Made(
            AuthenticatedContent content,
            RatchetTree tree,
            GroupContext context,
            Secret joinerSecret,
            Bytes confirmationTag,
            Map<Integer, KeyPackageIn> joiners,
            Optional<HostilePath.Made> path) {}

    private final HostileMember member;
    private final PublicGroup group;
    private final CipherSuite suite;
    private final List<ProposalOrRef> proposals = new ArrayList<>();
    private boolean withPath = true;
    private boolean encryptsToJoiners;
    private boolean unrelatedSecrets;
    private int wireFormat = WireFormat.PUBLIC_MESSAGE;
    private Optional<Bytes> leafKey = Optional.empty();
    private UnaryOperator<LeafNode> leaf = UnaryOperator.identity();
    private UnaryOperator<LeafNode> signedLeaf = UnaryOperator.identity();
    private UnaryOperator<List<Bytes>> nodeKeys = UnaryOperator.identity();
    private HostilePath.Sealed sealed = (node, secret) -> secret;
    private UnaryOperator<UpdatePath> path = UnaryOperator.identity();
    private UnaryOperator<GroupContext> pathContext = UnaryOperator.identity();
    private UnaryOperator<RatchetTree> appliedTree = UnaryOperator.identity();
    private UnaryOperator<RatchetTree> tree = UnaryOperator.identity();
    private UnaryOperator<FramedContent> framed = UnaryOperator.identity();
    private UnaryOperator<Bytes> confirmationTag = UnaryOperator.identity();

    HostileCommit(HostileMember member) {
        this.member = member;
        this.group = member.group.publicGroup();
        this.suite = group.suite();
    }

    HostileCommit of(Proposal... byValue) {
        for (Proposal proposal : byValue) {
            proposals.add(new ProposalOrRef.ByValue(proposal));
        }
        return this;
    }

    HostileCommit ofRefs(ProposalOrRef... references) {
        proposals.addAll(List.of(references));
        return this;
    }

    HostileCommit withoutPath() {
        withPath = false;
        return this;
    }

    /** Signed for a PrivateMessage. */
    HostileCommit encrypted() {
        wireFormat = WireFormat.PRIVATE_MESSAGE;
        return this;
    }

    /** The key of the committer's new leaf. */
    HostileCommit leafKey(Bytes key) {
        leafKey = Optional.of(key);
        return this;
    }

    /** Changes the committer's new leaf before it is signed. */
    HostileCommit leaf(UnaryOperator<LeafNode> change) {
        leaf = change;
        return this;
    }

    /** Changes the committer's new leaf after it was signed. */
    HostileCommit signedLeaf(UnaryOperator<LeafNode> change) {
        signedLeaf = change;
        return this;
    }

    /** The keys of the path's nodes, leaf to root. */
    HostileCommit nodeKeys(UnaryOperator<List<Bytes>> change) {
        nodeKeys = change;
        return this;
    }

    /** What is encrypted to the nodes of the copath. */
    HostileCommit sealed(HostilePath.Sealed change) {
        sealed = change;
        return this;
    }

    HostileCommit unrelatedSecrets() {
        unrelatedSecrets = true;
        return this;
    }

    HostileCommit encryptingToJoiners() {
        encryptsToJoiners = true;
        return this;
    }

    /** Changes the path as it is sent; the tree stays that of the path as it was made. */
    HostileCommit path(UnaryOperator<UpdatePath> change) {
        path = change;
        return this;
    }

    /** Encrypts the path secrets in another context. */
    HostileCommit pathContext(UnaryOperator<GroupContext> change) {
        pathContext = change;
        return this;
    }

    /** Changes the tree between the proposals and the path: another way of applying them. */
    HostileCommit appliedTree(UnaryOperator<RatchetTree> change) {
        appliedTree = change;
        return this;
    }

    /** Changes the tree of the new epoch. */
    HostileCommit tree(UnaryOperator<RatchetTree> change) {
        tree = change;
        return this;
    }

    HostileCommit framed(UnaryOperator<FramedContent> change) {
        framed = change;
        return this;
    }

    HostileCommit confirmationTag(UnaryOperator<Bytes> change) {
        confirmationTag = change;
        return this;
    }

    /** As an MLSMessage, with a true membership tag or truly encrypted. */
    byte[] message() throws MlsException {
        return message(made());
    }

    byte[] message(Made made) throws MlsException {
        return wireFormat == WireFormat.PUBLIC_MESSAGE
                ? member.publicMessage(made.content())
                : member.privateMessage(made.content());
    }

    Made made() throws MlsException {
        List<Extension> extensions = group.extensions();
        for (Proposal proposal : resolved().values()) {
            if (proposal instanceof Proposal.GroupContextExtensions replacement) {
                extensions = replacement.extensions();
            }
        }
        Map<Integer, KeyPackageIn> joiners = new LinkedHashMap<>();
        RatchetTree applied = appliedTree.apply(apply(joiners));
        Optional<HostilePath.Made> madePath =
                withPath ? Optional.of(makePath(applied, joiners.keySet(), extensions)) : Optional.empty();
        RatchetTree next = tree.apply(madePath.map(HostilePath.Made::tree).orElse(applied));
        Commit commit =
                new Commit(proposals, madePath.map(HostilePath.Made::path).map(path));
        AuthenticatedContent signed = sign(new Content.OfCommit(commit));
        GroupContext context = group.nextContext(next, extensions, signed);
        Secret joiner = KeySchedule.joinerSecret(
                suite,
                member.group.state().secrets().init(),
                madePath.map(HostilePath.Made::commitSecret).orElseGet(() -> Secret.zeros(suite.hashBytes())),
                context);
        EpochSecrets secrets = KeySchedule.epochSecrets(suite, joiner, Secret.zeros(suite.hashBytes()), context);
        Bytes tag = confirmationTag.apply(secrets.confirmationTag(context.confirmedTranscriptHash()));
        return new Made(signed.withConfirmationTag(tag), next, context, joiner, tag, joiners, madePath);
    }

    /** The proposals with who changes which leaf by an Update. */
    private Map<ProposalOrRef, Proposal> resolved() {
        Map<ProposalOrRef, Proposal> resolved = new LinkedHashMap<>();
        for (ProposalOrRef item : proposals) {
            sent(item).ifPresent(sent -> resolved.put(item, sent.proposal()));
        }
        return resolved;
    }

    private Optional<SentProposal> sent(ProposalOrRef item) {
        if (item instanceof ProposalOrRef.ByReference reference) {
            return Optional.ofNullable(group.proposals().get(reference.ref())).map(ProposalCache::sent);
        }
        Proposal proposal = ((ProposalOrRef.ByValue) item).proposal();
        return Optional.of(new SentProposal(new Sender.Member(member.group.ownLeafIndex()), proposal));
    }

    /** RFC 9420 §12.3, with whatever is there. */
    private RatchetTree apply(Map<Integer, KeyPackageIn> joiners) throws MlsException {
        RatchetTree applied = group.tree();
        List<SentProposal> all =
                proposals.stream().flatMap(item -> sent(item).stream()).toList();
        for (SentProposal sent : all) {
            if (sent.proposal() instanceof Proposal.Update update && sent.sender() instanceof Sender.Member by) {
                applied = applied.withUpdatedLeaf(by.leafIndex(), update.leafNode());
            }
        }
        for (SentProposal sent : all) {
            if (sent.proposal() instanceof Proposal.Remove remove
                    && applied.leaf(remove.removed()).isPresent()) {
                applied = applied.withoutLeaf(remove.removed());
            }
        }
        for (SentProposal sent : all) {
            if (sent.proposal() instanceof Proposal.Add add) {
                RatchetTree.Added place = applied.withAddedLeaf(add.keyPackage().leafNode());
                applied = place.tree();
                joiners.put(place.leafIndex(), add.keyPackage());
            }
        }
        return applied;
    }

    private HostilePath.Made makePath(RatchetTree applied, Set<Integer> added, List<Extension> extensions)
            throws MlsException {
        int own = member.group.ownLeafIndex();
        LeafNode old = member.group.state().ownLeafNode();
        return new HostilePath(applied, own, encryptsToJoiners ? Set.of() : added)
                .keys(nodeKeys)
                .leafKey(leafKey)
                .sealed(sealed)
                .unrelatedSecrets(unrelatedSecrets)
                .make(
                        (key, parentHash) -> signedLeaf.apply(member.signed(leaf.apply(new LeafNode(
                                key,
                                old.signatureKey(),
                                old.credential(),
                                old.capabilities(),
                                new LeafNodeSource.FromCommit(parentHash),
                                old.extensions(),
                                Bytes.EMPTY)))),
                        merged -> pathContext
                                .apply(group.provisionalContext(tree.apply(merged), extensions))
                                .encode(),
                        member.random());
    }

    private AuthenticatedContent sign(Content content) {
        GroupContext context = group.context();
        FramedContent honest = new FramedContent(
                context.groupId(),
                context.epoch(),
                new Sender.Member(member.group.ownLeafIndex()),
                Bytes.EMPTY,
                content);
        return AuthenticatedContent.sign(suite, wireFormat, framed.apply(honest), context, member.signer());
    }
}
