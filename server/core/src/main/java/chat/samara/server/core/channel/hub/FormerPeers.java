package chat.samara.server.core.channel.hub;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.member.ReaderTable;
import chat.samara.server.core.peer.Peers;
import chat.samara.server.core.store.StoreException;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Servers that are no peers of this one, and have a channel with it all the same: one that the operator has removed, or that was accepted after
 * the data folder was copied. Nothing of these channels goes to them or comes from them before that is mended, so somebody has to know.
 */
public final class FormerPeers {
    private static final int CHANNELS_NAMED_MAX = 5;
    private static final int ID_DIGITS = 12;

    private final Journal journal;
    private final Peers peers;
    private final CommonChannels shared;

    public FormerPeers(Journal journal, Peers peers, CommonChannels shared) {
        this.journal = journal;
        this.peers = peers;
        this.shared = shared;
    }

    /**
     * A sentence for the operator on each of them, by name, at most so many, and one that names the others.
     *
     * @param outboxRecords how many records wait here for a server
     */
    public List<String> sentences(int countMax, ToLongFunction<ServerName> outboxRecords) {
        try {
            SortedMap<ServerName, List<ChannelId>> concerned = concerned();
            List<String> sentences = new ArrayList<>();
            concerned.entrySet().stream()
                    .limit(countMax)
                    .forEach(it -> sentences.add(sentence(it, outboxRecords.applyAsLong(it.getKey()))));
            if (concerned.size() > countMax) {
                sentences.add(others(concerned.keySet().stream().skip(countMax).toList()));
            }
            return sentences;
        } catch (StoreException damaged) {
            // Whatever cannot be read is told for itself.
            return List.of();
        }
    }

    /** What they share, of a hub the channels in which members of this server still are: what others have left, or were removed from, concerns nobody here. */
    private SortedMap<ServerName, List<ChannelId>> concerned() {
        List<ServerName> former =
                shared.servers().stream().filter(it -> !peers.isPeer(it)).toList();
        SortedMap<ServerName, List<ChannelId>> ordered = new TreeMap<>();
        Set<ChannelId> all = new HashSet<>();
        for (ServerName server : former) {
            List<ChannelId> channels = shared.orderedBy(server);
            ordered.put(server, channels);
            all.addAll(channels);
        }
        Set<ChannelId> open =
                all.isEmpty() ? Set.of() : ReaderTable.openAmong(journal, all, Limits.READERS_LOOKED_AT_FOR_STATUS_MAX);
        SortedMap<ServerName, List<ChannelId>> concerned = new TreeMap<>();
        ordered.forEach((server, channels) -> {
            List<ChannelId> both = Stream.concat(
                            channels.stream().filter(open::contains), shared.followedBy(server).stream())
                    .toList();
            if (!both.isEmpty()) {
                concerned.put(server, both);
            }
        });
        return concerned;
    }

    private static String others(List<ServerName> servers) {
        String names = servers.stream()
                .limit(Limits.FORMER_PEERS_NAMED_MAX)
                .map(ServerName::value)
                .collect(Collectors.joining(", "));
        int more = servers.size() - Limits.FORMER_PEERS_NAMED_MAX;
        return servers.size() + " more servers are no peers of this server, but share channels with it: " + names
                + (more > 0 ? " and " + more + " more" : "");
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
