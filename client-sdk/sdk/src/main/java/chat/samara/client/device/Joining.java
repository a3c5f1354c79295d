package chat.samara.client.device;

import chat.samara.client.device.HandshakeReplay.Step;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredMembership;
import chat.samara.mls.MlsException;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.ObservedChannel;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.CommitPayload;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Entering a channel by a Welcome whose commit this device has found in the log by a replay. The group that the Welcome leads into
 * must be the very one that the replay leads to: whoever can write a Welcome could otherwise write one into a group of their own,
 * which only looks like the channel's.
 */
final class Joining {
    private final GroupVault vault;
    private final OwnKeyPackages keyPackages;
    private final ChannelBook channels;

    Joining(GroupVault vault, OwnKeyPackages keyPackages, ChannelBook channels) {
        this.vault = vault;
        this.keyPackages = keyPackages;
        this.channels = channels;
    }

    /** Why nobody can join by it. */
    static final class RefusedWelcomeException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Refusal refusal;

        RefusedWelcomeException(RefusalCode code, String sentence) {
            super(sentence);
            this.refusal = new Refusal(code, sentence);
        }

        Refusal refusal() {
            return refusal;
        }
    }

    /** Joins. A refused Welcome leaves everything as it was. */
    LiveChannel join(
            Turn turn, OwnIdentity own, WelcomeIn welcome, KeyPackageBundle bundle, HandshakeReplay replay, Step step)
            throws RefusedWelcomeException {
        PublicGroup replayed = replay.group()
                .orElseThrow(() -> new IllegalStateException("a replay that arrived without a group, expected one"));
        requireOneIdentityEach(replayed);
        Group group = group(own, welcome, bundle, replayed, step);
        if (!isSame(group.publicGroup(), replayed)) {
            group.destroy();
            throw new RefusedWelcomeException(
                    RefusalCode.INVALID_HANDSHAKE,
                    "the Welcome in the commit that adds this device leads into another group than the log");
        }
        LiveChannel channel = enter(turn, welcome, group, replay.channel().orElseThrow());
        keyPackages.used(turn, bundle);
        return channel;
    }

    /** What stands in it from before that was a rule is for its members to put right; who comes would not know whom to believe. */
    private static void requireOneIdentityEach(PublicGroup replayed) throws RefusedWelcomeException {
        Optional<UserId> twice = Rosters.withTwoKeys(replayed.members());
        if (twice.isPresent()) {
            throw new RefusedWelcomeException(
                    RefusalCode.IDENTITY_KEYS_DIFFER,
                    "this device was added to a channel in which " + twice.get()
                            + " stands with different identity keys, from before that was refused; nobody can tell"
                            + " which is theirs. A member of the channel has to remove " + twice.get()
                            + " and you, and to add both anew");
        }
    }

    private Group group(OwnIdentity own, WelcomeIn welcome, KeyPackageBundle bundle, PublicGroup replayed, Step step)
            throws RefusedWelcomeException {
        boolean addsThis = step.change() instanceof Change.Committed committed
                && committed.addedRefs().contains(welcome.keyPackageRef());
        if (!addsThis) {
            throw unproven("the log's entry " + welcome.seq() + " does not add this device by that KeyPackage");
        }
        try {
            // The one that its author has put into the commit's entry, and not what the server says beside it.
            CommitPayload payload = Payload.commit(step.entry().record());
            Group group = Group.join(
                    payload.getWelcome().toByteArray(),
                    bundle,
                    OwnKeyPackages.signer(own, bundle),
                    Optional.of(replayed.ratchetTree()),
                    vault.environment());
            // Members take no commit whose GroupInfo leads who returns astray; nor does who joins by it.
            boolean inOrder = false;
            try {
                group.checkGroupInfo(payload.getGroupInfo().toByteArray());
                inOrder = true;
            } finally {
                if (!inOrder) {
                    group.destroy();
                }
            }
            return group;
        } catch (RefusedException e) {
            throw unproven(e.refusal().reason());
        } catch (MlsException e) {
            throw new RefusedWelcomeException(
                    RefusalCode.INVALID_HANDSHAKE, "MLS refused the Welcome: " + e.getMessage());
        }
    }

    /** The context holds the group's id, epoch, suite, tree and transcript; the tag stands for the epoch's secrets. */
    private static boolean isSame(PublicGroup joined, PublicGroup replayed) {
        return joined.context().equals(replayed.context())
                && joined.confirmationTag().equals(replayed.confirmationTag());
    }

    private static RefusedWelcomeException unproven(String sentence) {
        return new RefusedWelcomeException(RefusalCode.UNPROVEN_WELCOME, sentence);
    }

    private LiveChannel enter(Turn turn, WelcomeIn welcome, Group group, ObservedChannel observed) {
        Optional<LiveChannel> before = channels.find(welcome.channel());
        SortedSet<UserId> known = new TreeSet<>();
        if (before.isPresent()) {
            Replays.anchored(turn, welcome.genesis())
                    .flatMap(HandshakeReplay::group)
                    .ifPresent(last -> known.addAll(users(last)));
        }
        StoredChannel.Builder row = before.map(LiveChannel::row)
                .orElseGet(() -> StoredChannel.newBuilder()
                        .setSignedGenesis(Stored.bytes(welcome.genesis().encoded()))
                        .setEntryHash(Stored.bytes(LogPosition.NO_HASH))
                        .setDeviceSeqUsed(0));
        Optional<StoredChannel> left = before.map(channel -> channel.row().build());
        row.setMembership(StoredMembership.MEMBER)
                .setJoinedEpoch(group.epoch())
                .setJoinedSeq(welcome.seq())
                .setOpenFromEpoch(group.epoch())
                .setDemandsSignedCommits(observed.demandsSignedCommits());
        LiveChannel channel = before.orElseGet(() -> channels.add(row.build()));
        Footing.joined(turn, channel, welcome.position(), left);
        vault.erase(turn, channel);
        channel.reading().joined();
        channel.moveTo(welcome.position());
        channel.setGroup(Optional.of(group));
        channel.setObserved(Optional.of(observed));
        turn.store()
                .put(
                        DeviceTable.BLAME,
                        Keys.channel(channel.id()),
                        observed.blame().encode());
        vault.save(turn, channel, group);
        channel.save(turn);
        Replays.forget(turn, channel.id());
        EntryHashes.keep(turn, channel.id(), welcome.seq(), welcome.position().entryHash());
        turn.tell(new ClientEvent.ChannelJoined(channel.id(), welcome.seq()));
        HistoryBook.append(
                turn,
                channel,
                welcome.seq(),
                HistoryBook.ofServer(turn.wallMillis()).setJoined(true).build());
        tellWhoIsThere(turn, channel, known, group);
        turn.touch(channel);
        return channel;
    }

    /** A Welcome changes who is in a channel as a commit does, and is shown as that. */
    private static void tellWhoIsThere(Turn turn, LiveChannel channel, SortedSet<UserId> known, Group group) {
        SortedSet<UserId> there = users(group.publicGroup());
        List<UserId> come = there.stream().filter(user -> !known.contains(user)).toList();
        List<UserId> gone = known.stream().filter(user -> !there.contains(user)).toList();
        long seq = channel.row().getSeq();
        if (!come.isEmpty() || !gone.isEmpty()) {
            HistoryBook.append(
                    turn,
                    channel,
                    seq,
                    HistoryBook.membersChanged(HistoryBook.ofServer(turn.wallMillis()), come, gone));
        }
        Pins.observeLeaves(
                turn, channel, seq, turn.wallMillis(), Rosters.of(group).members(), List.of());
    }

    private static SortedSet<UserId> users(PublicGroup group) {
        try {
            TreeSet<UserId> users = new TreeSet<>();
            Roster.of(group.members()).members().forEach(member -> users.add(member.user()));
            return users;
        } catch (RefusedException e) {
            throw new IllegalStateException("a group with a leaf that has no certificate", e);
        }
    }
}
