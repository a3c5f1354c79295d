package chat.samara.server.core.channel.member;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.AfterCommit;
import chat.samara.server.core.Limits;
import chat.samara.server.core.account.Accounts;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Remarks;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.keypackage.KeyPackageTable;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.proto.StoredFollower;
import chat.samara.server.core.store.proto.StoredKeyPackageOwner;
import chat.samara.wire.Refusal;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.Entry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a change of a channel's members means for this server: who may read from where to where, whose Welcome waits, and, at the
 * hub, which servers follow.
 */
public final class Members {
    private static final Logger LOG = LoggerFactory.getLogger(Members.class);

    private final Journal journal;
    private final Accounts accounts;
    private final KeyPackageTable keyPackages;
    private final ReaderTable readers;
    private final FollowerTable followers;
    private final WelcomeTable welcomeTable;
    private final WelcomeRoom welcomeRoom;
    private final ServerName ownName;
    private final Remarks remarks;

    public Members(Journal journal, ServerName ownName, Accounts accounts, KeyPackageTable keyPackages) {
        this.journal = journal;
        this.remarks = new Remarks(LOG, journal);
        this.ownName = ownName;
        this.accounts = accounts;
        this.keyPackages = keyPackages;
        this.readers = new ReaderTable(journal);
        this.followers = new FollowerTable(journal);
        this.welcomeTable = new WelcomeTable(journal);
        this.welcomeRoom = new WelcomeRoom(journal, ownName);
    }

    /** The channel begins: its creator is a member. */
    public void founded(Channel channel, DeviceId creator, long seq) {
        readers(channel.member(creator).stream().toList())
                .forEach((device, member) -> joined(
                        device, member, new ReaderTable.Addition(channel.id(), channel.hub(), member, seq), channel));
    }

    /**
     * A device of this server becomes a member; it may read at once, or as soon as that member registers it. Of another hub's channels it reads so many,
     * and so many that one user has put it into: who is in more was put there by somebody who means it harm, and can be added to one again when
     * there is room. Of its own channels a hub refuses the commit instead.
     */
    private void joined(DeviceId device, UserId member, ReaderTable.Addition addition, Channel channel) {
        if (!channel.hub().equals(ownName) && !hasRoom(device, member, addition)) {
            remarks.warn(
                    channel.hub().value(),
                    "device {} of {} was added to channel {} by {} and does not get it here: it is in as many channels of {}, or that this"
                            + " user added it to and it has not opened, as one device can be",
                    device,
                    member,
                    channel.id(),
                    addition.adder(),
                    channel.hub());
        } else if (accounts.device(device).isPresent()) {
            readers.joined(device, member, addition);
            channel.row().setHadReaders(true);
        } else {
            readers.joinedUnregistered(device, member, addition);
        }
    }

    private boolean hasRoom(DeviceId device, UserId member, ReaderTable.Addition addition) {
        boolean isCrowded = !addition.adder().equals(member)
                && ReaderTable.countOfUnopened(journal, device, addition.adder())
                        >= Limits.CHANNELS_UNOPENED_PER_DEVICE_AND_ADDER_MAX;
        return !isCrowded && readers.hasRoom(device, member, addition);
    }

    /** A commit was appended. Returns bytes of the ratchet tree that is kept for those of this server whom it adds; 0 if none is. */
    public int committed(Channel channel, Entry entry, Change.Committed change) {
        SortedMap<DeviceId, UserId> come = readers(change.added());
        SortedMap<DeviceId, UserId> gone = readers(change.removed());
        // Who gets a new leaf for an old one has come back, and was a reader all the time.
        SortedSet<DeviceId> joining = without(come.keySet(), gone.keySet());
        SortedSet<DeviceId> leaving = without(gone.keySet(), come.keySet());
        leaving.removeAll(stillIn(channel, change.removed()));
        leaving.forEach(device -> readers.removed(device, channel.id(), entry.seq()));
        ReaderTable.Addition addition = new ReaderTable.Addition(
                channel.id(), channel.hub(), change.author().user(), entry.seq());
        come.forEach((device, member) -> {
            if (joining.contains(device)) {
                joined(device, member, addition, channel);
            }
        });
        int treeBytes = welcome(channel, entry, change.author(), localRefs(channel, change));
        if (channel.hub().equals(ownName)) {
            count(channel, entry, change);
        }
        SortedSet<DeviceId> changed = new TreeSet<>(leaving);
        changed.addAll(joining);
        if (!changed.isEmpty()) {
            journal.afterCommit(new AfterCommit.ReadersChanged(channel.id(), changed));
        }
        return treeBytes;
    }

    /** Whether somebody who is registered here is in the channel, and reads it. */
    public boolean isAnybodyIn(Channel channel) {
        return channel.members().stream().anyMatch(member -> isLocal(member) && isReader(channel, member.device()));
    }

    private boolean isReader(Channel channel, DeviceId device) {
        return ReaderTable.find(journal, accounts.heir(device), channel.id()).isPresent();
    }

    /**
     * This server's devices that read in the place of these members, with whose they are: of one that was struck off, the one in its place,
     * which may log in and read.
     */
    private SortedMap<DeviceId, UserId> readers(List<ChannelMember> members) {
        SortedMap<DeviceId, UserId> found = new TreeMap<>();
        members.stream()
                .filter(this::mayBeLocal)
                .forEach(member -> found.put(accounts.heir(member.device()), member.user()));
        return found;
    }

    private static SortedSet<DeviceId> without(Set<DeviceId> devices, Set<DeviceId> others) {
        SortedSet<DeviceId> left = new TreeSet<>(devices);
        left.removeAll(others);
        return left;
    }

    /** Readers of the same users that have another leaf left: their own, beside that of a device whose place they took. */
    private Set<DeviceId> stillIn(Channel channel, List<ChannelMember> removed) {
        Set<UserId> users = new HashSet<>();
        removed.stream().filter(this::mayBeLocal).forEach(member -> users.add(member.user()));
        return users.isEmpty()
                ? Set.of()
                : readers(channel.members().stream()
                                .filter(member -> users.contains(member.user()))
                                .toList())
                        .keySet();
    }

    /** Of those who are welcomed; who returns by the commit itself is not, nor who does not get the channel. */
    private List<Bytes> localRefs(Channel channel, Change.Committed change) {
        List<Bytes> refs = new ArrayList<>();
        for (int i = 0; i < change.addedRefs().size(); i++) {
            ChannelMember member = change.added().get(i);
            if (isLocal(member) && isReader(channel, member.device())) {
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

    /**
     * Or if it may still be registered: this server was restored from a copy that is older than the device, which comes back after the log. Anybody
     * can make such leaves up; they keep no log here ({@code Dropping}), and nobody reads by them who has not the device's key.
     */
    private boolean mayBeLocal(ChannelMember member) {
        return isLocal(member)
                || (member.user().server().equals(ownName)
                        && accounts.device(member.device()).isEmpty());
    }

    private int welcome(Channel channel, Entry entry, ChannelMember author, List<Bytes> refs) {
        if (refs.isEmpty()) {
            return 0;
        }
        byte[] tree = channel.group().ratchetTree();
        int waiting = 0;
        for (Bytes ref : refs) {
            Optional<StoredKeyPackageOwner> owner = keyPackages.owner(ref);
            if (owner.isPresent()) {
                DeviceId device =
                        accounts.heir(new DeviceId(Stored.bytes(owner.get().getDevice())));
                // Of its own channels a hub refuses the commit instead.
                Optional<Refusal> full = channel.hub().equals(ownName)
                        ? Optional.empty()
                        : welcomeRoom.lacks(device, channel.hub(), author.user(), tree.length);
                if (full.isPresent()) {
                    remarks.warn(
                            channel.hub().value(),
                            "a Welcome of {} for device {} is not kept; it can come in by returning: {}",
                            channel.id(),
                            device,
                            full.get());
                    continue;
                }
                welcomeTable.add(device, entry, ref, channel.hub(), author, tree.length);
                waiting++;
                journal.afterCommit(new AfterCommit.WelcomeWaits(device));
            }
        }
        if (waiting == 0) {
            return 0;
        }
        welcomeTable.putTree(entry, tree, waiting);
        return tree.length;
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
            journal.afterCommit(new AfterCommit.FollowerRemoved(channel.id(), server));
        }
        followers.put(channel.id(), server, row.build());
    }
}
