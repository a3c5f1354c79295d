package chat.samara.server.core.channel.reader;

import chat.samara.server.core.Limits;
import chat.samara.server.core.SessionId;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a session reads: a cursor in each log, the credit that is left, and what is to be said once it has been served. */
final class Reading {
    private final SessionId session;
    private final DeviceId device;
    private final NavigableMap<ChannelId, Cursor> cursors = new TreeMap<>();

    /** Logs that it has begun with, and has not been told of yet: each is looked at once. */
    private final NavigableSet<ChannelId> beginning = new TreeSet<>();

    /** Logs that it has begun with, and may lack something of: no other is looked at. */
    private final NavigableSet<ChannelId> lacking = new TreeSet<>();

    /** Logs that could not be looked at; they are tried again when something has happened. */
    private final NavigableSet<ChannelId> failed = new TreeSet<>();

    private final Map<ChannelId, Readers.Start> wanted = new TreeMap<>();
    private final List<Runnable> onceServed = new ArrayList<>();
    private long creditBytes;
    private Optional<ChannelId> lastServed = Optional.empty();

    Reading(SessionId session, DeviceId device) {
        this.session = session;
        this.device = device;
    }

    SessionId session() {
        return session;
    }

    DeviceId device() {
        return device;
    }

    NavigableMap<ChannelId, Cursor> cursors() {
        return cursors;
    }

    /** The device wants to read on from there in a channel that it is not in, as far as is known here. */
    void want(ChannelId channel, Readers.Start start) {
        if (wanted.size() < Limits.CHANNELS_WANTED_PER_SESSION_MAX) {
            wanted.put(channel, start);
        }
    }

    /** From where it wants to read on in a channel that it turned out to be in. */
    Optional<Readers.Start> takeWanted(ChannelId channel) {
        return Optional.ofNullable(wanted.remove(channel));
    }

    long creditBytes() {
        return creditBytes;
    }

    void addCredit(long bytes, long bytesMax) {
        creditBytes = Math.min(creditBytes + bytes, bytesMax);
    }

    void spent(ChannelId channel, long bytes) {
        creditBytes -= bytes;
        lastServed = Optional.of(channel);
    }

    /** Reads a log from behind a place on. */
    void begin(ChannelId channel, Readers.Start start) {
        cursors.put(channel, new Cursor(start));
        beginning.add(channel);
    }

    /** Reads a log from behind a place on of which it has said before that it wants it: of this it is not told where it stands. */
    void join(ChannelId channel, Readers.Start start) {
        Cursor cursor = new Cursor(start);
        cursor.begin();
        cursors.put(channel, cursor);
        lacking.add(channel);
    }

    /** There may be something in the log that it lacks. */
    void lacks(ChannelId channel) {
        if (!beginning.contains(channel)) {
            lacking.add(channel);
        }
    }

    /** A look at the log came to nothing that can be relied on. */
    void failed(ChannelId channel) {
        failed.add(channel);
    }

    /** What could not be looked at is looked at again. */
    void tryAgain() {
        failed.forEach(channel -> (isBegun(channel) ? lacking : beginning).add(channel));
        failed.clear();
    }

    private boolean isBegun(ChannelId channel) {
        return Optional.ofNullable(cursors.get(channel)).map(Cursor::isBegun).orElse(true);
    }

    /** Whether a log is to be looked at. */
    boolean hasTurn() {
        return !beginning.isEmpty() || (creditBytes > 0 && !lacking.isEmpty());
    }

    /**
     * Takes the log out whose turn it is: first those that it begins with, which takes no credit where there is nothing to send; then those that it
     * may lack something of, in turn. Whoever looks at it puts it back if there is more.
     */
    Optional<ChannelId> takeTurn() {
        if (!beginning.isEmpty()) {
            return Optional.ofNullable(beginning.pollFirst());
        }
        if (creditBytes <= 0 || lacking.isEmpty()) {
            return Optional.empty();
        }
        ChannelId next = lastServed
                .flatMap(last -> Optional.ofNullable(lacking.higher(last)))
                .orElseGet(lacking::first);
        lacking.remove(next);
        return Optional.of(next);
    }

    /** Runs once all has been sent that there was, as far as credit and the connection go. */
    void whenServed(Runnable work) {
        onceServed.add(work);
    }

    /** It has been served. */
    void served() {
        List<Runnable> work = List.copyOf(onceServed);
        onceServed.clear();
        work.forEach(Runnable::run);
    }
}
