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
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
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
    private final Observers observers;
    private final ChannelBook channels;

    Joining(GroupVault vault, Observers observers, ChannelBook channels) {
        this.vault = vault;
        this.observers = observers;
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

    /**
     * Joins. A refused Welcome leaves everything as it was. The KeyPackage's private keys stay until the hub vouches for the place: should it
     * be another's, they open the true Welcome.
     */
    LiveChannel join(Turn turn, OwnIdentity own, WelcomeIn welcome, KeyPackageBundle bundle, HandshakeReplay replay)
            throws RefusedWelcomeException {
        PublicGroup replayed = replay.group()
                .orElseThrow(() -> new IllegalStateException("a replay that arrived without a group, expected one"));
        requireOneIdentityEach(replayed);
        Group group = open(own, bundle, requireAdding(welcome, replay).entry().record(), replayed);
        LiveChannel channel = enter(
                turn,
                own,
                welcome.genesis(),
                welcome.position(),
                replay.channel().orElseThrow(),
                Optional.of(group),
                adderOf(welcome.genesis(), replay));
        return channel;
    }

    /** Joins by a Welcome in the log, which has led into this group: that of the commit at which the replay has stopped. */
    LiveChannel join(Turn turn, OwnIdentity own, HandshakeReplay replay, Group group) throws RefusedWelcomeException {
        try {
            requireOneIdentityEach(replay.group().orElseThrow());
        } catch (RefusedWelcomeException e) {
            group.destroy();
            throw e;
        }
        return enter(
                turn,
                own,
                replay.genesis(),
                replay.end().orElseThrow(),
                replay.channel().orElseThrow(),
                Optional.of(group),
                adderOf(replay.genesis(), replay));
    }

    /**
     * Enters without a Welcome: the log shows a leaf of this person, and nothing that this device has leads into its group. It is out of
     * its place there from the beginning, follows the log as an observer and returns ({@link Returns}), as where it could not process a
     * commit. That takes the same proof as a join does: members have signed each step to that leaf, which holds a key that this
     * person's identity key has certified; and the same words tell it.
     */
    LiveChannel enterOutOfPlace(Turn turn, OwnIdentity own, Genesis genesis, HandshakeReplay replay)
            throws RefusedWelcomeException {
        ObservedChannel observed =
                replay.channel().orElseThrow(() -> unproven("the log's handshakes do not begin with its genesis"));
        requireOneIdentityEach(observed.group());
        if (Returns.ownLeaf(observed, own).isEmpty()) {
            throw new RefusedWelcomeException(
                    RefusalCode.NO_KEY_PACKAGE,
                    "the Welcome is for a KeyPackage that this device does not hold, and the log shows no leaf of it");
        }
        // Who was removed comes back by what its log holds behind that, and by nothing before. Where no hub has ordered
        // the removal, this device comes back to where it stood; that it did is told by its return, which the hub
        // takes only then.
        long after = ForgottenChannels.landmark(turn.store(), genesis.channel(), channels.find(genesis.channel()))
                .map(known -> known.place().seq())
                .orElse(0L);
        Optional<LogPosition> end = replay.end().isEmpty()
                ? channels.find(genesis.channel()).map(LiveChannel::position)
                : replay.end().filter(place -> place.seq() > after);
        boolean leadsIn = observed.group()
                .matches(replay.groupInfo().toByteArray(), observed.group().ratchetTree());
        if (end.isEmpty() || !leadsIn) {
            throw unproven("the log's handshakes do not lead to an epoch to which this device could return");
        }
        LiveChannel channel =
                enter(turn, own, genesis, end.get(), observed, Optional.empty(), adderOf(genesis, replay));
        observers.keep(turn, channel, observed, replay.groupInfo());
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

    /** The log's entry that the Welcome names has to be the commit that adds its KeyPackage. */
    static Step requireAdding(WelcomeIn welcome, HandshakeReplay replay) throws RefusedWelcomeException {
        return replay.last()
                .filter(step -> step.change() instanceof Change.Committed committed
                        && committed.addedRefs().contains(welcome.keyPackageRef()))
                .orElseThrow(() ->
                        unproven("the log's entry " + welcome.seq() + " does not add this device by that KeyPackage"));
    }

    /**
     * Opens the Welcome that its author has put into a commit.
     *
     * @param after the group as every observer has it after that commit
     */
    Group open(OwnIdentity own, KeyPackageBundle bundle, Record commit, PublicGroup after)
            throws RefusedWelcomeException {
        Group group = group(own, bundle, commit, after);
        if (!isSame(group.publicGroup(), after)) {
            group.destroy();
            throw new RefusedWelcomeException(
                    RefusalCode.INVALID_HANDSHAKE,
                    "the Welcome in the commit that adds this device leads into another group than the log");
        }
        return group;
    }

    private Group group(OwnIdentity own, KeyPackageBundle bundle, Record commit, PublicGroup after)
            throws RefusedWelcomeException {
        try {
            // The one that its author has put into the commit's entry, and not what the server says beside it.
            CommitPayload payload = Payload.commit(commit);
            Group group = Group.join(
                    payload.getWelcome().toByteArray(),
                    bundle,
                    OwnKeyPackages.signer(own, bundle),
                    Optional.of(after.ratchetTree()),
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

    /** Whose commit the last handshake is, by which this device came in: it stands for whoever is found there. */
    private static UserId adderOf(Genesis genesis, HandshakeReplay replay) {
        return replay.last()
                .map(Step::change)
                .filter(Change.Committed.class::isInstance)
                .map(change -> ((Change.Committed) change).author().user())
                .orElse(genesis.creator().user());
    }

    private LiveChannel enter(
            Turn turn,
            OwnIdentity own,
            Genesis genesis,
            LogPosition place,
            ObservedChannel observed,
            Optional<Group> group,
            UserId adder) {
        Optional<LiveChannel> before = channels.find(genesis.channel());
        SortedSet<UserId> known = new TreeSet<>();
        if (before.isPresent()) {
            Replays.anchored(turn, genesis)
                    .flatMap(HandshakeReplay::group)
                    .ifPresent(last -> known.addAll(users(last)));
        }
        StoredChannel.Builder row = before.map(LiveChannel::row).orElseGet(() -> newRow(turn, own, genesis));
        Optional<StoredChannel> left = before.map(channel -> channel.row().build());
        row.setMembership(StoredMembership.MEMBER)
                .setEpoch(observed.epoch())
                .setJoinedEpoch(observed.epoch())
                .setJoinedSeq(place.seq())
                .setJoinedContextHash(Stored.bytes(Replays.Landmark.contextHash(observed.group())))
                .setOpenFromEpoch(observed.epoch())
                .setDemandsSignedCommits(observed.demandsSignedCommits());
        if (group.isEmpty()) {
            row.setMembership(StoredMembership.RETURNING)
                    .setLostSeq(place.seq())
                    .setLostEpoch(observed.epoch() - 1)
                    .clearRefusedSeq()
                    .clearMissedFromEpoch();
        }
        boolean stoodThere = before.filter(it -> it.position().equals(place)).isPresent();
        LiveChannel channel = before.orElseGet(() -> channels.add(row.build()));
        if (stoodThere) {
            Footing.joinedWhereItStood(turn, channel);
        } else {
            Footing.joined(turn, channel, place, left);
        }
        vault.erase(turn, channel);
        channel.reading().joined();
        channel.moveTo(place);
        channel.setGroup(group);
        channel.setObserved(Optional.of(observed));
        turn.store()
                .put(
                        DeviceTable.BLAME,
                        Keys.channel(channel.id()),
                        observed.blame().encode());
        group.ifPresent(joined -> vault.save(turn, channel, joined));
        channel.save(turn);
        Replays.forget(turn, channel.id());
        EntryHashes.keep(turn, channel, place.seq(), place.entryHash());
        if (!stoodThere) {
            turn.tell(new ClientEvent.ChannelJoined(channel.id(), place.seq()));
            HistoryBook.append(
                    turn,
                    channel,
                    place.seq(),
                    HistoryBook.ofServer(turn.wallMillis()).setJoined(true).build());
            tellWhoIsThere(turn, channel, own, known, observed.group(), adder);
        }
        turn.touch(channel);
        return channel;
    }

    private static StoredChannel.Builder newRow(Turn turn, OwnIdentity own, Genesis genesis) {
        StoredChannel.Builder row = StoredChannel.newBuilder()
                .setSignedGenesis(Stored.bytes(genesis.encoded()))
                .setEntryHash(Stored.bytes(LogPosition.NO_HASH));
        ForgottenChannels.handedOver(turn.store(), genesis.channel(), own.device())
                .ifPresent(count -> count.keep(row));
        return row;
    }

    /** A Welcome changes who is in a channel as a commit does, and is shown as that. */
    private static void tellWhoIsThere(
            Turn turn, LiveChannel channel, OwnIdentity own, SortedSet<UserId> known, PublicGroup group, UserId adder) {
        SortedSet<UserId> there = users(group);
        // That this person is there is said by the row before.
        there.remove(own.user());
        known.remove(own.user());
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
                turn, channel, seq, turn.wallMillis(), Rosters.of(group).members(), List.of(), adder, true);
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
