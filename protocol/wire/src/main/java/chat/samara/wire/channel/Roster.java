package chat.samara.wire.channel;

import chat.samara.mls.group.Member;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceCertificateIn;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who is in a channel in one epoch, read from the group's tree. Immutable. All orders are fixed (by name, by leaf), so that the
 * same tree gives the same effects everywhere.
 */
public final class Roster {
    private final List<ChannelMember> members;
    private final SortedMap<DeviceId, ChannelMember> byDevice = new TreeMap<>();
    private final SortedMap<ServerName, SortedSet<UserId>> usersByServer = new TreeMap<>();

    private final SortedSet<ServerName> servers;

    private Roster(List<ChannelMember> members) {
        this.members = List.copyOf(members);
        for (ChannelMember member : members) {
            byDevice.put(member.device(), member);
            usersByServer
                    .computeIfAbsent(member.user().server(), server -> new TreeSet<>())
                    .add(member.user());
        }
        this.servers = Collections.unmodifiableSortedSet(new TreeSet<>(usersByServer.keySet()));
    }

    /**
     * Reads the members of a group. The certificates' signatures are not checked again: the group lets no leaf in that
     * {@link DeviceAuthentication} does not accept. Refused only if the group was built with another authentication service.
     */
    public static Roster of(Collection<Member> members) throws RefusedException {
        return new Roster(read(members));
    }

    /** The members alone, in their order, as {@link #of} reads them. */
    public static List<ChannelMember> read(Collection<Member> members) throws RefusedException {
        List<ChannelMember> read = new ArrayList<>(members.size());
        for (Member member : members) {
            read.add(member(member));
        }
        return List.copyOf(read);
    }

    /** One member, as {@link #of} reads it. */
    public static ChannelMember member(Member member) throws RefusedException {
        DeviceCertificateIn certificate = MemberCredential.certificate(member.credential());
        return new ChannelMember(
                member.leafIndex(),
                certificate.claimedUser(),
                certificate.claimedIdentityKey(),
                member.signatureKey(),
                DeviceId.ofSignatureKey(member.signatureKey()));
    }

    /** All devices, by leaf. */
    public List<ChannelMember> members() {
        return members;
    }

    /** The device, if it is in the channel. */
    public Optional<ChannelMember> device(DeviceId device) {
        return Optional.ofNullable(byDevice.get(device));
    }

    /** The devices of a member, by leaf; empty if the member is not in the channel. */
    public List<ChannelMember> devicesOf(UserId user) {
        return members.stream().filter(member -> member.user().equals(user)).toList();
    }

    /** The servers with members in the channel, by name. Those that are not the hub are its followers. */
    public SortedSet<ServerName> servers() {
        return servers;
    }

    /** The members of one server, by name; empty if it has none in the channel. */
    public SortedSet<UserId> usersOf(ServerName server) {
        return Collections.unmodifiableSortedSet(usersByServer.getOrDefault(server, Collections.emptySortedSet()));
    }

    /** The members of each server. */
    public Map<ServerName, SortedSet<UserId>> usersByServer() {
        return Collections.unmodifiableMap(usersByServer);
    }

    /** Whether a server has a member in the channel. */
    public boolean hasMembersOf(ServerName server) {
        return usersByServer.containsKey(server);
    }

    /** Whether a member is in the channel with any device. */
    public boolean hasUser(UserId user) {
        return usersByServer
                .getOrDefault(user.server(), Collections.emptySortedSet())
                .contains(user);
    }
}
