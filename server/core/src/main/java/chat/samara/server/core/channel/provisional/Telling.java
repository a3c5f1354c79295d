package chat.samara.server.core.channel.provisional;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.outbox.OutboxTable.Place;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.peer.Links;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Provisional;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Shows peers what waits here for a hub that cannot be reached. Each peer with a link is a cursor in what waits of each channel that it has
 * members in. What it was shown and may not have yet is bounded: the rest follows when it has answered something that it was asked later, so
 * that on a slow line nothing stands behind much of it.
 */
final class Telling {
    /** What it costs to see who is in a channel, which may have to be loaded from the store, beside what it costs to go past one. */
    private static final int LOOKS_OF_A_CHANNEL = 64;

    private final Journal journal;
    private final Links links;
    private final Channels channels;
    private final Unordered unordered;
    private final Map<ServerName, Told> peers = new LinkedHashMap<>();
    private final Allowance<ServerName> allowance =
            new Allowance<>(Limits.PROVISIONAL_BYTES_PER_ROUND_MAX, Limits.PROVISIONAL_BYTES_AT_ONCE_MAX);

    private static final class Told {
        private final Map<ChannelId, Place> through = new HashMap<>();
        private final Set<ChannelId> news = new LinkedHashSet<>();

        /** It may lack something in each channel behind this one; which of them it has members in is looked at one by one. */
        private Optional<Sweep> sweep = Optional.of(Sweep.OF_ALL);

        private long unansweredBytes;
        private long sentAtMillis;

        boolean lacksNothing() {
            return news.isEmpty() && sweep.isEmpty();
        }
    }

    private record Sweep(Optional<ChannelId> behind) {
        static final Sweep OF_ALL = new Sweep(Optional.empty());
    }

    Telling(Journal journal, Links links, Channels channels, Unordered unordered) {
        this.journal = journal;
        this.links = links;
        this.channels = channels;
        this.unordered = unordered;
    }

    /** A batch is durable: a round begins. */
    void beginRound() {
        allowance.beginRound();
    }

    /** There is a link to the peer: of what it was shown on another one it may lack any. */
    void up(ServerName peer) {
        peers.put(peer, new Told());
    }

    /** The link to the peer is gone. */
    void down(ServerName peer) {
        peers.remove(peer);
    }

    /** There may be something to show of many channels. */
    void sweep() {
        peers.values().forEach(told -> told.sweep = Optional.of(Sweep.OF_ALL));
    }

    /** Something of the channel waits, durably, which these servers have members in. */
    void grown(ChannelId channel, List<ServerName> servers) {
        for (ServerName server : servers) {
            Told told = peers.get(server);
            if (told != null) {
                told.news.add(channel);
                tell(server, told);
            }
        }
    }

    /** Goes on where peers have taken what they were shown. A bounded number of channels is looked at in a tick, of the peers in turn. */
    void tick() {
        int looksLeft = Limits.PROVISIONAL_LOOKS_PER_TICK_MAX;
        for (ServerName peer : List.copyOf(peers.keySet())) {
            Told told = peers.get(peer);
            if (told == null || told.lacksNothing()) {
                continue;
            }
            if (links.hasAnsweredWhatWasAskedAfter(peer, told.sentAtMillis)) {
                told.unansweredBytes = 0;
            } else if (told.unansweredBytes > 0) {
                links.askForSign(peer);
            }
            tell(peer, told);
            while (looksLeft > 0 && told.news.isEmpty() && told.sweep.isPresent()) {
                looksLeft -= look(peer, told);
                tell(peer, told);
            }
            if (looksLeft <= 0) {
                // Whoever comes behind has its turn first the next time.
                peers.remove(peer);
                peers.put(peer, told);
                return;
            }
        }
    }

    /** Looks whether the peer has members in the next channel. Returns how much that costs. */
    private int look(ServerName peer, Told told) {
        Optional<ChannelId> channel = unordered.channelBehind(told.sweep.flatMap(Sweep::behind));
        told.sweep = channel.map(it -> new Sweep(channel));
        if (channel.isEmpty() || !unordered.isHubAway(channel.get())) {
            return 1;
        }
        boolean isIn = channels.find(channel.get())
                .filter(it -> it.servers().containsKey(peer) && !it.hub().equals(peer))
                .isPresent();
        if (isIn) {
            told.news.add(channel.get());
        }
        return LOOKS_OF_A_CHANNEL;
    }

    private void tell(ServerName peer, Told told) {
        while (!told.news.isEmpty()) {
            ChannelId channel = told.news.iterator().next();
            Optional<Unordered.Own> next = unordered.isHubAway(channel)
                    ? unordered.ownAfter(channel, told.through.getOrDefault(channel, Place.START))
                    : Optional.empty();
            if (next.isEmpty()) {
                told.news.remove(channel);
            } else if (!show(peer, told, next.get())) {
                return;
            } else {
                told.through.put(channel, next.get().place());
            }
        }
    }

    private boolean show(ServerName peer, Told told, Unordered.Own message) {
        int size = message.record().getSerializedSize();
        boolean hasRoom =
                told.unansweredBytes == 0 || told.unansweredBytes + size <= Limits.PROVISIONAL_BYTES_UNANSWERED_MAX;
        if (!hasRoom || !allowance.take(peer, size)) {
            return false;
        }
        told.unansweredBytes += size;
        told.sentAtMillis = journal.monotonicMillis();
        links.push(
                peer,
                PeerFrame.newBuilder().setProvisional(Provisional.newBuilder().setRecord(message.record())));
        return true;
    }

    /** Forgets how far peers were shown channels of which nothing waits any more. */
    void prune() {
        peers.values().forEach(told -> told.through.keySet().removeIf(channel -> !unordered.has(channel)));
    }
}
