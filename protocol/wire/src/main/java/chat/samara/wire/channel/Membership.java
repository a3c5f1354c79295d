package chat.samara.wire.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.group.VerifiedCommit;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The group of the present epoch, with its members by device and counted by server. Goes on with each handshake in the time that
 * the handshake is large, and not the group; so it is changed in place, and belongs to the thread that owns the channel.
 */
public final class Membership {
    private final SortedMap<DeviceId, ChannelMember> members = new TreeMap<>();
    private final SortedMap<ServerName, Integer> servers = new TreeMap<>();
    private final SortedMap<Bytes, Integer> identityKeys = new TreeMap<>();
    private PublicGroup group;

    private Membership(PublicGroup group) {
        this.group = group;
    }

    /** Reads all members of a group, which lets no leaf in that {@link DeviceAuthentication} does not accept. */
    public static Membership of(PublicGroup group) {
        Membership membership = new Membership(group);
        try {
            Roster.read(group.members()).forEach(membership::come);
        } catch (RefusedException e) {
            throw refusedMember(e);
        }
        return membership;
    }

    /** The public group after the last handshake. */
    public PublicGroup group() {
        return group;
    }

    /** The device, if it is a member. */
    public Optional<ChannelMember> device(DeviceId device) {
        return Optional.ofNullable(members.get(device));
    }

    /** All members, by device. A view. */
    public Collection<ChannelMember> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    /** The servers with members, by name, with how many devices each has. A view. */
    public Map<ServerName, Integer> servers() {
        return Collections.unmodifiableMap(servers);
    }

    /** The identity keys of all who have a device in the group. A view. */
    public Set<Bytes> identityKeys() {
        return Collections.unmodifiableSet(identityKeys.keySet());
    }

    /** Where nothing has happened yet but that this device has founded the channel. */
    public Blame blameOf(DeviceId creator) {
        return device(creator).map(member -> Blame.begin(member.identityKey())).orElse(Blame.NONE);
    }

    /** What a commit to this group says about who was there. */
    Blame.Step step(Change.Committed commit) {
        Map<Bytes, Integer> devices = new TreeMap<>();
        commit.added().forEach(member -> devices.merge(member.identityKey(), 1, Integer::sum));
        commit.removed().forEach(member -> devices.merge(member.identityKey(), -1, Integer::sum));
        Set<Bytes> come = new TreeSet<>();
        Set<Bytes> gone = new TreeSet<>();
        devices.forEach((key, change) -> {
            int before = identityKeys.getOrDefault(key, 0);
            if (before == 0 && change > 0) {
                come.add(key);
            } else if (before > 0 && before + change == 0) {
                gone.add(key);
            }
        });
        return new Blame.Step(
                commit.commit().after().epoch(),
                commit.author().identityKey(),
                commit.commit().isExternal(),
                commit.refusedEpoch(),
                come,
                gone);
    }

    /** The same members with another proposal. */
    public void propose(PublicGroup next) {
        group = next;
    }

    /** The group goes on with a commit. */
    public void commit(VerifiedCommit commit) {
        try {
            Roster.read(commit.removed()).forEach(this::go);
            Roster.read(commit.added()).forEach(this::come);
        } catch (RefusedException e) {
            throw refusedMember(e);
        }
        group = commit.after();
    }

    private void come(ChannelMember member) {
        members.put(member.device(), member);
        servers.merge(member.user().server(), 1, Integer::sum);
        identityKeys.merge(member.identityKey(), 1, Integer::sum);
    }

    private void go(ChannelMember member) {
        members.remove(member.device());
        servers.computeIfPresent(member.user().server(), (server, count) -> count == 1 ? null : count - 1);
        identityKeys.computeIfPresent(member.identityKey(), (key, count) -> count == 1 ? null : count - 1);
    }

    private static IllegalStateException refusedMember(RefusedException e) {
        return new IllegalStateException("a member that the authentication service would refuse, expected none", e);
    }
}
