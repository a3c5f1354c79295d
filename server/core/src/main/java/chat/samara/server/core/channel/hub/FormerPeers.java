package chat.samara.server.core.channel.hub;

import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.member.FollowerTable;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.peer.Peers;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Servers that are no peers of this one, and have a channel with it all the same: one that the operator has removed, or that was accepted after
 * the data folder was copied. Nothing of these channels goes to them or comes from them before that is mended, so somebody has to know.
 */
public final class FormerPeers {
    private static final int CHANNELS_NAMED_MAX = 5;
    private static final int ID_DIGITS = 12;

    private final Journal journal;
    private final Peers peers;
    private final ServerName own;
    private final ChannelTable channels;
    private final FollowerTable followers;

    public FormerPeers(ServerName own, Journal journal, Peers peers) {
        this.own = own;
        this.journal = journal;
        this.peers = peers;
        this.channels = new ChannelTable(journal);
        this.followers = new FollowerTable(journal);
    }

    /**
     * A sentence for the operator on each of them, by name, at most so many.
     *
     * @param outboxRecords how many records wait here for a server
     */
    public List<String> sentences(int countMax, ToLongFunction<ServerName> outboxRecords) {
        try {
            SortedMap<ServerName, List<ChannelId>> shared = new TreeMap<>();
            channels.hubs().stream()
                    .filter(this::isNoPeer)
                    .forEach(hub -> put(shared, hub, channels.ofHub(hub), this::isActive));
            followers.servers().stream()
                    .filter(this::isNoPeer)
                    .forEach(server -> put(
                            shared,
                            server,
                            followers.channels(server),
                            channel -> isActive(channel) && hasMembers(server, channel)));
            return shared.entrySet().stream()
                    .limit(countMax)
                    .map(it -> sentence(it, outboxRecords.applyAsLong(it.getKey())))
                    .toList();
        } catch (StoreException damaged) {
            // Whatever cannot be read is told for itself.
            return List.of();
        }
    }

    private boolean isNoPeer(ServerName server) {
        return !server.equals(own) && !peers.isPeer(server);
    }

    private static void put(
            SortedMap<ServerName, List<ChannelId>> shared,
            ServerName server,
            List<ChannelId> found,
            Predicate<ChannelId> counts) {
        List<ChannelId> counted = found.stream().filter(counts).toList();
        if (!counted.isEmpty()) {
            shared.computeIfAbsent(server, it -> new ArrayList<>()).addAll(counted);
        }
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

    private static String sentence(Map.Entry<ServerName, List<ChannelId>> shared, long waiting) {
        List<ChannelId> channels = shared.getValue();
        String ids = channels.stream()
                .limit(CHANNELS_NAMED_MAX)
                .map(channel -> channel.toString().substring(0, ID_DIGITS))
                .collect(Collectors.joining(", "));
        int more = channels.size() - CHANNELS_NAMED_MAX;
        return shared.getKey() + " is no peer of this server, but shares "
                + (channels.size() == 1 ? "a channel" : channels.size() + " channels") + " with it (" + ids
                + (more > 0 ? " and " + more + " more" : "")
                + "): what is said there does not reach the other's members"
                + (waiting > 0 ? ", and " + waiting + " records wait for it" : "")
                + ". If that is a mistake, ask its operator for the link, and add it with samara server peer add";
    }
}
