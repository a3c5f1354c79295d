package chat.samara.server.core.channel.outbox;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Contained;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Touched;
import chat.samara.server.core.channel.outbox.OutboxTable.Place;
import chat.samara.server.core.peer.Links;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * Sends to hubs what waits for them in the {@link Outbox}: each channel's records in their order, one frame a turn, and the channels of a hub
 * in turn. Whoever has had its turn goes to the end of the queue, so that no channel starves another, however much waits in it. What is
 * under way is bounded for each channel and for each hub, and goes by how quick its line is ({@code Pace}).
 */
final class Sending {
    /** So long after records were sent a hub that has said nothing of them is asked whether it is there. */
    private static final long ASKED_AFTER_MILLIS = 2_000;

    private final CoreConfig config;
    private final Journal journal;
    private final Links links;
    private final OutboxTable table;
    private final Map<ServerName, HubWindow> windows = new TreeMap<>();
    private final Touched<ChannelId> changed;
    private final Touched<ServerName> restarted;

    Sending(CoreConfig config, Journal journal, Links links, OutboxTable table) {
        this.config = config;
        this.journal = journal;
        this.links = links;
        this.table = table;
        this.changed = new Touched<>(journal);
        this.restarted = new Touched<>(journal);
    }

    /** Forgets what waits and what is under way. */
    void forget() {
        windows.clear();
    }

    /** An event was undone, and with it the turns that were to follow. Returns the channels that they were of. */
    SortedSet<ChannelId> undo() {
        restarted.takeUndone().forEach(this::up);
        return changed.takeUndone();
    }

    /** Forgets what waits of the channel and what of it is under way. */
    void forget(ChannelId channel) {
        windows.values().forEach(window -> window.end(channel));
    }

    private HubWindow window(ServerName hub) {
        return windows.computeIfAbsent(hub, it -> new HubWindow());
    }

    private Optional<Flight> flight(ChannelId channel, ServerName hub) {
        return window(hub).flight(channel);
    }

    /**
     * The channel has a record that waits.
     *
     * @param before if no other waits, none does at this place or before it: where many were deleted lately it takes long to find that out
     */
    void waits(ChannelId channel, ServerName hub, Place before) {
        window(hub).begin(channel, before);
        takesTurn(channel, hub);
    }

    /** A record of the channel waits no more. */
    void settled(ChannelId channel, ServerName hub, Place place, boolean isLast) {
        flight(channel, hub).ifPresent(flight -> flight.arrived(place, journal.monotonicMillis()));
        if (isLast) {
            window(hub).end(channel);
        }
        takesTurn(channel, hub);
    }

    /** The hub has given a record of the channel a place, and has decided about all of the incarnation before it. */
    void orderedThrough(ChannelId channel, ServerName hub, Place place) {
        flight(channel, hub).ifPresent(flight -> {
            flight.arrivedThrough(place, journal.monotonicMillis());
            takesTurn(channel, hub);
        });
    }

    /** The hub does not take a record of the channel now. */
    void notTaken(ChannelId channel, ServerName hub) {
        flight(channel, hub).ifPresent(flight -> flight.isUnanswered(journal.monotonicMillis()));
    }

    /** The hub lacks a record before those that it was sent. */
    void lacks(ChannelId channel, ServerName hub, Place expected) {
        flight(channel, hub)
                .filter(flight -> flight.goBack(expected, journal.monotonicMillis(), config.retryMillis()))
                .ifPresent(flight -> takesTurn(channel, hub));
    }

    /** There is a link to the hub: everything that waits for it is sent, whatever was sent before. */
    void up(ServerName hub) {
        restarted.add(hub);
        window(hub).restart();
        serveOnceDurable(hub);
    }

    /**
     * Sends again what the hub has had for a while, and has said nothing of or does not take. What is still on its way on a slow line is not sent
     * twice: that the hub has had it follows from its answer to something that was asked later.
     */
    void tick(Contained contained) {
        new TreeMap<>(windows)
                .forEach((hub, window) -> contained.run("the outbox for " + hub, () -> tick(hub, window)));
    }

    private void tick(ServerName hub, HubWindow window) {
        long now = journal.monotonicMillis();
        if (links.isUp(hub)) {
            window.flights().stream().filter(flight -> !flight.isEmpty()).forEach(flight -> look(hub, flight, now));
            if (window.isWaitedFor()) {
                serveOnceDurable(hub);
            }
        }
    }

    private void look(ServerName hub, Flight flight, long now) {
        if (flight.unansweredSinceMillis().isEmpty() && now - flight.sentAtMillis() >= ASKED_AFTER_MILLIS) {
            if (links.hasAnsweredWhatWasAskedAfter(hub, flight.sentAtMillis())) {
                flight.isUnanswered(now);
            } else {
                links.askForSign(hub);
            }
        }
        if (flight.unansweredSinceMillis()
                .filter(since -> now - since >= config.retryMillis())
                .isPresent()) {
            flight.rewind(Place.START);
            flight.probe(true);
            takesTurn(flight.channel(), hub);
        }
    }

    /** The key under which the channels that wait for their turn at a hub are looked at once a batch. */
    private record Serve(ServerName hub) {}

    private void takesTurn(ChannelId channel, ServerName hub) {
        changed.add(channel);
        journal.whenDurable(
                () -> flight(channel, hub).ifPresent(flight -> flight.lane().await(flight)));
        serveOnceDurable(hub);
    }

    private void serveOnceDurable(ServerName hub) {
        journal.whenDurableOnce(new Serve(hub), () -> serve(hub));
    }

    /** Sends what may be sent. Runs when its batch is durable, and sends durable records only. */
    private void serve(ServerName hub) {
        if (!links.isUp(hub)) {
            return;
        }
        for (HubWindow.Lane lane : window(hub).lanes()) {
            Optional<Flight> next = lane.next();
            while (next.isPresent() && sendFrame(hub, lane, next.get())) {
                next = lane.next();
            }
        }
    }

    /** The turn of one channel. Returns whether there is room for the next one. */
    private boolean sendFrame(ServerName hub, HubWindow.Lane lane, Flight flight) {
        Frame frame = new Frame(flight);
        OutboxTable.scan(journal.durable(), flight.channel(), flight.sentThrough(), (place, stored) -> {
            // What was settled meanwhile is not sent, though that is not durable yet.
            if (!table.isDeleted(flight.channel(), place) && frame.take(place, stored)) {
                flight.sent(place, stored.size(), journal.monotonicMillis());
            }
            return frame.end == End.NOTHING_WAITS;
        });
        send(hub, frame.records);
        if (frame.end != End.WINDOW_FULL || !frame.records.isEmpty()) {
            lane.leave(flight);
        }
        if (frame.end == End.FRAME_FULL || frame.end == End.WINDOW_FULL) {
            lane.await(flight);
        }
        return frame.end != End.WINDOW_FULL;
    }

    /** Why a frame ends. */
    private enum End {
        /** Nothing else waits in the channel. */
        NOTHING_WAITS,
        /** As much is under way of the channel as may be, or the next is of a newer incarnation: it goes on when some of it has arrived. */
        CHANNEL_FULL,
        /** The others have their turn. */
        FRAME_FULL,
        /** As much is under way to the hub as may be. */
        WINDOW_FULL
    }

    private static final class Frame {
        private final Flight flight;
        private final List<Bytes> records = new ArrayList<>();
        private long bytes;
        private End end = End.NOTHING_WAITS;

        Frame(Flight flight) {
            this.flight = flight;
        }

        /** Takes a record, or ends. */
        boolean take(Place place, Bytes stored) {
            int size = stored.size();
            if (!flight.hasRoom(size) || flight.awaitsEarlierIncarnation(place)) {
                end = End.CHANNEL_FULL;
            } else if (records.size() == Limits.RECORDS_PER_FRAME_MAX
                    || (!records.isEmpty() && bytes + size > Limits.RECORD_BYTES_PER_FRAME_MAX)) {
                end = End.FRAME_FULL;
            } else if (!flight.hasRoomInWindow(size)) {
                end = End.WINDOW_FULL;
            } else {
                records.add(stored);
                bytes += size;
                return true;
            }
            return false;
        }
    }

    private void send(ServerName hub, List<Bytes> records) {
        if (!records.isEmpty()) {
            links.pushRecords(hub, records);
        }
    }
}
