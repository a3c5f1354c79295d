package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Dispatch.LostCommit;
import chat.samara.client.device.HandshakeReader.Result;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredMembership;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.client.stored.StoredReturnedHere;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.group.ExternalCommit;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.Processed;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.channel.ObservedChannel;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.CommitSignature;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import java.util.Comparator;
import java.util.Optional;

/**
 * Coming back to a channel in which this device has lost its place: a commit was in order for every observer, and this device could not
 * process it. From there on it follows the log's handshakes as an observer, from the public group that it had itself verified, and so
 * believes nobody. When the hub has vouched for what it saw, it makes an external commit to that very epoch (RFC 9420 §12.4.3.2) which
 * removes its own old leaf. The device is in its place again once the log shows that commit; whichever commit is there first makes it
 * begin anew, after a jittered wait.
 *
 * <p>The group that it had stays, for late messages of the epochs that it knew, and makes nothing any more. What was composed and is not
 * at the server is encrypted in the group that it returns to.
 */
final class Returns {
    private final EngineConfig config;
    private final RandomSource random;
    private final Jitter jitter;
    private final Link link;
    private final GroupVault vault;
    private final Observers observers;
    private final Listening listening;
    private final WelcomeInLog welcomes;
    private final OutgoingRows outgoing;
    private final FulfilledChanges fulfilled;
    private final OwnCommits commits;

    /**
     * A commit that was judged and followed.
     *
     * @param before who was in the channel before it
     * @param observed the channel after it
     */
    record Followed(Entry entry, Change.Committed commit, Roster before, ObservedChannel observed) {}

    Returns(
            EngineConfig config,
            RandomSource random,
            Jitter jitter,
            Link link,
            GroupVault vault,
            Observers observers,
            Listening listening,
            WelcomeInLog welcomes,
            OutgoingRows outgoing,
            FulfilledChanges fulfilled,
            OwnCommits commits) {
        this.config = config;
        this.random = random;
        this.jitter = jitter;
        this.link = link;
        this.vault = vault;
        this.observers = observers;
        this.listening = listening;
        this.welcomes = welcomes;
        this.outgoing = outgoing;
        this.fulfilled = fulfilled;
        this.commits = commits;
    }

    /** This device cannot process a commit that every observer finds in order. */
    void lost(Turn turn, LiveChannel channel, OwnIdentity own, Followed followed, String detail)
            throws RefusedException {
        UserId author = followed.commit().author().user();
        // Nobody blames oneself: a commit of this very device comes from a copy of it.
        leave(
                turn,
                channel,
                own,
                followed,
                author.equals(own.user()) ? 0 : followed.entry().seq());
        turn.tellOnce(
                channel,
                new ClientEvent.PlaceLost(channel.id(), followed.entry().seq(), author, detail));
        begin(turn, channel);
    }

    /** From this commit on the channel is followed as an observer; the group makes nothing more. */
    private void leave(Turn turn, LiveChannel channel, OwnIdentity own, Followed followed, long refusedSeq)
            throws RefusedException {
        fulfilled.followed(turn, channel, followed);
        stopMaking(turn, channel, own, followed.entry().seq(), refusedSeq);
        keep(turn, channel, followed);
        MemberRows.append(turn, channel, own, followed);
    }

    /**
     * The group makes nothing more; it stays for late messages.
     *
     * @param lostSeq where this device lost its place
     * @param refusedSeq the place of the commit whose author is to blame, 0 for nobody
     */
    private void stopMaking(Turn turn, LiveChannel channel, OwnIdentity own, long lostSeq, long refusedSeq) {
        Group group = vault.group(turn, channel, own);
        OwnCommits.underWay(channel).ifPresent(head -> {
            group.clearPendingCommit();
            commits.overtaken(turn, channel, head);
        });
        group.listenOnly();
        vault.save(turn, channel, group);
        channel.setMembership(StoredMembership.RETURNING);
        channel.row()
                .setLostSeq(lostSeq)
                .setRefusedSeq(refusedSeq)
                .setRefusedEpoch(group.epoch() + 1)
                .setLostEpoch(group.epoch())
                .clearMissedFromEpoch();
        Listening.end(channel);
    }

    /** This device has come into a channel out of its place. */
    void entered(Turn turn, LiveChannel channel) {
        if (channel.is(Membership.RETURNING)) {
            begin(turn, channel);
        }
    }

    private void begin(Turn turn, LiveChannel channel) {
        waitForTurn(turn, channel);
        turn.touch(channel);
    }

    /**
     * This device has another key than its leaf: it returns under that. The ratchets that it had are older than what was sent by them, so they
     * make nothing more.
     */
    void renewed(Turn turn, LiveChannel channel, OwnIdentity own) {
        if (channel.is(Membership.RETURNING)) {
            OwnCommits.underWay(channel).ifPresent(head -> outgoing.remove(turn, channel, head));
            vault.dropJoining(turn, channel);
            channel.save(turn);
            begin(turn, channel);
        } else if (channel.is(Membership.MEMBER)) {
            listenOnly(turn, channel, own);
        }
    }

    /**
     * A later state of this device may have used the ratchets of the group in which this one is now: it makes nothing, goes along with the log for what is
     * said in it, and returns.
     */
    void listenOnly(Turn turn, LiveChannel channel, OwnIdentity own) {
        Bytes groupInfo = groupInfo(channel, vault.group(turn, channel, own));
        stopMaking(turn, channel, own, channel.row().getSeq(), 0);
        Listening.begin(channel);
        observers.keep(turn, channel, observers.of(turn, channel, own), groupInfo);
        channel.save(turn);
        begin(turn, channel);
    }

    /**
     * A channel was entered with a leaf of a device key that this device has given up since: by a Welcome that had waited, or by a founding
     * that was under way. It takes that leaf's place under its present key at once, before anything is said.
     */
    void underPresentKey(Turn turn, LiveChannel channel, OwnIdentity own) {
        if (channel.is(Membership.MEMBER) && !isUnderPresentKey(vault.group(turn, channel, own), own)) {
            renewed(turn, channel, own);
        }
    }

    /** Another leaf of this person's in the group says nothing about the one whose secrets are here. */
    private static boolean isUnderPresentKey(Group group, OwnIdentity own) {
        return Rosters.of(group)
                .device(own.device())
                .filter(leaf -> leaf.leafIndex() == group.ownLeafIndex())
                .isPresent();
    }

    /**
     * Whether a leaf of this person stands, though the commit took this device's own. A copy of this profile has returned in its place, or
     * somebody has put another leaf of it into the old one's: as long as one stands, everybody takes this person for a member.
     */
    static boolean hasLeaf(OwnIdentity own, Followed followed) {
        return ownLeaf(followed.observed(), own).isPresent();
    }

    /** Whether this person has no leaf any more: there is nothing to return to. */
    static boolean isRemoved(OwnIdentity own, Followed followed) {
        return followed.commit().removed().stream().anyMatch(member -> isOfOwnIdentity(own, member))
                && !hasLeaf(own, followed);
    }

    private static boolean isOfOwnIdentity(OwnIdentity own, ChannelMember member) {
        return member.user().equals(own.user()) && member.identityKey().equals(own.identityPublicKey());
    }

    /** This device's leaf is gone and another of this person stands: it returns in that one's place, if it goes on at all. */
    void leafExchanged(Turn turn, LiveChannel channel, OwnIdentity own, Followed followed) throws RefusedException {
        leave(turn, channel, own, followed, 0);
        begin(turn, channel);
    }

    /** Of the epoch that this device is in, by its own word: nobody else has to believe it. */
    static Bytes groupInfo(LiveChannel channel, Group group) {
        try {
            return Bytes.wrapUnsafe(group.groupInfo());
        } catch (MlsException e) {
            throw new IllegalStateException("no GroupInfo of the group of " + channel, e);
        }
    }

    /**
     * A bad commit hits everybody at once, and each commit brings in one. So each waits for any time within a bound: the first of many comes
     * soon, the others see its commit and draw anew, and a hundred are back in little more than that bound.
     */
    private void waitForTurn(Turn turn, LiveChannel channel) {
        channel.returning().notBeforeMillis = turn.monotonicMillis()
                + jitter.withinMillis(Math.min(config.retryMillisMax(), Limits.RETURN_SPREAD_MILLIS));
    }

    private void keep(Turn turn, LiveChannel channel, Followed followed) throws RefusedException {
        Bytes groupInfo = Bytes.of(
                Payload.commit(followed.entry().record()).getGroupInfo().toByteArray());
        observers.keep(turn, channel, followed.observed(), groupInfo);
        channel.row().setEpoch(followed.observed().epoch());
    }

    /** A commit while this device is out of its place. */
    Result follow(Turn turn, LiveChannel channel, OwnIdentity own, Followed followed) throws RefusedException {
        Optional<OutgoingHead> ownCommit = OwnCommits.underWay(channel);
        if (ownCommit.isPresent() && isOwn(own, ownCommit.get(), followed)) {
            return land(turn, channel, own, ownCommit.get(), followed);
        }
        ownCommit.ifPresent(head -> {
            outgoing.remove(turn, channel, head);
            waitForTurn(turn, channel);
        });
        vault.dropJoining(turn, channel);
        listening.committed(turn, channel, own, followed.entry().record());
        listenByWelcome(turn, channel, own, followed);
        keep(turn, channel, followed);
        fulfilled.followed(turn, channel, followed);
        MemberRows.append(turn, channel, own, followed);
        turn.touch(channel);
        return isRemoved(own, followed) ? Result.REMOVED : Result.APPLIED;
    }

    /**
     * Somebody has put another leaf of this device into the place of the old one, by one of its KeyPackages: what is said from there on is for that leaf, so the
     * device reads it by that. It speaks only when it has returned: who else has used those keys meanwhile it cannot tell.
     */
    private void listenByWelcome(Turn turn, LiveChannel channel, OwnIdentity own, Followed followed) {
        if (channel.row().getListens()) {
            return;
        }
        try {
            Optional<WelcomeInLog.Opened> opened = welcomes.open(
                    turn,
                    own,
                    followed.commit(),
                    followed.entry().record(),
                    followed.observed().group());
            opened.ifPresent(it -> {
                it.group().listenOnly();
                long firstUnread = channel.row().getLostEpoch() + 1;
                goOnBy(turn, channel, own, followed, it);
                channel.row().setLostEpoch(it.group().epoch());
                if (firstUnread < it.group().epoch() && !channel.row().hasMissedFromEpoch()) {
                    channel.row().setMissedFromEpoch(firstUnread);
                }
                Listening.begin(channel);
            });
        } catch (Joining.RefusedWelcomeException e) {
            // It has no place that this could cost it.
        }
    }

    /** A Welcome in the log has led into this group; what is of an earlier epoch is read with the one that the device had. */
    void goOnBy(Turn turn, LiveChannel channel, OwnIdentity own, Followed followed, WelcomeInLog.Opened opened) {
        vault.settle(turn, channel, own, opened);
        long seq = followed.entry().seq();
        WelcomeInLog.opened(channel, seq, opened.keyPackageRef());
        long epoch = opened.group().epoch();
        channel.row()
                .setLostSeq(seq)
                .setLostEpoch(epoch - 1)
                .setPastJoinedEpoch(channel.row().getJoinedEpoch())
                .setJoinedEpoch(epoch);
    }

    private static boolean isOwn(OwnIdentity own, OutgoingHead head, Followed followed) {
        Record record = followed.entry().record();
        return record.device().equals(Optional.of(own.device()))
                && record.idempotencyKey().equals(head.key);
    }

    /** The log shows the commit by which this device returns. */
    private Result land(Turn turn, LiveChannel channel, OwnIdentity own, OutgoingHead head, Followed followed)
            throws RefusedException {
        Group joining = vault.joining(turn, channel, own);
        byte[] commit = Payload.commit(followed.entry().record()).getCommit().toByteArray();
        try {
            if (!(joining.process(commit) instanceof Processed.CommitReceived received)) {
                throw new IllegalStateException("no commit, though the rules found one");
            }
            joining.merge(received.commit());
        } catch (MlsException e) {
            // Signed by this very device under this very key, and yet another commit: of a copy of this profile.
            outgoing.remove(turn, channel, head);
            vault.dropJoining(turn, channel);
            keep(turn, channel, followed);
            waitForTurn(turn, channel);
            return Result.APPLIED;
        }
        long seq = followed.entry().seq();
        listening.committed(turn, channel, own, followed.entry().record());
        channel.returning().refusals = 0;
        Dispatch.released(turn, channel);
        vault.settle(turn, channel, own, joining);
        observers.forget(turn, channel);
        channel.setMembership(StoredMembership.MEMBER);
        channel.row()
                .setPastJoinedEpoch(channel.row().getJoinedEpoch())
                .setJoinedEpoch(joining.epoch())
                .setJoinedSeq(seq);
        outgoing.remove(turn, channel, head);
        outgoing.sealAnew(turn, channel);
        outgoing.renameAll(turn, channel, own);
        HistoryBook.append(
                turn,
                channel,
                seq,
                HistoryBook.ofServer(followed.entry().acceptedTimeMillis())
                        .setReturnedHere(StoredReturnedHere.newBuilder()
                                .setFromEpoch(firstUnread(channel))
                                .setToEpoch(joining.epoch()))
                        .build());
        turn.tellOnce(channel, new ClientEvent.PlaceRegained(channel.id(), seq));
        turn.touch(channel);
        return Result.APPLIED;
    }

    /** What was said from there on until its return, or a part of it, it could not read. */
    private static long firstUnread(LiveChannel channel) {
        return channel.row().hasMissedFromEpoch()
                ? channel.row().getMissedFromEpoch()
                : channel.row().getLostEpoch() + 1;
    }

    /** Makes the commit by which this device returns, if it is time to. */
    void step(Turn turn, LiveChannel channel, OwnIdentity own) {
        if (!own.isSound() || !mayReturn(channel) || turn.monotonicMillis() < channel.returning().notBeforeMillis) {
            return;
        }
        ObservedChannel observed = observers.of(turn, channel, own);
        Optional<ChannelMember> oldLeaf = ownLeaf(observed, own);
        if (oldLeaf.isEmpty() || observed.blame().isBarred(own.identityPublicKey())) {
            return;
        }
        IdempotencyKey key = IdempotencyKey.random(random);
        ExternalCommit join;
        try {
            join = join(turn, channel, own, observed, oldLeaf.get(), key);
        } catch (MlsException e) {
            // Nobody can return to this epoch, since a key in its GroupInfo is none, or this device cannot. The next
            // one brings another.
            waitForTurn(turn, channel);
            refusedAgain(
                    turn,
                    channel,
                    new Refusal(
                            RefusalCode.INVALID_HANDSHAKE,
                            "this device cannot make the commit by which it would return: " + e.getMessage()));
            return;
        }
        Bytes payload = CommitSignature.sign(
                own.deviceKey(),
                channel.id(),
                key,
                new CommitSignature.Parts(
                        join.bundle().commit(), Bytes.EMPTY, join.bundle().groupInfo(), refusedEpoch(channel)));
        vault.keepJoining(turn, channel, join.group());
        outgoing.add(
                turn,
                channel,
                StoredOutgoing.newBuilder()
                        .setKind(StoredOutgoingKind.COMMIT)
                        .setState(StoredOutgoingState.SEALED)
                        .setIdempotencyKey(Stored.bytes(key.bytes()))
                        .setEpoch(observed.epoch())
                        .setPayload(Stored.bytes(payload))
                        .build());
    }

    /** The epoch that the commit would have begun because of which this device lost its place; 0 if nobody is to blame. */
    private static long refusedEpoch(LiveChannel channel) {
        if (channel.row().getRefusedSeq() == 0) {
            return 0;
        }
        // A version before this one has not kept it; the group had not gone on then.
        return channel.row().hasRefusedEpoch()
                ? channel.row().getRefusedEpoch()
                : channel.row().getLostEpoch() + 1;
    }

    private ExternalCommit join(
            Turn turn,
            LiveChannel channel,
            OwnIdentity own,
            ObservedChannel observed,
            ChannelMember oldLeaf,
            IdempotencyKey key)
            throws MlsException {
        byte[] tree = observed.group().ratchetTree();
        byte[] groupInfo = observers.groupInfo(turn, channel).toByteArray();
        if (!observed.group().matches(groupInfo, tree)) {
            throw new IllegalStateException("a GroupInfo that the rules accepted for another epoch of " + channel);
        }
        return Group.joinExternal(groupInfo, Optional.of(tree), own.credential(), own.deviceKey(), vault.environment())
                .replacing(oldLeaf.leafIndex())
                .leafExtensions(OwnLeaf.extensions())
                .authenticatedData(key.bytes().toByteArray())
                .build(OwnLeaf.capabilities());
    }

    /**
     * The leaf of this person whose place the device takes: that of its present key, which could not stand twice; else that of the newest key that it has
     * given up; else any, which is a copy's.
     */
    static Optional<ChannelMember> ownLeaf(ObservedChannel observed, OwnIdentity own) {
        return Rosters.of(observed.group()).members().stream()
                .filter(member -> isOfOwnIdentity(own, member))
                .min(Comparator.comparingInt(member -> own.ageOf(member.device())));
    }

    /**
     * Whether this device would return now. What it has seen up to the commit that it could not process is the hub's word by then: or else
     * its own server could make it accuse whom it likes.
     */
    private boolean mayReturn(LiveChannel channel) {
        return channel.is(Membership.RETURNING)
                && link.isOnline()
                && channel.reading().caughtUp
                && channel.isVouched()
                && OwnCommits.underWay(channel).isEmpty();
    }

    /** When {@link #step} has something to do; empty if only events can tell. */
    Optional<Long> nextMillis(LiveChannel channel) {
        return mayReturn(channel) ? Optional.of(channel.returning().notBeforeMillis) : Optional.empty();
    }

    /** The hub, or the own server, refused the commit by which this device wanted to return. */
    void rejected(Turn turn, LiveChannel channel, LostCommit commit) {
        outgoing.remove(turn, channel, commit.head());
        vault.dropJoining(turn, channel);
        waitForTurn(turn, channel);
        if (commit.refusal().code() == RefusalCode.LIMIT_REACHED
                || commit.refusal().code() == RefusalCode.AUTHOR_BARRED) {
            channel.returning().notBeforeMillis = turn.monotonicMillis() + Limits.RETURN_RETRY_MILLIS;
        } else if (!commit.raceLost()) {
            refusedAgain(turn, channel, commit.refusal());
        }
        turn.touch(channel);
    }

    /** The first refusal may be bad luck. Of one that comes again and again the reason lasts, and each commit costs a tree. */
    private void refusedAgain(Turn turn, LiveChannel channel, Refusal refusal) {
        int refusals = ++channel.returning().refusals;
        if (refusals > 1) {
            channel.returning().notBeforeMillis = turn.monotonicMillis()
                    + jitter.backOffMillis(
                            refusals - 1, Limits.RETURN_SPREAD_MILLIS, Limits.RETURN_BACK_OFF_MILLIS_MAX);
        }
        if (refusals == Limits.RETURNS_REFUSED_UNTOLD) {
            Dispatch.hold(turn, channel, refusal);
        }
    }
}
