package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.group.VerifiedCommit;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.LogPosition;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A channel in memory: its row, and once it is needed its public group with the members. Everything in it is also in the store or
 * follows from that, so it can be forgotten at any time.
 */
final class Channel {
    private final ChannelId id;
    private final ServerName hub;
    private final Supplier<PublicGroup> load;
    private StoredChannel.Builder row;
    private Optional<Membership> membership = Optional.empty();

    /** The group of the present epoch, with its members by device and counted by server. */
    record Membership(
            PublicGroup group, SortedMap<DeviceId, ChannelMember> members, SortedMap<ServerName, Integer> servers) {
        static Membership of(PublicGroup group) {
            SortedMap<DeviceId, ChannelMember> members = new TreeMap<>();
            SortedMap<ServerName, Integer> servers = new TreeMap<>();
            try {
                for (ChannelMember member : Roster.of(group.members()).members()) {
                    members.put(member.device(), member);
                    servers.merge(member.user().server(), 1, Integer::sum);
                }
            } catch (RefusedException e) {
                throw new IllegalStateException(
                        "a member that the authentication service would refuse, expected none", e);
            }
            return new Membership(group, members, servers);
        }

        /** The group goes on without a change of members. */
        Membership with(PublicGroup next) {
            return new Membership(next, members, servers);
        }

        /** The group goes on with a commit. Takes as long as the commit is large, and not the group. */
        Membership after(VerifiedCommit commit) {
            try {
                for (ChannelMember gone : Roster.of(commit.removed()).members()) {
                    members.remove(gone.device());
                    servers.computeIfPresent(gone.user().server(), (server, count) -> count == 1 ? null : count - 1);
                }
                for (ChannelMember come : Roster.of(commit.added()).members()) {
                    members.put(come.device(), come);
                    servers.merge(come.user().server(), 1, Integer::sum);
                }
            } catch (RefusedException e) {
                throw new IllegalStateException(
                        "a member that the authentication service would refuse, expected none", e);
            }
            return with(commit.after());
        }
    }

    Channel(ChannelId id, ServerName hub, StoredChannel row, Supplier<PublicGroup> load) {
        this.id = id;
        this.hub = hub;
        this.row = row.toBuilder();
        this.load = load;
    }

    ChannelId id() {
        return id;
    }

    ServerName hub() {
        return hub;
    }

    Bytes hubRootKey() {
        return Stored.bytes(row.getHubRootKey());
    }

    /** What is stored about it; changed in place, and written by {@link Channels#save}. */
    StoredChannel.Builder row() {
        return row;
    }

    boolean isActive() {
        return row.getState() == StoredChannelState.CHANNEL_ACTIVE;
    }

    boolean isDropped() {
        return row.getState() == StoredChannelState.CHANNEL_DROPPED;
    }

    /** The last entry that is here. */
    LogPosition position() {
        return row.getSeq() == 0
                ? LogPosition.start(id)
                : new LogPosition(id, row.getTerm(), row.getSeq(), Stored.bytes(row.getEntryHash()));
    }

    long seq() {
        return row.getSeq();
    }

    long epoch() {
        return row.getEpoch();
    }

    private Membership membership() {
        if (membership.isEmpty()) {
            membership = Optional.of(Membership.of(load.get()));
        }
        return membership.get();
    }

    /** The public group after the last entry. */
    PublicGroup group() {
        return membership().group();
    }

    /** The first group. */
    void begin(PublicGroup group) {
        membership = Optional.of(Membership.of(group));
    }

    /** The same epoch with another proposal. */
    void propose(PublicGroup group) {
        membership = Optional.of(membership().with(group));
    }

    /** The group after a commit. */
    void commit(VerifiedCommit commit) {
        membership = Optional.of(membership().after(commit));
    }

    /** The device, if it is a member after the last entry. */
    Optional<ChannelMember> member(DeviceId device) {
        return Optional.ofNullable(membership().members().get(device));
    }

    /** The servers with members, by name, with how many devices each has. */
    Map<ServerName, Integer> servers() {
        return membership().servers();
    }
}
