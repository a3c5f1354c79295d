package chat.samara.server.core.channel.hub;

import chat.samara.server.core.peer.Peers;
import chat.samara.server.core.store.StoreException;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Servers that are no peers of this one, and have a channel with it all the same: one that the operator has removed, or that was accepted after
 * the data folder was copied. Nothing of these channels goes to them or comes from them before that is mended, so somebody has to know.
 */
public final class FormerPeers {
    private static final int CHANNELS_NAMED_MAX = 5;
    private static final int ID_DIGITS = 12;

    private final Peers peers;
    private final CommonChannels shared;

    public FormerPeers(Peers peers, CommonChannels shared) {
        this.peers = peers;
        this.shared = shared;
    }

    /**
     * A sentence for the operator on each of them, by name, at most so many.
     *
     * @param outboxRecords how many records wait here for a server
     */
    public List<String> sentences(int countMax, ToLongFunction<ServerName> outboxRecords) {
        List<String> sentences = new ArrayList<>();
        try {
            for (ServerName server : shared.servers()) {
                List<ChannelId> channels = peers.isPeer(server) ? List.of() : shared.with(server);
                if (!channels.isEmpty() && sentences.size() < countMax) {
                    sentences.add(sentence(server, channels, outboxRecords.applyAsLong(server)));
                }
            }
            return sentences;
        } catch (StoreException damaged) {
            // Whatever cannot be read is told for itself.
            return List.of();
        }
    }

    private static String sentence(ServerName server, List<ChannelId> channels, long waiting) {
        String ids = channels.stream()
                .limit(CHANNELS_NAMED_MAX)
                .map(channel -> channel.toString().substring(0, ID_DIGITS))
                .collect(Collectors.joining(", "));
        int more = channels.size() - CHANNELS_NAMED_MAX;
        return server + " is no peer of this server, but shares "
                + (channels.size() == 1 ? "a channel" : channels.size() + " channels") + " with it (" + ids
                + (more > 0 ? " and " + more + " more" : "")
                + "): what is said there does not reach the other's members"
                + (waiting > 0 ? ", and " + waiting + " records wait for it" : "")
                + ". If that is a mistake, ask its operator for the link, and add it with samara server peer add";
    }
}
