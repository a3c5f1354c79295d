package chat.samara.server.core.channel.provisional;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Limits;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.outbox.OutboxTable.Place;
import chat.samara.server.core.channel.reader.Readers;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Shows devices what has no place in a log yet. As in a log, each session is a cursor in what waits of each channel that it follows: nothing is
 * queued for it, whoever was stalled or away lacks only what is behind its cursor, and nothing is shown to it twice.
 *
 * <p>No credit covers it, and what waits may be much. So it goes in rounds: so many bytes leave, to each and to all, then the driver
 * carries them out and comes back ({@link Effect.SendMore}). Whoever is not done has its turn again, one record a turn.
 */
public final class Showing {
    private final Journal journal;
    private final Readers readers;
    private final Unordered unordered;
    private final Map<SessionId, Viewer> viewers = new HashMap<>();
    private final Allowance<SessionId> allowance =
            new Allowance<>(Limits.PROVISIONAL_BYTES_PER_ROUND_MAX, Limits.PROVISIONAL_BYTES_AT_ONCE_MAX);

    /** The channels of which there may be something to show, to all who follow them. */
    private final Set<ChannelId> grown = new LinkedHashSet<>();

    /** The sessions that may lack something, the next one first. */
    private final Set<SessionId> waiting = new LinkedHashSet<>();

    /** What was read in this round: whoever is as far needs it, too, and shares its bytes. */
    private final Map<After, Optional<Next>> read = new HashMap<>();

    private int looksLeft = Limits.PROVISIONAL_LOOKS_PER_ROUND_MAX;
    private boolean moreAsked;

    /** What a session was shown, and where it may lack something. */
    private static final class Viewer {
        private final Map<ChannelId, Shown> shown = new HashMap<>();
        private final Set<ChannelId> news = new LinkedHashSet<>();
        private final List<Runnable> onceShown = new ArrayList<>();

        /** It may lack something in each channel behind this one. */
        private Optional<Sweep> sweep = Optional.empty();

        Shown shown(ChannelId channel) {
            return shown.getOrDefault(channel, Shown.NOTHING);
        }

        boolean isDone() {
            return news.isEmpty() && sweep.isEmpty();
        }

        List<Runnable> takeOnceShown() {
            List<Runnable> taken = List.copyOf(onceShown);
            onceShown.clear();
            return taken;
        }
    }

    private record Sweep(Optional<ChannelId> behind) {}

    /** How far a session was shown what waits here of a channel, and what peers have shown of it. */
    private record Shown(Place own, long ofPeers) {
        static final Shown NOTHING = new Shown(Place.START, 0);
    }

    private record After(ChannelId channel, Shown shown, boolean ofPeers) {}

    private record Next(Shown shown, Bytes frame) {}

    Showing(Journal journal, Readers readers, Unordered unordered) {
        this.journal = journal;
        this.readers = readers;
        this.unordered = unordered;
    }

    /** A batch is durable: a round begins. */
    void beginRound() {
        allowance.beginRound();
        read.clear();
        looksLeft = Limits.PROVISIONAL_LOOKS_PER_ROUND_MAX;
    }

    /** There may be something to show of these channels. Runs when durable. */
    void grown(Collection<ChannelId> channels) {
        grown.addAll(channels);
        serve();
    }

    private void tellThoseWhoFollow() {
        while (looksLeft > 0 && !grown.isEmpty()) {
            ChannelId channel = grown.iterator().next();
            grown.remove(channel);
            for (SessionId session : readers.following(channel)) {
                looksLeft--;
                viewer(session).news.add(channel);
                waiting.add(session);
            }
        }
    }

    private Viewer viewer(SessionId session) {
        return viewers.computeIfAbsent(session, it -> new Viewer());
    }

    /** A session begins to follow. Runs when durable. */
    public void begins(SessionId session) {
        viewer(session).sweep = Optional.of(new Sweep(Optional.empty()));
        waiting.add(session);
        serve();
    }

    /** Runs when durable, once the session was shown all that there is, as far as its connection takes it. */
    public void whenShown(SessionId session, Runnable work) {
        Viewer viewer = viewers.get(session);
        if (viewer != null && waiting.contains(session)) {
            viewer.onceShown.add(work);
        } else {
            work.run();
        }
    }

    /** The session's connection takes frames again. */
    public void flowing(SessionId session) {
        Viewer viewer = viewers.get(session);
        if (viewer != null && !viewer.isDone()) {
            journal.whenDurable(() -> waiting.add(session));
            serveWhenDurable();
        }
    }

    /** The driver has carried out what was sent, and comes back for more. */
    public void sendMore() {
        moreAsked = false;
        if (hasMore()) {
            serveWhenDurable();
        }
    }

    private boolean hasMore() {
        return !waiting.isEmpty() || !grown.isEmpty();
    }

    private void serveWhenDurable() {
        journal.whenDurableOnce(Showing.class, this::serve);
    }

    /** The session is gone. */
    public void forget(SessionId session) {
        waiting.remove(session);
        Viewer gone = viewers.remove(session);
        if (gone != null) {
            gone.takeOnceShown().forEach(Runnable::run);
        }
    }

    /** Forgets how far sessions were shown channels of which nothing waits any more. */
    void prune() {
        viewers.values().forEach(viewer -> viewer.shown.keySet().removeIf(channel -> !unordered.has(channel)));
        viewers.entrySet()
                .removeIf(entry -> entry.getValue().isDone()
                        && entry.getValue().shown.isEmpty()
                        && entry.getValue().onceShown.isEmpty());
    }

    /** A record to each of those who wait, in turn, until the round is over or nobody waits. */
    private void serve() {
        List<SessionId> nextRound = new ArrayList<>();
        try {
            tellThoseWhoFollow();
            while (looksLeft > 0 && !allowance.isUsedUp() && !waiting.isEmpty()) {
                SessionId session = waiting.iterator().next();
                waiting.remove(session);
                Optional<Viewer> viewer = Optional.ofNullable(viewers.get(session));
                if (viewer.isPresent()
                        && !readers.isStalled(session)
                        && !viewer.get().isDone()) {
                    (look(session, viewer.get()) ? waiting : nextRound).add(session);
                } else {
                    viewer.ifPresent(it -> it.takeOnceShown().forEach(Runnable::run));
                }
            }
        } finally {
            // Also where one of them met a bug: the others go on.
            waiting.addAll(nextRound);
            if (hasMore() && !moreAsked) {
                moreAsked = true;
                journal.emit(new Effect.SendMore());
            }
        }
    }

    /** Looks at the channel whose turn it is, and shows the next record of it. Returns whether the session may be sent more in this round. */
    private boolean look(SessionId session, Viewer viewer) {
        looksLeft--;
        Optional<ChannelId> fresh = viewer.news.stream().findFirst();
        Optional<ChannelId> channel =
                fresh.or(() -> readers.channelBehind(session, viewer.sweep.flatMap(Sweep::behind)));
        if (channel.isEmpty()) {
            viewer.sweep = Optional.empty();
            return true;
        }
        Optional<Next> next = readers.follows(session, channel.get())
                ? next(channel.get(), viewer.shown(channel.get()), fresh.isPresent())
                : Optional.empty();
        if (next.isEmpty()) {
            if (!viewer.news.remove(channel.get())) {
                viewer.sweep = Optional.of(new Sweep(channel));
            }
            return true;
        }
        if (!allowance.take(session, next.get().frame.size())) {
            return false;
        }
        viewer.shown.put(channel.get(), next.get().shown);
        journal.emit(new Effect.SendToSession(session, next.get().frame));
        return true;
    }

    /** What is shown next of a channel. Of what peers have shown only what is new, unless the hub cannot be reached: else it comes with the log. */
    private Optional<Next> next(ChannelId channel, Shown shown, boolean isNew) {
        boolean away = unordered.isHubAway(channel);
        if (!away && !isNew) {
            return Optional.empty();
        }
        return read.computeIfAbsent(new After(channel, shown, !away), after -> {
            Optional<Next> own = away
                    ? unordered
                            .ownAfter(channel, shown.own)
                            .map(it -> new Next(new Shown(it.place(), shown.ofPeers), frame(it.record())))
                    : Optional.empty();
            return own.or(() -> unordered
                    .ofPeersAfter(channel, shown.ofPeers)
                    .map(it -> new Next(new Shown(shown.own, it.number()), frame(it.record()))));
        });
    }

    private static Bytes frame(SignedRecord record) {
        return Protobuf.encode(ServerFrame.newBuilder()
                .setProvisional(Provisional.newBuilder().setRecord(record))
                .build());
    }
}
