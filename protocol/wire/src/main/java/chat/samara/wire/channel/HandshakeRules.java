package chat.samara.wire.channel;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.group.Member;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.group.VerifiedCommit;
import chat.samara.mls.group.VerifiedHandshake;
import chat.samara.mls.group.VerifiedProposal;
import chat.samara.mls.group.VerifiedSender;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.welcome.Welcome;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.GenesisIn;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.ControlPayload;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.GenesisControl;
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

    private HandshakeRules() {}

    /** What a genesis starts. */
    public record Birth(Genesis genesis, Change.Born change) {}

    /** Judges what would be the first entry of a log. */
    public static Birth judgeGenesis(GenesisControl control) throws RefusedException {
        Payload.requireForm(control);
        Genesis genesis =
                GenesisIn.decode(Protobuf.toBytes(control.getSignedGenesis())).verify();
        try {
            PublicGroup group = PublicGroup.of(
                    control.getGroupInfo().toByteArray(),
                    control.getRatchetTree().toByteArray(),
                    AUTHENTICATION);
            GenesisGroup.requireFits(genesis, group.groupId(), group.suite().code(), group.epoch(), group.members());
            return new Birth(genesis, new Change.Born(group, genesis.creator().device()));
        } catch (MlsException e) {
            throw invalid(e);
        }
    }

    /** Judges a record as the next of a channel that has begun. */
    public static Change judge(ChannelView channel, Record record) throws RefusedException {
        if (!record.channel().equals(channel.id())) {
            throw new IllegalArgumentException(
                    "a record of channel " + record.channel() + ", expected " + channel.id());
        }
        return switch (record.kind()) {
            case CONTROL -> judgeControl(channel, record);
            case APPLICATION -> {
                requireAuthor(channel, record);
                yield judgeApplication(channel, record);
            }
            case PROPOSAL -> judgeProposal(channel, record, requireAuthor(channel, record));
            case COMMIT -> judgeCommit(channel, record, requireAuthor(channel, record));
            case RECORD_KIND_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("a record of no kind, expected one that was read with care");
        };
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
        if (!member.user().server().equals(record.origin())) {
            throw refused(
                    ErrorCode.NOT_A_MEMBER,
                    member.userDevice() + " is not a device of " + record.origin(),
                    "wrong-origin");
        }
        return member;
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

    private static Change judgeCommit(ChannelView channel, Record record, ChannelMember author)
            throws RefusedException {
        requirePresentEpoch(channel, record);
        CommitPayload payload = Payload.commit(record);
        PublicGroup before = channel.group();
        try {
            VerifiedHandshake verified = before.verify(payload.getCommit().toByteArray());
            requireAuthored(verified, record, author);
            if (!(verified instanceof VerifiedCommit commit)) {
                throw refused(ErrorCode.INVALID_HANDSHAKE, "a record of kind COMMIT holds another", "kind");
            }
            requireFollowable(!commit.preSharedKeys().isEmpty(), commit.reInit().isPresent());
            commit.after().checkGroupInfo(payload.getGroupInfo().toByteArray());
            requireSameDevices(before, commit);
            requireWelcomeFor(commit, payload);
            return new Change.Committed(
                    commit,
                    Roster.of(commit.added()).members(),
                    commit.addedKeyPackageRefs(),
                    Roster.of(commit.removed()).members());
        } catch (MlsException e) {
            throw invalid(e);
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
            throw refused(
                    ErrorCode.INVALID_HANDSHAKE,
                    "only members act on a channel: no external commit or proposal",
                    "outsider");
        }
        if (!verified.sender().signatureKey().equals(author.signatureKey())) {
            throw refused(ErrorCode.INVALID_HANDSHAKE, "another member has signed it", "sender");
        }
        if (!verified.authenticatedData().equals(record.idempotencyKey().bytes())) {
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
        requireSameDevice(before, commit.after(), commit.committerLeaf());
        for (Member updated : commit.updated()) {
            requireSameDevice(before, commit.after(), updated.leafIndex());
        }
        TreeSet<DeviceId> added = new TreeSet<>();
        for (ChannelMember member : Roster.of(commit.added()).members()) {
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

    private static void requireWelcomeFor(VerifiedCommit commit, CommitPayload payload)
            throws RefusedException, MlsException {
        List<Bytes> wanted = commit.addedKeyPackageRefs();
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
