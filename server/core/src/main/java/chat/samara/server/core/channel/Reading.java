package chat.samara.server.core.channel;

import chat.samara.server.core.Limits;
import chat.samara.server.core.SessionId;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** What a session reads: a cursor in each log, the credit that is left, and what is to be said once it has been served. */
final class Reading {
    private final SessionId session;
    private final DeviceId device;
    private final boolean slim;
    private final NavigableMap<ChannelId, Cursor> cursors = new TreeMap<>();
    private final Map<ChannelId, Long> wanted = new TreeMap<>();
    private final List<Runnable> onceServed = new ArrayList<>();
    private long creditBytes;
    private Optional<ChannelId> lastServed = Optional.empty();

    /** @param slim whether the device takes slim entries */
    Reading(SessionId session, DeviceId device, boolean slim) {
        this.session = session;
        this.device = device;
        this.slim = slim;
    }

    SessionId session() {
        return session;
    }

    DeviceId device() {
        return device;
    }

    /** Whether the device takes slim entries. */
    boolean isSlim() {
        return slim;
    }

    NavigableMap<ChannelId, Cursor> cursors() {
        return cursors;
    }

    /** The device wants to read on from there in a channel that it is not in, as far as is known here. */
    void want(ChannelId channel, long afterSeq) {
        if (wanted.size() < Limits.CHANNELS_WANTED_PER_SESSION_MAX) {
            wanted.put(channel, afterSeq);
        }
    }

    /** From where it wants to read on in a channel that it turned out to be in. */
    Optional<Long> takeWanted(ChannelId channel) {
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

    /** The logs in the order in which they have their turn: the one that was served last is the last. */
    List<ChannelId> inTurn() {
        List<ChannelId> turn = new ArrayList<>();
        if (lastServed.isPresent()) {
            turn.addAll(cursors.tailMap(lastServed.get(), false).keySet());
            turn.addAll(cursors.headMap(lastServed.get(), true).keySet());
        } else {
            turn.addAll(cursors.keySet());
        }
        return turn;
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
