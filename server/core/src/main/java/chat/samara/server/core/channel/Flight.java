package chat.samara.server.core.channel;

import chat.samara.server.core.Limits;
import chat.samara.server.core.channel.OutboxTable.Place;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The records of one channel that are under way to its hub. In memory only: at worst something is sent twice. */
final class Flight {
    private final HubWindow window;
    private final SortedMap<Place, Integer> sizes = new TreeMap<>();

    /** Nothing came of what was sent before: one record at a time, which takes no room from channels that get on. */
    private boolean probing;

    private Place sentThrough = Place.START;
    private long bytes;
    private long sentAtMillis;

    private Optional<Long> unansweredSinceMillis = Optional.empty();

    private Place lastGap = Place.START;
    private long lastGapAtMillis;

    Flight(HubWindow window, boolean probing) {
        this.window = window;
        this.probing = probing;
    }

    boolean isEmpty() {
        return sizes.isEmpty();
    }

    boolean isProbing() {
        return probing;
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

    boolean hasRoom(int size) {
        return bytes == 0 || (!probing && bytes + size <= Limits.SUBMIT_BYTES_IN_FLIGHT_MAX);
    }

    void sent(Place place, int size, long nowMillis) {
        sizes.put(place, size);
        add(size);
        sentThrough = place;
        sentAtMillis = nowMillis;
        unansweredSinceMillis = Optional.empty();
    }

    private void add(long more) {
        bytes += more;
        window.add(more, probing);
    }

    /** The hub has given the record a place, or it is settled otherwise. */
    void arrived(Place place) {
        Integer size = sizes.remove(place);
        if (size != null) {
            add(-size);
            window.arrived(size);
        }
        window.add(-bytes, probing);
        probing = false;
        window.add(bytes, probing);
        unansweredSinceMillis = Optional.empty();
    }

    /** The hub lacks this record before those that it was sent. Returns whether to go back to it: not for each of those again. */
    boolean isNewGap(Place expected, long nowMillis, long notAgainMillis) {
        if (lastGap.equals(expected) && nowMillis - lastGapAtMillis < notAgainMillis) {
            return false;
        }
        lastGap = expected;
        lastGapAtMillis = nowMillis;
        return true;
    }

    /** All that was sent counts as lost; what is behind this place is sent next. */
    void rewind(Place before) {
        sizes.clear();
        add(-bytes);
        sentThrough = before;
        unansweredSinceMillis = Optional.empty();
    }
}
