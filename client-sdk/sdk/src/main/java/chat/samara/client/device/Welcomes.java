package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredMembership;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.AcknowledgeWelcome;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.FetchRatchetTree;
import chat.samara.wire.proto.FetchWelcomes;
import chat.samara.wire.proto.WaitingWelcome;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Being added to channels. A Welcome waits at the server until it is acknowledged, and that happens only when the group, the channel and
 * the deletion of the KeyPackage are durable in one transaction; so a crash anywhere means that it is simply fetched again.
 */
final class Welcomes {
    private final Link link;
    private final GroupVault vault;
    private final OwnKeyPackages keyPackages;
    private final ChannelBook channels;

    /** Channels whose tree is being fetched. */
    private final Set<ChannelId> joining = new TreeSet<>();

    private boolean fetching;
    private boolean announced;

    Welcomes(Link link, GroupVault vault, OwnKeyPackages keyPackages, ChannelBook channels) {
        this.link = link;
        this.vault = vault;
        this.keyPackages = keyPackages;
        this.channels = channels;
    }

    void beginSession() {
        joining.clear();
        fetching = false;
        announced = false;
    }

    /** Whether all that came was dealt with. */
    boolean isIdle() {
        return !fetching && joining.isEmpty();
    }

    void fetch(Turn turn) {
        if (!fetching && link.isOnline()) {
            fetching = true;
            link.request(
                    turn,
                    ClientFrame.newBuilder().setFetchWelcomes(FetchWelcomes.getDefaultInstance()),
                    new Pending.FetchWelcomes());
        }
    }

    void fetched() {
        fetching = false;
    }

    /**
     * A Welcome was pushed: a hint. Older ones may wait, and who skipped them would never read the stretch of the log that lies
     * between a removal and the next addition (I5); so all that waits is fetched, oldest first.
     */
    void announced(Turn turn) {
        if (fetching) {
            announced = true;
        } else {
            fetch(turn);
        }
    }

    /** Fetches once more what was announced while an answer was under way. */
    void fetchIfAnnounced(Turn turn) {
        if (announced) {
            announced = false;
            fetch(turn);
        }
    }

    /** What waits, oldest first. */
    void received(Turn turn, List<WaitingWelcome> waiting) {
        for (WaitingWelcome message : waiting) {
            try {
                received(turn, WelcomeIn.of(message));
            } catch (RefusedException e) {
                // Nobody can ever join by it, so it must not wait for ever.
                refuse(turn, message, Refusal.of(e.refusal()));
            }
        }
    }

    private void received(Turn turn, WelcomeIn welcome) {
        Optional<LiveChannel> known = channels.find(welcome.channel());
        if (known.isPresent()) {
            LiveChannel channel = known.get();
            if (welcome.seq() <= channel.row().getJoinedSeq()
                    || welcome.seq() <= channel.row().getSeq()) {
                // Joined by this very one before a crash, or it was overtaken by a later removal.
                acknowledge(turn, welcome);
                return;
            }
            if (!canEnter(channel)) {
                // Removed and added again while this device was away: first the log is read up to the removal. The
                // Welcome stays.
                return;
            }
        } else if (channels.isFull()) {
            refuse(
                    turn,
                    welcome,
                    RefusalCode.LIMIT_REACHED,
                    "this device is in " + Limits.CHANNELS_MAX + " channels, the limit");
            return;
        }
        if (keyPackages.find(turn, welcome.keyPackageRef()).isEmpty()) {
            refuse(
                    turn,
                    welcome,
                    RefusalCode.NO_KEY_PACKAGE,
                    "the Welcome is for a KeyPackage that this device does not hold");
        } else if (joining.add(welcome.channel())) {
            link.request(
                    turn,
                    ClientFrame.newBuilder()
                            .setFetchRatchetTree(FetchRatchetTree.newBuilder()
                                    .setChannelId(Stored.bytes(welcome.channel().bytes()))
                                    .setSeq(welcome.seq())),
                    new Pending.FetchTree(welcome));
        }
    }

    /**
     * Into a channel that this device was removed from; or in whose log its server skips what lies before the Welcome: that no member
     * could have added a device that still was one proves the removal.
     */
    private static boolean canEnter(LiveChannel channel) {
        return channel.is(Membership.REMOVED) || (channel.is(Membership.MEMBER) && channel.reading().stuck);
    }

    /** The tree could not be had; the Welcome waits for the next session. */
    void treeFailed(WelcomeIn welcome) {
        joining.remove(welcome.channel());
    }

    /** Joins. Returns the channel if that worked. */
    Optional<LiveChannel> join(Turn turn, OwnIdentity own, WelcomeIn welcome, byte[] ratchetTree) {
        joining.remove(welcome.channel());
        Optional<KeyPackageBundle> bundle = keyPackages.find(turn, welcome.keyPackageRef());
        boolean wanted = channels.find(welcome.channel())
                .map(channel ->
                        canEnter(channel) && welcome.seq() > channel.row().getSeq())
                .orElse(true);
        if (bundle.isEmpty() || !wanted) {
            return Optional.empty();
        }
        Group group;
        try {
            group = Group.join(
                    welcome.welcome().toByteArray(),
                    bundle.get(),
                    own.deviceKey(),
                    Optional.of(ratchetTree),
                    vault.environment());
        } catch (MlsException e) {
            refuse(turn, welcome, RefusalCode.INVALID_HANDSHAKE, "MLS refused the Welcome: " + e.getMessage());
            return Optional.empty();
        }
        if (!group.groupId().equals(welcome.channel().mlsGroupId())) {
            refuse(
                    turn,
                    welcome,
                    RefusalCode.INVALID_HANDSHAKE,
                    "the Welcome leads into another group than the channel's");
            return Optional.empty();
        }
        LiveChannel channel = enter(turn, welcome, group);
        keyPackages.used(turn, bundle.get());
        acknowledge(turn, welcome);
        return Optional.of(channel);
    }

    private LiveChannel enter(Turn turn, WelcomeIn welcome, Group group) {
        Optional<LiveChannel> before = channels.find(welcome.channel());
        StoredChannel.Builder row = before.map(LiveChannel::row)
                .orElseGet(() -> StoredChannel.newBuilder()
                        .setSignedGenesis(Stored.bytes(welcome.genesis().encoded())));
        row.setMembership(StoredMembership.MEMBER)
                .setJoinedEpoch(group.epoch())
                .setJoinedSeq(welcome.seq())
                .setOpenFromEpoch(group.epoch());
        LiveChannel channel = before.orElseGet(() -> channels.add(row.build()));
        vault.erase(turn, channel, channel.loadedGroup());
        channel.reading().stuck = false;
        channel.moveTo(welcome.position());
        channel.setGroup(Optional.of(group));
        vault.save(turn, channel, group);
        channel.save(turn);
        EntryHashes.keep(turn, channel.id(), welcome.seq(), welcome.position().entryHash());
        turn.tell(new ClientEvent.ChannelJoined(channel.id(), welcome.seq()));
        HistoryBook.append(
                turn,
                channel,
                welcome.seq(),
                HistoryBook.ofServer(turn.wallMillis()).setJoined(true).build());
        Pins.observeLeaves(
                turn,
                channel,
                welcome.seq(),
                turn.wallMillis(),
                Rosters.of(group).members(),
                List.of());
        turn.touch(channel);
        return channel;
    }

    private void refuse(Turn turn, WelcomeIn welcome, RefusalCode code, String sentence) {
        turn.tell(new ClientEvent.WelcomeRefused(welcome.channel(), new Refusal(code, sentence)));
        acknowledge(turn, welcome);
    }

    private void refuse(Turn turn, WaitingWelcome message, Refusal refusal) {
        // The frame's reader has checked the sizes of both.
        ChannelId channel = new ChannelId(Stored.bytes(message.getChannelId()));
        turn.tell(new ClientEvent.WelcomeRefused(channel, refusal));
        acknowledge(turn, channel, Stored.bytes(message.getKeyPackageRef()), message.getSeq());
    }

    private void acknowledge(Turn turn, WelcomeIn welcome) {
        acknowledge(turn, welcome.channel(), welcome.keyPackageRef(), welcome.seq());
    }

    private void acknowledge(Turn turn, ChannelId channel, Bytes keyPackageRef, long seq) {
        link.request(
                turn,
                ClientFrame.newBuilder()
                        .setAcknowledgeWelcome(AcknowledgeWelcome.newBuilder()
                                .setChannelId(Stored.bytes(channel.bytes()))
                                .setKeyPackageRef(Stored.bytes(keyPackageRef))
                                .setSeq(seq)),
                new Pending.Unheeded());
    }
}
