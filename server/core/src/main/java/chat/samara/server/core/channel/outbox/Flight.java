package chat.samara.server.core.channel.outbox;

import chat.samara.server.core.Limits;
import chat.samara.server.core.channel.outbox.OutboxTable.Place;
import chat.samara.wire.log.ChannelId;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The records of one channel that are under way to its hub. In memory only: at worst something is sent twice. */
final class Flight {
    private final ChannelId channel;
    private final HubWindow window;
    private final SortedMap<Place, Sent> underWay = new TreeMap<>();

    /** Nothing came of what was sent before: one record at a time, which takes no room from channels that get on. */
    private boolean probing;

    private Place sentThrough;
    private long bytes;
    private long sentAtMillis;
    private Optional<Long> unansweredSinceMillis = Optional.empty();
    private Optional<Long> wentBackAtMillis = Optional.empty();

    private record Sent(int size, long atMillis, boolean tried) {}

    /** @param before nothing waits at this place or before it */
    Flight(ChannelId channel, HubWindow window, Place before) {
        this.channel = channel;
        this.window = window;
        this.sentThrough = before;
    }

    ChannelId channel() {
        return channel;
    }

    /** Where it waits for its turn. */
    HubWindow.Lane lane() {
        return window.lane(probing);
    }

    boolean isEmpty() {
        return underWay.isEmpty();
    }

    /**
     * Whether something of an earlier incarnation is under way: the hub takes nothing more of that once it has taken the newer, so what it does not take
     * just now would have to be numbered anew, and come behind what was said later.
     */
    boolean awaitsEarlierIncarnation(Place place) {
        return !underWay.isEmpty() && underWay.firstKey().incarnation() < place.incarnation();
    }

    /** The last record that was sent. */
    Place sentThrough() {
        return sentThrough;
    }

    /** When that was. */
    long sentAtMillis() {
        return sentAtMillis;
    }

    /** Since when the hub is known to have had all that was sent, and has said nothing of it; empty if that is not known. */
    Optional<Long> unansweredSinceMillis() {
        return unansweredSinceMillis;
    }

    /** The hub has had all that was sent; what it has said of it is not that it takes it. */
    void isUnanswered(long nowMillis) {
        if (unansweredSinceMillis.isEmpty()) {
            unansweredSinceMillis = Optional.of(nowMillis);
        }
    }

    /** Whether the channel may have so much more under way. */
    boolean hasRoom(int size) {
        return bytes == 0 || (!probing && bytes + size <= Limits.SUBMIT_BYTES_IN_FLIGHT_MAX);
    }

    /** Whether there is room for it on the way to the hub. */
    boolean hasRoomInWindow(int size) {
        return window.hasRoom(size, probing);
    }

    void sent(Place place, int size, long nowMillis) {
        add(size);
        underWay.put(place, new Sent(size, nowMillis, window.isTried()));
        sentThrough = place;
        sentAtMillis = nowMillis;
        unansweredSinceMillis = Optional.empty();
    }

    private void add(long more) {
        bytes += more;
        lane().add(more);
    }

    /** The hub has given the record a place, or it is settled otherwise. */
    void arrived(Place place, long nowMillis) {
        Sent sent = underWay.remove(place);
        if (sent != null) {
            arrived(sent, nowMillis);
        }
        getsOn();
    }

    /** As {@link #arrived} of a record and all before it in its incarnation. */
    void arrivedThrough(Place place, long nowMillis) {
        SortedMap<Place, Sent> decided = underWay.subMap(
                new Place(place.incarnation(), 0), new Place(place.incarnation(), place.originSeq() + 1));
        decided.values().forEach(sent -> arrived(sent, nowMillis));
        decided.clear();
        getsOn();
    }

    private void arrived(Sent sent, long nowMillis) {
        add(-sent.size);
        if (!probing) {
            window.answered(sent.size, sent.tried, sent.atMillis, nowMillis);
        }
    }

    private void getsOn() {
        probe(false);
        unansweredSinceMillis = Optional.empty();
    }

    /** From now on the channel is one that gets on, or one that tries with one record. */
    void probe(boolean now) {
        if (now != probing) {
            boolean waits = lane().leave(this);
            lane().add(-bytes);
            probing = now;
            lane().add(bytes);
            if (waits) {
                lane().await(this);
            }
        }
    }

    /**
     * The hub lacks this record before those that it was sent: goes back to it, with that one first. Only once in so long a time, whatever the hub
     * says that it lacks, or each of its words would cost what the channel may have under way. Returns whether it went back.
     */
    boolean goBack(Place expected, long nowMillis, long notAgainMillis) {
        if (wentBackAtMillis.filter(at -> nowMillis - at < notAgainMillis).isPresent()) {
            isUnanswered(nowMillis);
            return false;
        }
        wentBackAtMillis = Optional.of(nowMillis);
        rewind(new Place(expected.incarnation(), expected.originSeq() - 1));
        probe(true);
        return true;
    }

    /** All that was sent counts as lost; what is behind this place is sent next. */
    void rewind(Place before) {
        underWay.clear();
        add(-bytes);
        sentThrough = before;
        unansweredSinceMillis = Optional.empty();
    }
}
