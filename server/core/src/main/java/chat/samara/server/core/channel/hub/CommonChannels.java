package chat.samara.server.core.channel.hub;

import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.member.FollowerTable;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The channels in which what is said has to cross between this server and another: those that the other orders, and those that this one orders and in which
 * the other has a member now. None that is frozen, set aside or being dropped counts. Everything that tells the operator of shared channels counts these.
 */
public final class CommonChannels {
    private final Journal journal;
    private final ServerName own;
    private final ChannelTable channels;
    private final FollowerTable followers;

    public CommonChannels(ServerName own, Journal journal) {
        this.journal = journal;
        this.own = own;
        this.channels = new ChannelTable(journal);
        this.followers = new FollowerTable(journal);
    }

    /** All servers that may share one, by name, without this one. */
    SortedSet<ServerName> servers() {
        SortedSet<ServerName> found = new TreeSet<>(channels.hubs());
        found.addAll(followers.servers());
        found.remove(own);
        return found;
    }

    /** Those that the two servers share: of the other's hub first, each by id. */
    public List<ChannelId> with(ServerName other) {
        return Stream.concat(orderedBy(other).stream(), followedBy(other).stream())
                .toList();
    }

    /** Those that the other orders. */
    List<ChannelId> orderedBy(ServerName other) {
        return channels.ofHub(other).stream().filter(this::isActive).toList();
    }

    /** Those that this server orders, and in which the other has a member. */
    List<ChannelId> followedBy(ServerName other) {
        return followers.channels(other).stream()
                .filter(channel -> isActive(channel) && hasMembers(other, channel))
                .toList();
    }

    private boolean isActive(ChannelId channel) {
        return ChannelTable.find(journal, channel)
                .filter(row -> row.getState() == StoredChannelState.CHANNEL_ACTIVE)
                .isPresent();
    }

    private boolean hasMembers(ServerName server, ChannelId channel) {
        return FollowerTable.find(journal, channel, server)
                .filter(row -> row.getDevices() > 0)
                .isPresent();
    }
}
