package chat.samara.wire.channel;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.ExternalPub;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.group.Member;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.group.UnverifiedCommit;
import chat.samara.mls.group.VerifiedCommit;
import chat.samara.mls.group.VerifiedHandshake;
import chat.samara.mls.group.VerifiedProposal;
import chat.samara.mls.group.VerifiedSender;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.RatchetTreeIn;
import chat.samara.mls.welcome.GroupInfoIn;
import chat.samara.mls.welcome.Welcome;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.CommitSignature;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.GenesisIn;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.ControlPayload;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.GenesisControl;
import chat.samara.wire.proto.RecordKind;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Which records may stand in a channel's log. They depend on the log before the record and on nothing else, so that the hub, all
 * followers and all devices judge the same (I2, I4): the hub refuses what breaks them, and a follower or a device that finds such an
 * entry knows that its hub cheats. Each rule has an id, the refusal's detail; they are listed in {@code
 * docs/protocol/channel-rules.md}. Stateless.
 */
public final class HandshakeRules {
    private static final DeviceAuthentication AUTHENTICATION = new DeviceAuthentication();
    private static final int APPLICATION_CONTENT = 1;

    /** The detail of the refusal of who may not commit any more. */
    public static final String AUTHOR_BARRED = "author-barred";

    /** The detail of the refusal of a commit that changes what stands in the GroupContext for everybody. */
    public static final String EXTENSIONS_NOT_ORDERED = "extensions-not-ordered";

    private HandshakeRules() {}

    /** What a genesis starts. */
    public record Birth(Genesis genesis, Change.Born change) {
        /** How many bytes the GroupContext has, which every GroupInfo repeats. */
        public int groupContextBytes() {
            return change.group().context().encode().length;
        }
    }

    /** Judges what would be the first entry of a log. */
    public static Birth judgeGenesis(GenesisControl control) throws RefusedException {
        Payload.requireForm(control);
        Genesis genesis =
                GenesisIn.decode(Protobuf.toBytes(control.getSignedGenesis())).verify();
        try {
            byte[] tree = control.getRatchetTree().toByteArray();
            GroupInfoIn info =
                    MlsMessage.decode(control.getGroupInfo().toByteArray()).requireGroupInfo();
            // Before the leaves of all the others are verified, whose signatures would cost a second.
            GenesisGroup.requireCreatorOnly(
                    RatchetTreeIn.decode(info.groupContext().suite(), tree).memberCount());
            PublicGroup group = PublicGroup.of(control.getGroupInfo().toByteArray(), tree, AUTHENTICATION);
            GenesisGroup.requireFits(genesis, group.groupId(), group.suite().code(), group.epoch(), group.members());
            return new Birth(genesis, new Change.Born(group, genesis.creator().device()));
        } catch (MlsException e) {
            throw invalid(e);
        }
    }

    /** Judges a record as the next of a channel that has begun. */
    public static Change judge(ChannelView channel, Record record) throws RefusedException {
        return judge(channel, record, claim(channel, record));
    }

    /**
     * The first half of {@link #judge(ChannelView, Record)}: refuses a member's commit by every rule that takes no signature, since there can be hundreds in one. Empty
     * of all other records, of which nothing is judged yet.
     */
    public static Optional<CommitClaim> claim(ChannelView channel, Record record) throws RefusedException {
        return claim(channel, record, false);
    }

    /**
     * The second half: verifies what the first has let through.
     *
     * @param claim of this record, by {@link #claim}
     */
    public static Change judge(ChannelView channel, Record record, Optional<CommitClaim> claim)
            throws RefusedException {
        return judge(channel, record, claim, false);
    }

    /**
     * Judges an entry of a log that others have followed before, perhaps under the rules of before: an unsigned commit, where the log demands no
     * signed ones yet, may have brought a member's second identity key ({@link OneIdentity}). Who believes the group that comes of it asks {@link
     * OneIdentity#brokenIn} first.
     */
    public static Change judgePast(ChannelView channel, Record record) throws RefusedException {
        return judge(channel, record, claim(channel, record, true), true);
    }

    private static void requireOf(ChannelView channel, Record record) {
        if (!record.channel().equals(channel.id())) {
            throw new IllegalArgumentException(
                    "a record of channel " + record.channel() + ", expected " + channel.id());
        }
    }

    private static Change judge(ChannelView channel, Record record, Optional<CommitClaim> claim, boolean past)
            throws RefusedException {
        requireOf(channel, record);
        return switch (record.kind()) {
            case CONTROL -> judgeControl(channel, record);
            case APPLICATION -> {
                requireAuthor(channel, record);
                yield judgeApplication(channel, record);
            }
            case PROPOSAL -> judgeProposal(channel, record, requireAuthor(channel, record));
            case COMMIT ->
                claim.isPresent() ? judgeCommit(channel, record, claim.get()) : judgeOtherCommit(channel, record, past);
            case RECORD_KIND_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("a record of no kind, expected one that was read with care");
        };
    }

    /**
     * What a hub does not order, and an origin does not pass on, though the log could hold it: commits of a barred user, and its proposals,
     * which whoever commits next would commit. Not of {@link #judge}: who reads a log takes what stands in it, since two versions that
     * count accusations otherwise would freeze each other's channels, and a hub that orders such a commit could as well order none.
     */
    public static void requireNotBarred(ChannelView channel, Record record, Change change) throws RefusedException {
        Optional<ChannelMember> author = Optional.empty();
        if (change instanceof Change.Committed committed) {
            author = Optional.of(committed.author());
        } else if (change instanceof Change.Proposed) {
            author = record.device().flatMap(channel::member);
        }
        if (author.isPresent()) {
            requireNotBarred(channel, author.get());
        }
    }

    /** As {@link #requireNotBarred(ChannelView, Record, Change)}, of the author of a commit. */
    public static void requireNotBarred(ChannelView channel, ChannelMember author) throws RefusedException {
        if (channel.blame().isBarred(author.identityKey())) {
            throw refused(
                    ErrorCode.INVALID_HANDSHAKE,
                    "others could not process commits of " + author.user() + ", who may make no more in this channel"
                            + " until a member removes and adds " + author.user() + " again",
                    AUTHOR_BARRED);
        }
    }

    /**
     * What a hub does not order, and an origin does not pass on, though the log could hold it: a commit that changes the GroupContext's extensions. No
     * device makes one, nor one that would put them back. But every commit repeats them in its GroupInfo and every addition in its Welcome, too: one large
     * one, and no addition fits into a record any more. Not of {@link #judge}: logs of before may hold one, and are followed.
     */
    public static void requireSameExtensions(ChannelView channel, Change change) throws RefusedException {
        if (change instanceof Change.Committed committed) {
            requireSameExtensions(channel, committed.commit().after().extensions());
        }
    }

    /** As {@link #requireSameExtensions(ChannelView, Change)}, of the extensions that a commit would leave. */
    public static void requireSameExtensions(ChannelView channel, List<Extension> after) throws RefusedException {
        if (!after.equals(channel.group().extensions())) {
            throw refused(
                    ErrorCode.INVALID_HANDSHAKE,
                    "the commit changes the extensions of the channel's GroupContext, which no version of this protocol"
                            + " does; make the change without",
                    EXTENSIONS_NOT_ORDERED);
        }
    }

    private static Change judgeControl(ChannelView channel, Record record) throws RefusedException {
        ControlPayload control = Payload.control(record);
        if (record.device().isPresent() || !record.origin().equals(channel.hub()) || !control.hasEpochClosed()) {
            throw refused(ErrorCode.NOT_A_MEMBER, "only the hub controls, and a log has one genesis", "control");
        }
        long through = control.getEpochClosed().getThroughEpoch();
        if (through >= channel.epoch() || through < channel.firstOpenEpoch()) {
            throw refused(
                    ErrorCode.STALE_EPOCH,
                    "epochs through " + through + " cannot be closed in epoch " + channel.epoch(),
                    "epoch-closed");
        }
        return new Change.EpochsClosed(through);
    }

    /** Of a record with a device: the device is a member, of the origin's. Refused with {@code NOT_A_MEMBER}. */
    public static ChannelMember requireAuthor(ChannelView channel, Record record) throws RefusedException {
        DeviceId device = record.device().orElseThrow();
        ChannelMember member = channel.member(device)
                .orElseThrow(() ->
                        refused(ErrorCode.NOT_A_MEMBER, "device " + device + " is not in the channel", "not-a-member"));
        requireOrigin(member, record);
        return member;
    }

    private static void requireOrigin(ChannelMember member, Record record) throws RefusedException {
        if (!member.user().server().equals(record.origin())) {
            throw refused(
                    ErrorCode.NOT_A_MEMBER,
                    member.userDevice() + " is not a device of " + record.origin(),
                    "wrong-origin");
        }
    }

    private static Change judgeApplication(ChannelView channel, Record record) throws RefusedException {
        if (record.epoch() < channel.firstOpenEpoch()) {
            throw refused(
                    ErrorCode.EPOCH_EXPIRED,
                    "epoch " + record.epoch() + " is closed; encrypt the message again in epoch " + channel.epoch(),
                    "epoch-closed");
        }
        if (record.epoch() > channel.epoch()) {
            throw refused(
                    ErrorCode.INVALID_HANDSHAKE,
                    "epoch " + record.epoch() + " has not begun; the channel is in epoch " + channel.epoch(),
                    "future-epoch");
        }
        try {
            MlsMessage message = MlsMessage.decode(record.payload().arrayUnsafe());
            if (!(message instanceof MlsMessage.OfPrivateMessage it)
                    || it.message().contentType() != APPLICATION_CONTENT) {
                throw refused(
                        ErrorCode.INVALID_HANDSHAKE, "application data travels as PrivateMessage", "private-message");
            }
            if (!it.message().groupId().equals(channel.id().mlsGroupId())
                    || it.message().epoch() != record.epoch()) {
                throw refused(ErrorCode.INVALID_HANDSHAKE, "the message is of another group or epoch", "wrong-group");
            }
            return new Change.Spoken();
        } catch (MlsException e) {
            throw invalid(e);
        }
    }

    private static Change judgeProposal(ChannelView channel, Record record, ChannelMember author)
            throws RefusedException {
        requirePresentEpoch(channel, record);
        try {
            VerifiedHandshake verified = channel.group().verify(record.payload().arrayUnsafe());
            requireAuthored(verified, record, author);
            if (!(verified instanceof VerifiedProposal proposal)) {
                throw refused(ErrorCode.INVALID_HANDSHAKE, "a record of kind PROPOSAL holds another", "kind");
            }
            requireFollowable(
                    proposal.proposal() instanceof Proposal.PreSharedKey,
                    proposal.proposal() instanceof Proposal.ReInit);
            return new Change.Proposed(proposal);
        } catch (MlsException e) {
            throw invalid(e);
        }
    }

    private static Optional<CommitClaim> claim(ChannelView channel, Record record, boolean past)
            throws RefusedException {
        requireOf(channel, record);
        if (record.kind() != RecordKind.COMMIT) {
            return Optional.empty();
        }
        requirePresentEpoch(channel, record);
        CommitPayload payload = Payload.commit(record);
        PublicGroup before = channel.group();
        try {
            Optional<UnverifiedCommit> read = before.outline(payload.getCommit().toByteArray());
            if (read.isEmpty()) {
                return Optional.empty();
            }
            UnverifiedCommit outline = read.get();
            requireBound(outline.authenticatedData(), record);
            ChannelMember author = requireAuthor(channel, record);
            requireSender(outline.sender().signatureKey(), author);
            requireFollowable(outline.hasPreSharedKeys(), outline.hasReInit());
            CommitClaim claim =
                    new CommitClaim(payload, outline, author, claimed(outline.added()), claimed(outline.removed()));
            requireDistinct(claim.added());
            if (!past || channel.demandsSignedCommits() || CommitSignature.isSigned(payload)) {
                OneIdentity.require(before.members(), outline.added(), outline.removed(), outline.updated());
            }
            requireWelcomeFor(outline.addedKeyPackageRefs(), payload);
            return Optional.of(claim);
        } catch (MlsException e) {
            throw invalid(e);
        }
    }

    /** A credential that holds no certificate is one that {@link DeviceAuthentication} accepts of nobody. */
    private static List<ChannelMember> claimed(List<Member> members) throws MlsException {
        try {
            return Roster.read(members);
        } catch (RefusedException e) {
            throw new MlsException(MlsError.CREDENTIAL_REJECTED, e.refusal().reason() + " (RFC 9420 §5.3.1)");
        }
    }

    private static Change judgeCommit(ChannelView channel, Record record, CommitClaim claim) throws RefusedException {
        CommitPayload payload = claim.payload();
        try {
            // One signature, before hundreds.
            requireSigned(channel, record, false, payload, claim.author());
            VerifiedCommit commit = (VerifiedCommit) claim.outline().verify();
            commit.after().checkGroupInfo(payload.getGroupInfo().toByteArray());
            requireSameDevices(channel.group(), commit);
            return Change.Committed.of(commit, payload);
        } catch (MlsException e) {
            throw invalid(e);
        }
    }

    /** What is no member's commit: an external one, or none at all. */
    private static Change judgeOtherCommit(ChannelView channel, Record record, boolean past) throws RefusedException {
        CommitPayload payload = Payload.commit(record);
        PublicGroup before = channel.group();
        try {
            VerifiedHandshake verified = before.verify(payload.getCommit().toByteArray());
            if (!(verified instanceof VerifiedCommit commit)
                    || !(commit.sender() instanceof VerifiedSender.Joiner joiner)) {
                throw refused(ErrorCode.INVALID_HANDSHAKE, "a record of kind COMMIT holds another", "kind");
            }
            requireBound(commit.authenticatedData(), record);
            ChannelMember author = requireReturn(record, commit, joiner);
            requireSigned(channel, record, true, payload, author);
            requireFollowable(!commit.preSharedKeys().isEmpty(), commit.reInit().isPresent());
            commit.after().checkGroupInfo(payload.getGroupInfo().toByteArray());
            requireSameDevices(before, commit);
            if (!past || channel.demandsSignedCommits() || CommitSignature.isSigned(payload)) {
                OneIdentity.require(before.members(), commit.added(), commit.removed(), commit.updated());
            }
            requireWelcomeFor(commit.addedKeyPackageRefs(), payload);
            return Change.Committed.of(commit, payload);
        } catch (MlsException e) {
            throw invalid(e);
        }
    }

    /**
     * An external commit is how a member whose device has lost its place comes back, and nothing else: it takes the place of one
     * old leaf, which is of the same user with the same identity key. The device's key may be a new one.
     */
    private static ChannelMember requireReturn(Record record, VerifiedCommit commit, VerifiedSender.Joiner joiner)
            throws RefusedException {
        if (joiner.replaced().isEmpty() || commit.removed().size() != 1) {
            throw refused(
                    ErrorCode.INVALID_HANDSHAKE,
                    "an external commit removes " + commit.removed().size()
                            + " leaves, expected just the old one of who returns by it",
                    "return-removes-one");
        }
        ChannelMember author = Roster.member(joiner.joined());
        ChannelMember old = Roster.member(joiner.replaced().get());
        if (!author.user().equals(old.user()) || !author.identityKey().equals(old.identityKey())) {
            throw refused(
                    ErrorCode.INVALID_HANDSHAKE,
                    author.userDevice() + " takes the place of " + old.userDevice()
                            + ", expected one of its own user and identity key",
                    "return-identity");
        }
        if (!author.device().equals(record.device().orElseThrow())) {
            throw refused(
                    ErrorCode.INVALID_HANDSHAKE,
                    "sent by " + record.device().get() + ", but " + author.userDevice() + " returns by it",
                    "sender");
        }
        requireOrigin(author, record);
        return author;
    }

    /**
     * The author answers for all of the payload: what MLS does not sign, a server on the way could have changed. Logs of before
     * hold unsigned commits; from their first signed one on, none may be without. Who returns signs always.
     */
    private static void requireSigned(
            ChannelView channel, Record record, boolean isReturn, CommitPayload payload, ChannelMember author)
            throws RefusedException, MlsException {
        boolean optional = !channel.demandsSignedCommits() && !isReturn && payload.getRefused() == 0;
        if (!CommitSignature.isSigned(payload) && optional) {
            return;
        }
        if (!CommitSignature.verify(author.signatureKey(), channel.id(), record.idempotencyKey(), payload)) {
            throw refused(
                    ErrorCode.INVALID_HANDSHAKE,
                    "the commit's payload is not signed as a whole by " + author.userDevice(),
                    "author-signature");
        }
        List<Extension> extensions = MlsMessage.decode(payload.getGroupInfo().toByteArray())
                .requireGroupInfo()
                .extensions();
        if (ExternalPub.in(extensions).isEmpty()) {
            throw refused(
                    ErrorCode.INVALID_HANDSHAKE,
                    "the GroupInfo has no external_pub: whoever cannot process the commit could not return",
                    "external-pub");
        }
    }

    private static void requirePresentEpoch(ChannelView channel, Record record) throws RefusedException {
        if (record.epoch() != channel.epoch()) {
            throw refused(
                    ErrorCode.STALE_EPOCH,
                    "the channel is in epoch " + channel.epoch() + ", and this was made for epoch " + record.epoch()
                            + "; catch up and build it again",
                    Long.toString(channel.epoch()));
        }
    }

    private static void requireAuthored(VerifiedHandshake verified, Record record, ChannelMember author)
            throws RefusedException {
        if (!(verified.sender() instanceof VerifiedSender.OfMember)) {
            throw refused(ErrorCode.INVALID_HANDSHAKE, "only members make proposals", "outsider");
        }
        requireSender(verified.sender().signatureKey(), author);
        requireBound(verified.authenticatedData(), record);
    }

    private static void requireSender(Bytes signatureKey, ChannelMember author) throws RefusedException {
        if (!signatureKey.equals(author.signatureKey())) {
            throw refused(ErrorCode.INVALID_HANDSHAKE, "another member has signed it", "sender");
        }
    }

    private static void requireBound(Bytes authenticatedData, Record record) throws RefusedException {
        if (!authenticatedData.equals(record.idempotencyKey().bytes())) {
            throw refused(
                    ErrorCode.INVALID_HANDSHAKE,
                    "its authenticated_data is not the record's idempotency key",
                    "authenticated-data");
        }
    }

    /**
     * What every member can follow (I4): whether members hold a pre-shared key cannot be seen from outside, and a channel is one
     * group for good.
     */
    private static void requireFollowable(boolean hasPreSharedKey, boolean hasReInit) throws RefusedException {
        if (hasPreSharedKey) {
            throw refused(
                    ErrorCode.INVALID_HANDSHAKE,
                    "it injects a pre-shared key, which the members of a channel do not have",
                    "pre-shared-key");
        }
        if (hasReInit) {
            throw refused(
                    ErrorCode.INVALID_HANDSHAKE, "it ends the group, but a channel keeps its group for good", "reinit");
        }
    }

    /** A device's id follows from its signature key, so a leaf must keep that key for as long as it stands. */
    private static void requireSameDevices(PublicGroup before, VerifiedCommit commit) throws RefusedException {
        if (!commit.isExternal()) {
            requireSameDevice(before, commit.after(), commit.committerLeaf());
        }
        for (Member updated : commit.updated()) {
            requireSameDevice(before, commit.after(), updated.leafIndex());
        }
    }

    private static void requireDistinct(List<ChannelMember> members) throws RefusedException {
        TreeSet<DeviceId> added = new TreeSet<>();
        for (ChannelMember member : members) {
            if (!added.add(member.device())) {
                throw refused(ErrorCode.INVALID_HANDSHAKE, "device " + member.device() + " is added twice", "device");
            }
        }
    }

    private static void requireSameDevice(PublicGroup before, PublicGroup after, int leaf) throws RefusedException {
        Optional<Member> old = before.member(leaf);
        Optional<Member> fresh = after.member(leaf);
        if (old.isPresent()
                && fresh.isPresent()
                && !old.get().signatureKey().equals(fresh.get().signatureKey())) {
            throw refused(
                    ErrorCode.INVALID_HANDSHAKE,
                    "leaf " + leaf + " changes its signature key; a device keeps its key, add it anew",
                    "signature-key");
        }
    }

    private static void requireWelcomeFor(List<Bytes> wanted, CommitPayload payload)
            throws RefusedException, MlsException {
        List<Bytes> there = payload.getWelcome().isEmpty()
                ? List.of()
                : Welcome.keyPackageRefs(payload.getWelcome().toByteArray());
        if (there.size() != wanted.size() || !new TreeSet<>(there).equals(new TreeSet<>(wanted))) {
            throw refused(
                    ErrorCode.INVALID_HANDSHAKE,
                    "the Welcome is for " + there.size() + " KeyPackages, but the commit adds " + wanted.size()
                            + "; both must be the same",
                    "welcome");
        }
    }

    private static RefusedException invalid(MlsException e) {
        RefusedException refused = RefusedException.of(
                ErrorCode.INVALID_HANDSHAKE,
                "MLS refuses it: " + e.getMessage(),
                e.code().name());
        refused.initCause(e);
        return refused;
    }

    private static RefusedException refused(ErrorCode code, String reason, String detail) {
        return RefusedException.of(code, reason, detail);
    }
}
