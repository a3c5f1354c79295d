package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.Processed;
import chat.samara.mls.group.StagedCommit;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.ObservedChannel;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.RecordKind;
import java.util.Optional;
import java.util.Set;

/**
 * Applies commits and proposals. Each is judged first as every observer judges it: what the hub should have refused is the hub's fault, and
 * nothing of it takes effect. What only members can check comes after that: where it fails, it is the author's fault, the log goes on, and
 * this device has lost its place in it ({@link Returns}).
 */
final class HandshakeReader {
    private final GroupVault vault;
    private final Observers observers;
    private final Listening listening;
    private final FulfilledChanges fulfilled;
    private final OwnCommits commits;
    private final Returns returns;
    private final WelcomeInLog welcomes;
    private final EntryReader.ProfileSender profiles;

    HandshakeReader(
            GroupVault vault,
            Observers observers,
            Listening listening,
            FulfilledChanges fulfilled,
            OwnCommits commits,
            Returns returns,
            WelcomeInLog welcomes,
            EntryReader.ProfileSender profiles) {
        this.vault = vault;
        this.observers = observers;
        this.listening = listening;
        this.fulfilled = fulfilled;
        this.commits = commits;
        this.returns = returns;
        this.welcomes = welcomes;
        this.profiles = profiles;
    }

    /** What came of an entry. */
    enum Result {
        /** The device goes on reading. */
        APPLIED,
        /** It was the removal of this device. */
        REMOVED
    }

    /** Applies an entry of kind COMMIT or PROPOSAL. Refused where it breaks a rule; then nothing has changed. */
    Result apply(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) throws RefusedException {
        ObservedChannel observed = observers.of(turn, channel, own);
        if (entry.record().kind() == RecordKind.PROPOSAL) {
            observed.follow(entry.record());
            proposed(turn, channel, own, entry, observed);
            return Result.APPLIED;
        }
        Roster before = Roster.of(observed.group().members());
        Set<Bytes> barredBefore = observed.blame().barred();
        if (!(observed.follow(entry.record()) instanceof Change.Committed committed)) {
            throw new IllegalStateException("an entry of kind COMMIT that is followed as another, at " + entry.seq());
        }
        observers.committed(turn, channel, observed, committed);
        Renewals.committed(turn, channel, committed.author().user());
        Returns.Followed followed = new Returns.Followed(entry, committed, before, observed);
        Result result = channel.is(Membership.RETURNING)
                ? returns.follow(turn, channel, own, followed)
                : committed(turn, channel, own, followed);
        MemberRows.appendBarred(turn, channel, own, followed, barredBefore);
        return result;
    }

    private void proposed(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry, ObservedChannel observed) {
        // Behind a proposal that the group refused, the group's public side is not all that the log says.
        observers.keepUp(turn, channel, observed);
        if (channel.is(Membership.RETURNING)) {
            listening.proposed(turn, channel, own, entry.record());
            return;
        }
        Group group = vault.group(turn, channel, own);
        try {
            group.process(entry.record().payload().toByteArray());
            vault.save(turn, channel, group);
        } catch (MlsException e) {
            // Its membership tag is wrong. Whoever commits it all the same commits what no member has.
            observers.keep(turn, channel, observed, Bytes.EMPTY);
            EntryReader.unreadable(turn, channel, entry, UnreadableReason.HANDSHAKE_REFUSED, PayloadForm.mls(e));
        }
    }

    private Result committed(Turn turn, LiveChannel channel, OwnIdentity own, Returns.Followed followed)
            throws RefusedException {
        Group group = vault.group(turn, channel, own);
        CommitPayload payload = Payload.commit(followed.entry().record());
        if (isOfACopy(channel, own, followed)) {
            turn.noticeOldState(OldState.UNKNOWN_COMMIT);
        }
        StagedCommit staged;
        try {
            staged = staged(group, payload);
            if (staged.selfRemoved() && Returns.hasLeaf(own, followed)) {
                exchanged(turn, channel, own, followed, group, staged);
                return Result.APPLIED;
            }
            merge(turn, channel, own, followed, group, staged);
        } catch (MlsException e) {
            if (Returns.isRemoved(own, followed)) {
                // In order for every observer: this device is out, whatever its own group makes of the commit.
                MemberRows.append(turn, channel, own, followed);
                channel.row().setEpoch(followed.observed().epoch());
                return Result.REMOVED;
            }
            returns.lost(turn, channel, own, followed, e.code() + ": " + e.getMessage());
            return Result.APPLIED;
        }
        return staged.selfRemoved() ? Result.REMOVED : Result.APPLIED;
    }

    /**
     * A commit takes this device's leaf and adds another of this person. Where that is one of its own KeyPackages, the Welcome in the same commit
     * leads into the group, and nothing is lost; where somebody has spoilt that Welcome, it is a commit that cannot be processed. Where the leaf is that
     * of a copy, the device returns in its place.
     */
    private void exchanged(
            Turn turn,
            LiveChannel channel,
            OwnIdentity own,
            Returns.Followed followed,
            Group group,
            StagedCommit staged)
            throws MlsException, RefusedException {
        Optional<WelcomeInLog.Opened> opened;
        try {
            opened = welcomes.open(
                    turn,
                    own,
                    followed.commit(),
                    followed.entry().record(),
                    followed.observed().group());
        } catch (Joining.RefusedWelcomeException e) {
            if (WelcomeInLog.isSpoilt(e)) {
                returns.lost(turn, channel, own, followed, e.refusal().sentence());
            } else {
                returns.leafExchanged(turn, channel, own, followed);
            }
            return;
        }
        if (opened.isEmpty()) {
            returns.leafExchanged(turn, channel, own, followed);
            return;
        }
        Optional<OutgoingHead> ownCommit = OwnCommits.underWay(channel);
        if (ownCommit.isPresent()) {
            group.clearPendingCommit();
        }
        group.merge(staged);
        MemberRows.append(turn, channel, own, followed);
        returns.goOnBy(turn, channel, own, followed, opened.get());
        observers.forget(turn, channel);
        fulfilled.followed(turn, channel, followed);
        ownCommit.ifPresent(head -> commits.overtaken(turn, channel, head));
        returns.underPresentKey(turn, channel, own);
        turn.touch(channel);
    }

    /** A commit of this device, that it did not make. */
    private static boolean isOfACopy(LiveChannel channel, OwnIdentity own, Returns.Followed followed) {
        return followed.commit().author().device().equals(own.device())
                && OwnCommits.underWay(channel)
                        .filter(head ->
                                head.key.equals(followed.entry().record().idempotencyKey()))
                        .isEmpty();
    }

    /** Verified with the group's secrets, its GroupInfo too; nothing takes effect before it is merged. */
    static StagedCommit staged(Group group, CommitPayload payload) throws MlsException {
        Processed processed = group.process(payload.getCommit().toByteArray());
        if (!(processed instanceof Processed.CommitReceived received)) {
            throw new IllegalStateException("no commit, though the rules found one");
        }
        // Who cannot process this commit returns by its GroupInfo: with a false key in it, that would look like their
        // fault.
        received.commit().checkGroupInfo(payload.getGroupInfo().toByteArray());
        return received.commit();
    }

    private void merge(
            Turn turn,
            LiveChannel channel,
            OwnIdentity own,
            Returns.Followed followed,
            Group group,
            StagedCommit commit)
            throws MlsException, RefusedException {
        Optional<OutgoingHead> ownCommit = OwnCommits.underWay(channel);
        boolean byThisDevice = commit.own();
        if (!byThisDevice && ownCommit.isPresent()) {
            group.clearPendingCommit();
        }
        boolean selfRemoved = commit.selfRemoved();
        group.merge(commit);
        MemberRows.append(turn, channel, own, followed);
        if (selfRemoved) {
            channel.row().setEpoch(group.epoch());
            return;
        }
        vault.save(turn, channel, group);
        observers.forget(turn, channel);
        if (!byThisDevice) {
            fulfilled.followed(turn, channel, followed);
        }
        ownCommit.ifPresent(head -> {
            if (byThisDevice) {
                commits.won(turn, channel, own, head, followed.entry().seq());
            } else {
                commits.overtaken(turn, channel, head);
            }
        });
        if (byThisDevice && !followed.commit().added().isEmpty()) {
            profiles.send(turn, channel);
        }
        turn.touch(channel);
    }
}
