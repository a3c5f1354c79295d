package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.AppDataDictionary;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.ExternalPub;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PublicMessageIn;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.RatchetTreeIn;
import chat.samara.mls.tree.TreeRules;
import chat.samara.mls.welcome.GroupInfo;
import chat.samara.mls.welcome.GroupInfoIn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What an outside observer, such as a server, may hold of a group in one epoch: its context, ratchet tree, transcript hash and
 * the proposals of the epoch; no secret. A member's {@link Group} is built on the same.
 *
 * <p>Immutable, and callable from any thread. {@link #verify} leads from one value to the next; a message that is refused
 * leads nowhere and costs nothing that has to be undone. The next value shares all of the tree that did not change.
 *
 * <p><b>What an observer cannot verify</b>, because it takes a secret of the group: a message's membership tag (RFC 9420 §6.2),
 * a commit's confirmation tag (§6.1), and whether the path secrets and Welcomes encrypt what they should (§7.5). So
 * a malicious member can make a commit that this class accepts and members must reject; every other reason
 * for which a correct member would reject a handshake is checked here.
 */
public final class PublicGroup {
    private static final long EPOCH_MAX = -1L;

    private final CipherSuite suite;
    private final GroupContext context;
    private final RatchetTree tree;
    private final Bytes confirmationTag;
    private final Bytes interimTranscriptHash;
    private final ProposalCache proposals;
    private final Optional<Proposal.ReInit> reInit;
    private final AuthenticationService authentication;

    private PublicGroup(
            GroupContext context,
            RatchetTree tree,
            Bytes confirmationTag,
            ProposalCache proposals,
            Optional<Proposal.ReInit> reInit,
            AuthenticationService authentication) {
        this.suite = tree.suite();
        this.context = context;
        this.tree = tree;
        this.confirmationTag = confirmationTag;
        this.interimTranscriptHash = interimTranscriptHash(suite, context.confirmedTranscriptHash(), confirmationTag);
        this.proposals = proposals;
        this.reInit = reInit;
        this.authentication = authentication;
    }

    // ---- where one comes from ----

    /**
     * The public group that a GroupInfo describes, with everything verified that an observer can verify (RFC 9420
     * §12.4.3.1): the tree's hash, keys, parent hashes, leaves and their signatures and credentials, what the group demands
     * of its members, and the GroupInfo's signature.
     *
     * @param groupInfo an MLSMessage with a GroupInfo
     * @param ratchetTree the encoded tree (RFC 9420 §12.4.3.3)
     * @param authentication judges the credentials of members, now and in every handshake that is verified later
     */
    public static PublicGroup of(byte[] groupInfo, byte[] ratchetTree, AuthenticationService authentication)
            throws MlsException {
        return of(MlsMessage.decode(groupInfo).requireGroupInfo(), ratchetTree, authentication);
    }

    /** As {@link #of(byte[], byte[], AuthenticationService)}, for a GroupInfo that came in a Welcome. */
    static PublicGroup of(GroupInfoIn groupInfo, byte[] ratchetTree, AuthenticationService authentication)
            throws MlsException {
        GroupContext context = groupInfo.groupContext();
        CipherSuite suite = context.suite();
        RatchetTreeIn received = RatchetTreeIn.decode(suite, ratchetTree);
        // The signer's key comes out of a tree that is not verified yet; but both are accepted only together.
        GroupInfo verified = groupInfo.verify(signerKey(received.trusted(), groupInfo.signer()));
        requireTag(suite, verified.confirmationTag());
        RatchetTree tree = received.verify(context.groupId(), context.treeHash(), context.extensions(), authentication);
        ProposalRules.requireAcceptedSenders(context.extensions(), suite, authentication);
        return new PublicGroup(
                context, tree, verified.confirmationTag(), ProposalCache.EMPTY, Optional.empty(), authentication);
    }

    /** For a member: the public side of a group that it has just founded. The caller vouches for the arguments. */
    static PublicGroup founded(
            RatchetTree tree, GroupContext context, Bytes confirmationTag, AuthenticationService authentication)
            throws MlsException {
        TreeRules.checkMembers(tree, context.extensions());
        ProposalRules.requireAcceptedSenders(context.extensions(), tree.suite(), authentication);
        return new PublicGroup(context, tree, confirmationTag, ProposalCache.EMPTY, Optional.empty(), authentication);
    }

    private static Bytes signerKey(RatchetTree tree, int signer) throws MlsException {
        Optional<LeafNode> leaf = tree.leaf(signer);
        if (leaf.isEmpty()) {
            throw new MlsException(
                    MlsError.INVALID_GROUP_INFO,
                    "signed by leaf " + Integer.toUnsignedString(signer) + ", expected a member (RFC 9420 §12.4.3)");
        }
        return leaf.get().signatureKey();
    }

    private static void requireTag(CipherSuite suite, Bytes tag) throws MlsException {
        if (tag.size() != suite.hashBytes()) {
            throw new MlsException(
                    MlsError.INVALID_TAG_LENGTH,
                    "a confirmation tag of " + tag.size() + " bytes, expected " + suite.hashBytes()
                            + " (RFC 9420 §6.1)");
        }
    }

    // ---- what it says ----

    public Bytes groupId() {
        return context.groupId();
    }

    /** The epoch, unsigned. */
    public long epoch() {
        return context.epoch();
    }

    public CipherSuite suite() {
        return suite;
    }

    /** The GroupContext of the epoch (RFC 9420 §8.1). */
    public GroupContext context() {
        return context;
    }

    /** The extensions of the GroupContext. */
    public List<Extension> extensions() {
        return context.extensions();
    }

    /** A component's data in the GroupContext (draft-ietf-mls-extensions). */
    public Optional<Bytes> appData(int componentId) {
        try {
            return AppDataDictionary.in(context.extensions()).flatMap(dictionary -> dictionary.find(componentId));
        } catch (MlsException e) {
            // A group that a version has stored which did not read the extension.
            return Optional.empty();
        }
    }

    public Bytes treeHash() {
        return context.treeHash();
    }

    /** The confirmation tag of the commit that started the epoch; not verified, unless a member says so. */
    public Bytes confirmationTag() {
        return confirmationTag;
    }

    /** The encoded ratchet tree (RFC 9420 §12.4.3.3). */
    public byte[] ratchetTree() {
        return tree.encode();
    }

    /**
     * How many bytes {@link #ratchetTree} has at most after whatever commits that add nobody and make no leaf larger: the nodes above the members
     * get their keys one by one as these commit. O(n).
     */
    public int ratchetTreeBytesWhenFilled() {
        return tree.bytesWhenFilled();
    }

    /** How many members have not committed since they came: their leaves get a parent hash with their first commit (RFC 9420 §7.9). O(n). */
    public int membersYetToCommit() {
        return membersYetToCommit(tree);
    }

    static int membersYetToCommit(RatchetTree tree) {
        int[] count = {0};
        tree.forEachLeaf((leaf, index) -> count[0] += leaf.source() instanceof LeafNodeSource.FromCommit ? 0 : 1);
        return count[0];
    }

    /** How many bytes a member's leaf has in the tree; 0 where it is blank or beyond it. */
    public int leafBytes(int leafIndex) {
        return tree.leafBytes(leafIndex);
    }

    /** All members, by rising leaf index. */
    public List<Member> members() {
        List<Member> members = new ArrayList<>(tree.memberCount());
        tree.forEachLeaf((leaf, index) -> members.add(Member.of(index, leaf)));
        return List.copyOf(members);
    }

    public int memberCount() {
        return tree.memberCount();
    }

    /** The member at a leaf; empty where the leaf is blank or beyond the tree. */
    public Optional<Member> member(int leafIndex) {
        return tree.leaf(leafIndex).map(leaf -> Member.of(leafIndex, leaf));
    }

    /** The member with a signature key. O(log n). */
    public Optional<Member> memberWithSignatureKey(Bytes signatureKey) {
        OptionalInt leaf = tree.leafWithSignatureKey(signatureKey);
        return leaf.isPresent() ? member(leaf.getAsInt()) : Optional.empty();
    }

    /**
     * The members whose leaves do not list what an application wants to use with all of them, by rising leaf index. O(1) where everybody lists
     * it, else O(n).
     *
     * @param components of {@code app_components} (draft-ietf-mls-extensions)
     */
    public List<Member> membersLacking(RequiredCapabilities required, List<Integer> components) {
        if (tree.census().allList(required, components)) {
            return List.of();
        }
        List<Member> lacking = new ArrayList<>();
        tree.forEachLeaf((leaf, index) -> {
            if (!lists(leaf, required, components)) {
                lacking.add(Member.of(index, leaf));
            }
        });
        return List.copyOf(lacking);
    }

    /** The leaf of a member (RFC 9420 §7.2); empty where it is blank or beyond the tree. */
    public Optional<LeafNode> leafNode(int leafIndex) {
        return tree.leaf(leafIndex);
    }

    private static boolean lists(LeafNode leaf, RequiredCapabilities required, List<Integer> components) {
        return leaf.capabilities().supports(required)
                && AppDataDictionary.listedByLeaf(leaf.extensions()).containsAll(components);
    }

    /** Whether proposals wait for a commit. */
    public boolean hasPendingProposals() {
        return !proposals.byRef().isEmpty();
    }

    /**
     * What the group is re-initialized as, if the commit that started the epoch has put an end to it (RFC 9420 §11.2): no further
     * handshake is accepted then.
     */
    public Optional<Proposal.ReInit> reInit() {
        return reInit;
    }

    RatchetTree tree() {
        return tree;
    }

    /** The same, with credentials judged by another from now on. */
    PublicGroup judgedBy(AuthenticationService other) {
        return new PublicGroup(context, tree, confirmationTag, proposals, reInit, other);
    }

    AuthenticationService authentication() {
        return authentication;
    }

    /** The proposals of the epoch by ProposalRef, in the order in which they came. */
    Map<Bytes, AuthenticatedContent> proposals() {
        return proposals.byRef();
    }

    Optional<SentProposal> sentProposal(Bytes ref) {
        return proposals.find(ref);
    }

    Bytes interimTranscriptHash() {
        return interimTranscriptHash;
    }

    static Bytes refOf(KeyPackageIn keyPackage) {
        try {
            return keyPackage.ref();
        } catch (MlsException e) {
            throw new IllegalStateException("a KeyPackage that was verified, expected an implemented suite", e);
        }
    }

    // ---- what comes next ----

    /**
     * Verifies a commit or proposal of the present epoch (RFC 9420 §12.1, §12.2, §12.4.2): by a member, or by someone else whom
     * the authentication service {@link AuthenticationService#admits admits}. {@link VerifiedHandshake#sender} says who it is.
     *
     * @param publicMessage an MLSMessage with a PublicMessage
     * @throws MlsException with the code of the first rule that is broken
     */
    public VerifiedHandshake verify(byte[] publicMessage) throws MlsException {
        return verify(MlsMessage.decode(publicMessage).requirePublicMessage());
    }

    /**
     * What a member's commit of the present epoch says that it does, before any signature is verified; empty of what is no commit, or is not a member's.
     *
     * @param publicMessage an MLSMessage with a PublicMessage
     * @throws MlsException with the code of a rule that is broken
     */
    public Optional<UnverifiedCommit> outline(byte[] publicMessage) throws MlsException {
        return UnverifiedCommit.of(this, MlsMessage.decode(publicMessage).requirePublicMessage());
    }

    /** As {@link #verify(byte[])}, of a message that was decoded. */
    VerifiedHandshake verify(PublicMessageIn message) throws MlsException {
        Bytes key = signatureKeyOf(message.content());
        return verify(message.verify(suite, context, key));
    }

    /** The key that content of the present epoch has to be signed with (RFC 9420 §6.1). */
    Bytes signatureKeyOf(FramedContent content) throws MlsException {
        requirePresent(content);
        return senders().signatureKey(content);
    }

    /** Content is of this group and the present epoch: {@link MlsError#WRONG_GROUP}, {@link MlsError#WRONG_EPOCH}. */
    void requirePresent(FramedContent content) throws MlsException {
        if (!content.groupId().equals(context.groupId())) {
            throw new MlsException(
                    MlsError.WRONG_GROUP, "group " + content.groupId() + ", expected " + context.groupId());
        }
        if (content.epoch() != context.epoch()) {
            throw new MlsException(
                    MlsError.WRONG_EPOCH,
                    "epoch " + Long.toUnsignedString(content.epoch()) + ", expected "
                            + Long.toUnsignedString(context.epoch()));
        }
    }

    Senders senders() {
        return new Senders(tree, context, authentication);
    }

    /** Verifies a handshake whose signature has been verified with {@link #signatureKeyOf}. */
    VerifiedHandshake verify(AuthenticatedContent message) throws MlsException {
        if (reInit.isPresent()) {
            // RFC 9420 §12.4.2: "the client MUST NOT use the group to send messages anymore".
            throw new MlsException(
                    MlsError.GROUP_INACTIVE,
                    "the group was re-initialized as " + reInit.get().groupId());
        }
        return new HandshakeVerification(this).verify(message);
    }

    /** The same epoch with one more proposal. */
    PublicGroup withProposal(Bytes ref, AuthenticatedContent proposal) throws MlsException {
        return new PublicGroup(context, tree, confirmationTag, proposals.with(ref, proposal), reInit, authentication);
    }

    /**
     * Verifies that a GroupInfo describes just this group in this epoch, and that a member signed it (RFC 9420 §12.4.3): for a
     * server that is about to serve it. The caller compares the commit's {@link #after} with the GroupInfo that came with it.
     *
     * @param groupInfo an MLSMessage with a GroupInfo
     */
    public void checkGroupInfo(byte[] groupInfo) throws MlsException {
        GroupInfoIn received = MlsMessage.decode(groupInfo).requireGroupInfo();
        if (!received.groupContext().equals(context)) {
            throw new MlsException(
                    MlsError.INVALID_GROUP_INFO, "another GroupContext, expected that of epoch " + epoch());
        }
        if (!received.confirmationTag().equals(confirmationTag)) {
            throw new MlsException(
                    MlsError.INVALID_GROUP_INFO, "another confirmation tag, expected that of epoch " + epoch());
        }
        Optional<Bytes> externalPub = ExternalPub.in(received.extensions());
        if (externalPub.isPresent()) {
            suite.requireValidHpkeKey(externalPub.get());
        }
        received.verify(signerKey(tree, received.signer()));
    }

    /**
     * Whether a GroupInfo and a ratchet tree describe just this group in this epoch, as a member signed it: for who has followed the
     * group and is about to join it anew with what a server gave. The GroupContext (with tree hash and confirmed transcript hash), the
     * confirmation tag and the tree are compared byte by byte. The GroupInfo's external_pub cannot be: only members know it.
     *
     * @param groupInfo an MLSMessage with a GroupInfo
     * @param ratchetTree the encoded tree
     */
    public boolean matches(byte[] groupInfo, byte[] ratchetTree) {
        try {
            checkGroupInfo(groupInfo);
        } catch (MlsException e) {
            return false;
        }
        return Arrays.equals(ratchetTree(), ratchetTree);
    }

    // ---- the steps of a commit, for members who make one (RFC 9420 §12.4.1) ----

    /** What each proposal of this epoch has to meet by itself (RFC 9420 §12.1). */
    ProposalRules rules() {
        return new ProposalRules(tree, context, authentication);
    }

    /** The lists of proposals that a commit of this epoch may have (RFC 9420 §12.2, §12.3). */
    CommitProposals commitProposals() {
        return new CommitProposals(this);
    }

    /** The context for the encryption of a path: the new epoch's with the old transcript hash (RFC 9420 §12.4.1). */
    GroupContext provisionalContext(RatchetTree next, List<Extension> extensions) {
        return context.provisional(next.hash(), extensions);
    }

    /** The GroupContext of the epoch that a signed commit starts (RFC 9420 §8.2); its tag is not needed yet. */
    GroupContext nextContext(RatchetTree next, List<Extension> extensions, AuthenticatedContent commit)
            throws MlsException {
        if (context.epoch() == EPOCH_MAX) {
            throw new MlsException(MlsError.LIMIT, "epoch 2^64 - 1, expected room for another");
        }
        Bytes confirmed = suite.hash(interimTranscriptHash.arrayUnsafe(), commit.confirmedTranscriptHashInput());
        return provisionalContext(next, extensions).withConfirmedTranscriptHash(confirmed);
    }

    /** The public group of the next epoch. Refuses a tree whose members do not go together (RFC 9420 §12.2). */
    PublicGroup after(
            RatchetTree next, GroupContext nextContext, Optional<Proposal.ReInit> end, Bytes nextConfirmationTag)
            throws MlsException {
        TreeRules.checkMembers(next, nextContext.extensions());
        requireTag(suite, nextConfirmationTag);
        return new PublicGroup(nextContext, next, nextConfirmationTag, ProposalCache.EMPTY, end, authentication);
    }

    /** RFC 9420 §8.2. */
    private static Bytes interimTranscriptHash(CipherSuite suite, Bytes confirmedTranscriptHash, Bytes tag) {
        return suite.hash(
                confirmedTranscriptHash.arrayUnsafe(),
                new TlsWriter().opaque(tag).toByteArray());
    }

    // ---- storage ----

    /** A snapshot, as {@link PublicGroupSnapshot} lays it out. */
    public byte[] encode() {
        return PublicGroupSnapshot.encode(this);
    }

    /**
     * Restores a snapshot out of the reader's own store: it is parsed with care, but its signatures are not verified again.
     *
     * @throws MlsException {@link MlsError#INVALID_STATE} for another version or a tree that does not belong to the context,
     *     {@link MlsError#MALFORMED}
     */
    public static PublicGroup decode(byte[] snapshot, AuthenticationService authentication) throws MlsException {
        return PublicGroupSnapshot.decode(snapshot, authentication);
    }

    /** Puts together what was stored; the caller vouches for it. */
    static PublicGroup restored(
            GroupContext context,
            RatchetTree tree,
            Bytes confirmationTag,
            List<AuthenticatedContent> proposals,
            Optional<Proposal.ReInit> reInit,
            AuthenticationService authentication)
            throws MlsException {
        ProposalCache cache = ProposalCache.EMPTY;
        for (AuthenticatedContent proposal : proposals) {
            if (proposal.content().content().type() != Content.PROPOSAL) {
                throw new MlsException(MlsError.INVALID_STATE, "a stored proposal that is none");
            }
            cache = cache.with(proposal.proposalRef(tree.suite()), proposal);
        }
        return new PublicGroup(context, tree, confirmationTag, cache, reInit, authentication);
    }

    @Override
    public String toString() {
        return "PublicGroup(" + groupId() + ", epoch " + Long.toUnsignedString(epoch()) + ", " + memberCount()
                + " members)";
    }
}
