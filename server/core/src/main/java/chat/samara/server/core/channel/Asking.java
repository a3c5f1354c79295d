package chat.samara.server.core.channel;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.peer.Peers;
import chat.samara.wire.Refusal;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * A hub that has just started does not know whether its data folder is an older copy. So in each channel that has followers it orders
 * nothing before all of them have said how far they have its log, or the time for that is over: by then, whoever could be reached was.
 * It waits for every follower and not for the first, since the one that is reached first may have been away itself. In memory only.
 */
final class Asking {
    private final Journal journal;
    private final Peers peers;
    private final Map<ChannelId, SortedSet<ServerName>> awaited = new TreeMap<>();
    private Optional<Long> begunAtMillis = Optional.empty();

    Asking(Journal journal, Peers peers) {
        this.journal = journal;
        this.peers = peers;
    }

    /** Begins to wait, once a start. */
    void load(List<ChannelId> ownChannels) {
        if (begunAtMillis.isPresent()) {
            return;
        }
        begunAtMillis = Optional.of(journal.monotonicMillis());
        for (ChannelId channel : ownChannels) {
            SortedSet<ServerName> followers = new TreeSet<>();
            FollowerTable.all(journal, channel).forEach((server, row) -> {
                if (row.getDevices() > 0 && peers.isPeer(server)) {
                    followers.add(server);
                }
            });
            if (!followers.isEmpty()) {
                awaited.put(channel, followers);
            }
        }
    }

    private boolean isOver() {
        long begun = begunAtMillis.orElse(0L);
        if (!awaited.isEmpty() && journal.monotonicMillis() - begun >= Limits.ASKING_MILLIS_MAX) {
            awaited.clear();
        }
        return awaited.isEmpty();
    }

    /** Why nothing is ordered in the channel yet; empty if this does not keep it. */
    Optional<Refusal> refusal(ChannelId channel) {
        if (isOver() || !awaited.containsKey(channel)) {
            return Optional.empty();
        }
        return Optional.of(new Refusal(
                ErrorCode.HUB_ASKING,
                "the hub has just started and asks " + awaited.get(channel)
                        + " first how far they have this channel; try again in a moment",
                "asking",
                0,
                Limits.ASKING_RETRY_MILLIS));
    }

    /** The follower has said how far it has the channel. */
    void said(ServerName follower, ChannelId channel) {
        if (!isOver() && awaited.containsKey(channel)) {
            SortedSet<ServerName> followers = awaited.get(channel);
            followers.remove(follower);
            if (followers.isEmpty()) {
                awaited.remove(channel);
            }
        }
    }

    /** The follower has said how far it has each channel, but for those in doubt. */
    void saidAll(ServerName follower, Predicate<ChannelId> inDoubt) {
        if (isOver()) {
            return;
        }
        Iterator<Map.Entry<ChannelId, SortedSet<ServerName>>> each =
                awaited.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<ChannelId, SortedSet<ServerName>> next = each.next();
            if (!inDoubt.test(next.getKey())
                    && next.getValue().remove(follower)
                    && next.getValue().isEmpty()) {
                each.remove();
            }
        }
    }
}
