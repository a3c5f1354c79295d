package chat.samara.server.core.channel.outbox;

import chat.samara.server.core.Limits;
import chat.samara.server.core.rate.Pace;
import chat.samara.wire.log.ChannelId;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What is under way to one hub, of all channels of which records wait for it, and which of them wait for their turn. Channels that get on
 * and those of which the hub takes nothing have a lane of their own, each with its room. In memory only.
 */
final class HubWindow {
    private final Map<ChannelId, Flight> flights = new TreeMap<>();
    private final Lane lively = new Lane();
    private final Lane probes = new Lane();
    private Pace pace = newPace();

    /** Those that wait, the next one first, and what is under way of them and of those that do not. */
    static final class Lane {
        private final Set<Flight> waiting = new LinkedHashSet<>();
        private long bytes;

        /** Whose turn it is. */
        Optional<Flight> next() {
            return waiting.stream().findFirst();
        }

        /** Waits behind all others; where it waits already it keeps its place. */
        void await(Flight flight) {
            waiting.add(flight);
        }

        /** Waits for nothing. Returns whether it did. */
        boolean leave(Flight flight) {
            return waiting.remove(flight);
        }

        void add(long more) {
            bytes += more;
        }
    }

    private static Pace newPace() {
        return new Pace(Limits.SUBMIT_BYTES_IN_FLIGHT_PER_HUB_MAX);
    }

    /** What is under way of each channel with records that wait, by channel. */
    Collection<Flight> flights() {
        return flights.values();
    }

    Optional<Flight> flight(ChannelId channel) {
        return Optional.ofNullable(flights.get(channel));
    }

    /** The channel has records that wait, and if it had none none at this place or before it. */
    void begin(ChannelId channel, OutboxTable.Place before) {
        Flight unused = flights.computeIfAbsent(channel, it -> new Flight(it, this, before));
    }

    /** The channel has none any more. */
    void end(ChannelId channel) {
        Flight flight = flights.remove(channel);
        if (flight != null) {
            flight.rewind(OutboxTable.Place.START);
            flight.lane().leave(flight);
        }
    }

    /** The two lanes: of those that get on, and of those that have a {@link Flight#probe probe} out. */
    List<Lane> lanes() {
        return List.of(lively, probes);
    }

    /** Whether a channel waits for its turn. */
    boolean isWaitedFor() {
        return lively.next().isPresent() || probes.next().isPresent();
    }

    Lane lane(boolean probing) {
        return probing ? probes : lively;
    }

    /** A link begins: nothing is under way on it, nothing is known of its line, and all wait; those that waited before are next. */
    void restart() {
        pace = newPace();
        for (Flight flight : flights.values()) {
            flight.rewind(OutboxTable.Place.START);
            flight.probe(false);
            flight.lane().await(flight);
        }
    }

    boolean hasRoom(int size, boolean probing) {
        return probing
                ? probes.bytes == 0 || probes.bytes + size <= Limits.SUBMIT_BYTES_IN_FLIGHT_MAX
                : lively.bytes == 0 || lively.bytes + size <= pace.bytes();
    }

    /** Whether so much is under way that it tells how quick the line is. */
    boolean isTried() {
        return pace.isTried(lively.bytes);
    }

    /** The hub has answered what was sent of a channel that gets on. */
    void answered(int size, boolean tried, long sentAtMillis, long nowMillis) {
        pace.answered(size, tried, sentAtMillis, nowMillis);
    }
}
