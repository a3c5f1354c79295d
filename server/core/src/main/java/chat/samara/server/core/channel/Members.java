package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.account.Accounts;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.keypackage.KeyPackageTable;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.proto.StoredFollower;
import chat.samara.server.core.store.proto.StoredKeyPackageOwner;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a change of a channel's members means for this server: who may read from where to where, whose Welcome waits, and, at the
 * hub, which servers follow.
 */
final class Members {
    private final Journal journal;
    private final Accounts accounts;
    private final KeyPackageTable keyPackages;
    private final ReaderTable readers;
    private final FollowerTable followers;
    private final WelcomeTable welcomeTable;
    private final ServerName ownName;
    private final Welcomes welcomes;
    private final Listener listener;

    /** Hears of readers that come and go; called when the batch is durable. */
    interface Listener {
        /** What these devices may read of the channel has changed. */
        void readersChanged(ChannelId channel, SortedSet<DeviceId> devices);

        /** A server's last member was removed. */
        void followerRemoved(ChannelId channel, ServerName follower);
    }

    Members(
            Journal journal,
            ServerName ownName,
            Accounts accounts,
            KeyPackageTable keyPackages,
            Welcomes welcomes,
            Listener listener) {
        this.journal = journal;
        this.ownName = ownName;
        this.accounts = accounts;
        this.keyPackages = keyPackages;
        this.readers = new ReaderTable(journal);
        this.followers = new FollowerTable(journal);
        this.welcomeTable = new WelcomeTable(journal);
        this.welcomes = welcomes;
        this.listener = listener;
    }

    /** A device of this server becomes a member. */
    void joined(Channel channel, DeviceId device, long seq) {
        readers.joined(device, channel.id(), seq);
        channel.row().setHadReaders(true);
    }

    /** A commit was appended. */
    void committed(Channel channel, Entry entry, Change.Committed change) {
        SortedSet<DeviceId> staying = staying(change);
        SortedSet<DeviceId> changed = new TreeSet<>();
        for (ChannelMember gone : change.removed()) {
            if (isLocal(gone) && !staying.contains(gone.device())) {
                readers.removed(gone.device(), channel.id(), entry.seq());
                changed.add(gone.device());
            }
        }
        for (ChannelMember come : change.added()) {
            if (isLocal(come) && !staying.contains(come.device())) {
                joined(channel, come.device(), entry.seq());
                changed.add(come.device());
            }
        }
        welcome(channel, entry, localRefs(change));
        if (channel.hub().equals(ownName)) {
            count(channel, entry, change);
        }
        if (!changed.isEmpty()) {
            journal.whenDurable(() -> listener.readersChanged(channel.id(), changed));
        }
    }

    /** Devices that get a new leaf for their old one: they have come back, and were readers all the time. */
    private static SortedSet<DeviceId> staying(Change.Committed change) {
        SortedSet<DeviceId> gone = new TreeSet<>();
        change.removed().forEach(member -> gone.add(member.device()));
        SortedSet<DeviceId> staying = new TreeSet<>();
        change.added().forEach(member -> staying.add(member.device()));
        staying.retainAll(gone);
        return staying;
    }

    /** Of those who are welcomed; who returns by the commit itself is not. */
    private List<Bytes> localRefs(Change.Committed change) {
        List<Bytes> refs = new ArrayList<>();
        for (int i = 0; i < change.addedRefs().size(); i++) {
            if (isLocal(change.added().get(i))) {
                refs.add(change.addedRefs().get(i));
            }
        }
        return refs;
    }

    /** A leaf that names a member of this server is only a reader here if this server has registered the device. */
    private boolean isLocal(ChannelMember member) {
        return member.user().server().equals(ownName)
                && accounts.device(member.device())
                        .filter(device -> device.who().equals(member.userDevice()))
                        .isPresent();
    }

    private void welcome(Channel channel, Entry entry, List<Bytes> refs) {
        int waiting = 0;
        for (Bytes ref : refs) {
            Optional<StoredKeyPackageOwner> owner = keyPackages.owner(ref);
            if (owner.isPresent()) {
                DeviceId device = new DeviceId(Stored.bytes(owner.get().getDevice()));
                welcomeTable.add(device, entry, ref);
                waiting++;
                journal.whenDurable(() -> welcomes.push(device, channel.id(), entry.seq(), ref));
            }
        }
        if (waiting > 0) {
            welcomeTable.putTree(entry, channel.group().ratchetTree(), waiting);
        }
    }

    /** By servers, and all of the commit at once: none is gone for a moment because a device of it returns. */
    private void count(Channel channel, Entry entry, Change.Committed change) {
        SortedMap<ServerName, Integer> differences = new TreeMap<>();
        change.removed().forEach(gone -> differences.merge(gone.user().server(), -1, Integer::sum));
        change.added().forEach(come -> differences.merge(come.user().server(), 1, Integer::sum));
        differences.forEach((server, difference) -> count(channel, entry, server, difference));
    }

    private void count(Channel channel, Entry entry, ServerName server, int difference) {
        if (server.equals(ownName) || difference == 0) {
            return;
        }
        StoredFollower.Builder row = FollowerTable.find(journal, channel.id(), server)
                .map(StoredFollower::toBuilder)
                .orElseGet(StoredFollower::newBuilder);
        if (row.getDevices() == 0 && difference > 0) {
            // Its members cannot send in epochs before they joined.
            row.setRemovedSeq(0).setFirstUndrainedEpoch(channel.epoch());
        }
        row.setDevices(row.getDevices() + difference);
        if (row.getDevices() == 0) {
            row.setRemovedSeq(entry.seq());
            journal.whenDurable(() -> listener.followerRemoved(channel.id(), server));
        }
        followers.put(channel.id(), server, row.build());
    }
}
