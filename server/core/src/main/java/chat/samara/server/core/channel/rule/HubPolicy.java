package chat.samara.server.core.channel.rule;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.SentProposal;
import chat.samara.mls.proposal.Proposal;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.account.Accounts;
import chat.samara.server.core.account.Device;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.member.ReaderTable;
import chat.samara.server.core.channel.member.RoomForFew;
import chat.samara.server.core.channel.member.WelcomeRoom;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.peer.Peers;
import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.channel.CommitClaim;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Record;
import chat.samara.wire.policy.PolicyComponent;
import chat.samara.wire.proto.ErrorCode;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a hub refuses although the log could hold it: what would lead nowhere, or cost too much. Followers do not check it, since it
 * depends on the hub's own state.
 */
public final class HubPolicy {
    private static final Rate RETURNS = new Rate(Limits.RETURNS_AT_ONCE_MAX, Limits.RETURN_EVERY_MILLIS);
    private static final Rate COMMITS = new Rate(Limits.COMMITS_AT_ONCE_MAX, Limits.COMMIT_EVERY_MILLIS);

    private static final String COMMITS_LIMIT = "commits<=" + Limits.COMMITS_AT_ONCE_MAX;

    /** The detail of the refusal of a proposal of a type that devices do not make. */
    public static final String PROPOSAL_NOT_ORDERED = "proposal-not-ordered";

    /** The detail of the refusal of a commit that says something to a component which nobody hears. */
    public static final String EPHEMERAL_NOT_ORDERED = "ephemeral-not-ordered";

    /** The detail of the refusal of a commit with a proposal of a type that this version does not know. */
    public static final String CUSTOM_NOT_ORDERED = "custom-not-ordered";

    /** The detail of the refusal of a genesis with a policy, by which nobody judges. */
    public static final String POLICY_NOT_ORDERED = "policy-not-ordered";

    /**
     * The switch: the types of proposals that devices make for others to commit. None yet; once members leave a channel by themselves,
     * {@link Proposal#SELF_REMOVE} belongs here.
     */
    private static final Set<Integer> PROPOSALS_ORDERED = Set.of();

    private final ServerIdentity identity;
    private final Journal journal;
    private final Accounts accounts;
    private final Peers peers;
    private final WelcomeRoom welcomeRoom;
    private final Rates<Committer> returns = new Rates<>(Limits.COMMIT_RATES_KEPT_MAX);
    private final Rates<Committer> commits = new Rates<>(Limits.COMMIT_RATES_KEPT_MAX);
    private final AccusedPace<Committer> pace = new AccusedPace<>();
    private final Additions additions;

    /** A user in a channel: everybody has to process each commit, and it ends the epoch for everybody else who is about to make one. */
    private record Committer(ChannelId channel, Bytes identityKey) {}

    public HubPolicy(ServerIdentity identity, Journal journal, Accounts accounts, Peers peers, Additions additions) {
        this.additions = additions;
        this.identity = identity;
        this.journal = journal;
        this.accounts = accounts;
        this.peers = peers;
        this.welcomeRoom = new WelcomeRoom(journal, identity.name());
    }

    /** A channel is about to be founded. No commit could change its policy, and no device would follow it. */
    public static void requireGenesis(HandshakeRules.Birth birth) throws RefusedException {
        if (birth.change().group().appData(PolicyComponent.ID).isPresent()) {
            throw RefusedException.of(
                    ErrorCode.INVALID_HANDSHAKE,
                    "the channel would begin with a policy, which no version of this protocol judges by; found it without",
                    POLICY_NOT_ORDERED);
        }
    }

    /** A member's commit is about to be verified. Refuses it by all that takes no signature: there can be hundreds in one. */
    public void begins(Channel channel, CommitClaim claim) throws RefusedException {
        requireClaimed(channel, claim);
        requireNoExchange(claim);
        int treeBytes = claim.added().isEmpty() ? 0 : claim.outline().ratchetTreeBytes();
        for (ChannelMember member : claim.added()) {
            requireReachable(claim.author(), member, treeBytes);
        }
        requirePace(channel, claim.author());
        commits.require(
                committer(channel, claim.author()),
                1,
                COMMITS,
                journal.monotonicMillis(),
                changesBy(claim.author()),
                COMMITS_LIMIT);
        additions.begins(claim.author().user(), claim.added().size());
    }

    /** A member's commit is ordered. */
    public void ordered(CommitClaim claim) {
        additions.ordered(claim.author().user(), claim.added().size());
    }

    /** What an origin can refuse of it, too. */
    public static void requireClaimed(Channel channel, CommitClaim claim) throws RefusedException {
        HandshakeRules.requireNotBarred(channel, claim.author());
        HandshakeRules.requireSameExtensions(channel, claim.outline().extensions());
        requireNoEphemeral(claim.outline().ephemeral());
        requireNoCustom(claim);
        HandshakeSizes.require(channel.group(), claim);
    }

    /** The rules have accepted a record; of a member's commit {@link #begins} has been asked before. */
    public void require(Channel channel, Record record, Change change) throws RefusedException {
        HandshakeRules.requireNotBarred(channel, record, change);
        HandshakeRules.requireSameExtensions(channel, change);
        if (change instanceof Change.Proposed proposed) {
            requireProposal(channel, proposed.proposal().proposal());
        }
        if (change instanceof Change.Committed committed) {
            requireNoEphemeral(committed.commit().ephemeral());
            HandshakeSizes.require(channel.group(), record, committed);
            requireCommit(channel, committed);
        }
    }

    /**
     * Every proposal makes whoever wants to speak commit first (RFC 9420 §12.4): so those that no device makes are spam. An origin keeps none that
     * the hub would refuse.
     */
    public static void requireProposal(Channel channel, Proposal proposal) throws RefusedException {
        if (!PROPOSALS_ORDERED.contains(proposal.type())) {
            throw RefusedException.of(
                    ErrorCode.INVALID_HANDSHAKE,
                    "the hub orders no proposals of type " + proposal.getClass().getSimpleName()
                            + "; commit the change instead",
                    PROPOSAL_NOT_ORDERED);
        }
        if (channel.row().getProposalsWaiting() >= Limits.PROPOSALS_PER_EPOCH_MAX) {
            throw RefusedException.of(
                    ErrorCode.TOO_LARGE,
                    "there are " + Limits.PROPOSALS_PER_EPOCH_MAX + " proposals already; commit them first",
                    "proposals<=" + Limits.PROPOSALS_PER_EPOCH_MAX);
        }
    }

    /** Data of AppEphemerals stand in the log for ever, and no device says or reads any yet. */
    public static void requireNoEphemeral(List<SentProposal> ephemeral) throws RefusedException {
        if (!ephemeral.isEmpty()) {
            throw RefusedException.of(
                    ErrorCode.INVALID_HANDSHAKE,
                    "the hub orders no commit with AppEphemeral proposals, which no version of this protocol makes; make"
                            + " the change without",
                    EPHEMERAL_NOT_ORDERED);
        }
    }

    /** What a newer version means by it, this one cannot judge. What it takes up by reference a hub of before has ordered, and it has to go on with. */
    private static void requireNoCustom(CommitClaim claim) throws RefusedException {
        List<Proposal.Custom> custom = claim.outline().customByValue();
        if (!custom.isEmpty()) {
            throw RefusedException.of(
                    ErrorCode.INVALID_HANDSHAKE,
                    String.format(
                            "the hub orders no commit with a proposal of type 0x%04x, which it does not know; make the"
                                    + " change without",
                            custom.get(0).type()),
                    CUSTOM_NOT_ORDERED);
        }
    }

    private void requireCommit(Channel channel, Change.Committed committed) throws RefusedException {
        if (committed.commit().isExternal()) {
            requireReturn(channel, committed);
            return;
        }
        if (!committed.added().isEmpty()) {
            int treeBytes = committed.commit().after().ratchetTree().length;
            for (ChannelMember member : committed.added()) {
                requireWelcomeRoom(committed.author(), member, treeBytes);
            }
        }
        pace.committed(committer(channel, committed.author()), journal.monotonicMillis());
        // Or a member that commits without a pause would keep all others from returning.
        requireRate(commits, COMMITS, channel, committed.author(), COMMITS_LIMIT);
    }

    /**
     * A device that is removed and added by one commit of another has gained nothing, and what is said until it has followed is lost to it: nobody's
     * client does that. Under another identity key it is another person's decision, and a device of one's own makes room for the next.
     */
    private static void requireNoExchange(CommitClaim claim) throws RefusedException {
        Set<Bytes> come = new HashSet<>();
        claim.added().forEach(member -> come.add(member.identityKey()));
        for (ChannelMember gone : claim.removed()) {
            if (come.contains(gone.identityKey())
                    && !gone.identityKey().equals(claim.author().identityKey())) {
                throw RefusedException.of(
                        ErrorCode.INVALID_HANDSHAKE,
                        "the commit removes " + gone.userDevice()
                                + " and adds the same member again; whoever has lost its place returns by itself",
                        "exchanged-leaf");
            }
        }
    }

    /**
     * Who says whose commit it could not process is slowed down by nothing but how often anybody may return. Who says nothing, and was accused
     * itself, could hit others by its returns as by any commit.
     */
    private void requireReturn(Channel channel, Change.Committed committed) throws RefusedException {
        requireRegistered(committed.author());
        Optional<Bytes> accused = channel.blame().accusedBy(committed, channel.membership());
        if (accused.isEmpty()) {
            requirePace(channel, committed.author());
        }
        requireRate(returns, RETURNS, channel, committed.author(), "returns<=" + Limits.RETURNS_AT_ONCE_MAX);
        if (accused.isEmpty()) {
            pace.committed(committer(channel, committed.author()), journal.monotonicMillis());
        }
        accused.ifPresent(user ->
                pace.accused(new Committer(channel.id(), user), committed.refusedEpoch(), journal.monotonicMillis()));
    }

    private void requirePace(Channel channel, ChannelMember author) throws RefusedException {
        pace.require(committer(channel, author), journal.monotonicMillis(), "a commit of " + author.user());
    }

    private void requireRate(Rates<Committer> rates, Rate rate, Channel channel, ChannelMember author, String limit)
            throws RefusedException {
        rates.take(committer(channel, author), 1, rate, journal.monotonicMillis(), changesBy(author), limit);
    }

    private static Committer committer(Channel channel, ChannelMember author) {
        return new Committer(channel.id(), author.identityKey());
    }

    private static String changesBy(ChannelMember author) {
        return "changes of this channel by " + author.user();
    }

    private void requireReachable(ChannelMember author, ChannelMember member, int treeBytes) throws RefusedException {
        ServerName server = member.user().server();
        if (!server.equals(identity.name())) {
            if (!peers.isPeer(server)) {
                throw RefusedException.of(
                        ErrorCode.NOT_A_PEER,
                        server + " is not a peer of the hub " + identity.name()
                                + "; ask the operators of both to accept each other",
                        server.value());
            }
            return;
        }
        requireRegistered(member);
        requireWelcomeRoom(author, member, treeBytes);
        long unopened = author.user().equals(member.user())
                ? 0
                : ReaderTable.countOfUnopened(journal, member.device(), author.user());
        long openMax = RoomForFew.max(Limits.CHANNELS_PER_DEVICE_MAX, unopened + 1);
        if (ReaderTable.countOfOpen(journal, member.device(), identity.name()) >= openMax) {
            throw RefusedException.of(
                    ErrorCode.TOO_LARGE,
                    member.userDevice() + " is in as many channels of this hub as one device can be",
                    "channels-per-device<=" + openMax);
        }
        requireOpened(author.user(), member, unopened);
    }

    private void requireWelcomeRoom(ChannelMember author, ChannelMember member, int treeBytes) throws RefusedException {
        if (!member.user().server().equals(identity.name())) {
            return;
        }
        Optional<Refusal> full = welcomeRoom.lacks(member.device(), identity.name(), author.user(), treeBytes);
        if (full.isPresent()) {
            throw full.get().asException();
        }
    }

    /** A device can leave only what it has opened: so nobody puts it into many channels that it has not. */
    private static void requireOpened(UserId adder, ChannelMember member, long unopened) throws RefusedException {
        if (unopened >= Limits.CHANNELS_UNOPENED_PER_DEVICE_AND_ADDER_MAX) {
            throw RefusedException.of(
                    ErrorCode.TOO_LARGE,
                    member.userDevice() + " has not been in " + Limits.CHANNELS_UNOPENED_PER_DEVICE_AND_ADDER_MAX
                            + " channels that " + adder
                            + " has added it to; it has to come online, and open them, first",
                    "channels-unopened-by-one<=" + Limits.CHANNELS_UNOPENED_PER_DEVICE_AND_ADDER_MAX);
        }
    }

    private void requireRegistered(ChannelMember member) throws RefusedException {
        if (!member.user().server().equals(identity.name())) {
            return;
        }
        Optional<Device> device = accounts.device(member.device())
                .filter(it ->
                        it.who().equals(member.userDevice()) && it.identityKey().equals(member.identityKey()));
        if (device.isEmpty()) {
            throw RefusedException.of(
                    ErrorCode.UNKNOWN_MEMBER, member.userDevice() + " is not registered on " + identity.name());
        }
        if (device.get().replacedBy().isPresent()) {
            throw RefusedException.of(
                    ErrorCode.UNKNOWN_MEMBER,
                    member.userDevice() + " was struck off, since another device has its place; claim KeyPackages of "
                            + member.user() + " anew and add that one",
                    "replaced");
        }
    }
}
