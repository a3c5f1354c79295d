package chat.samara.server.core.channel.reader;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Limits;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.member.ReaderTable;
import chat.samara.server.core.session.Sessions;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Delivery: each session that follows is a cursor in every log that it reads, and nothing is queued for it. When a log has grown, or
 * a session gives credit, what it lacks is read from the store and sent; a session without credit, or whose connection takes nothing
 * at the moment, only lags (DESIGN §2).
 *
 * <p>Whoever lacks only the newest is sent it when it is durable. All others wait for a round: so much of what they lack leaves at a time, then the driver carries it out and comes back
 * when event loops have got to it ({@link Effect.SendMore}). Who is not done waits for its next turn, one look at a log and one frame a turn. So however many come back at once,
 * to however many channels, and however much they lack, only a round of it is in memory, and whoever has just said something is heard in
 * between. Only the logs that a session begins with, and those of which it may lack something, are ever looked at.
 *
 * <p>Only durable entries are ever sent. Sending runs when a batch is durable; entries and members are read from durable rows.
 */
public final class Readers {
    private final Journal journal;
    private final Sessions sessions;
    private final Map<SessionId, Reading> readings = new TreeMap<>();
    private final Map<ChannelId, SortedSet<SessionId>> byChannel = new HashMap<>();
    private final Set<SessionId> stalled = new HashSet<>();

    /** The sessions that are not done, the next one first. */
    private final LinkedHashSet<SessionId> waiting = new LinkedHashSet<>();

    /** What those who lack only the newest may still be sent as this batch is durable: who catches up takes nothing of it. */
    private long livelyBytesLeft = Limits.LIVELY_BYTES_PER_ROUND_MAX;

    private final KeptFrames kept = new KeptFrames(Limits.FRAMES_KEPT_BYTES_MAX);

    private boolean moreAsked;
    private long entriesSent;

    public Readers(Journal journal, Sessions sessions) {
        this.journal = journal;
        this.sessions = sessions;
    }

    /** How many entries were sent to devices. */
    public long entriesSent() {
        return entriesSent;
    }

    /**
     * From where on a device reads a log, and how it takes the entries.
     *
     * @param afterSeq it has all up to and including this
     */
    public record Start(long afterSeq, EntryForm form) {}

    /**
     * Starts or replaces what a session reads. Returns the channels that it may read. What it may not read begins as soon as it may: a server
     * that was restored from an older copy learns only from the hub that the device is in the channel.
     */
    public SortedSet<ChannelId> follow(
            SessionId session, DeviceId device, Map<ChannelId, Start> starts, long creditBytes) {
        stopReading(session);
        Reading reading = new Reading(session, device);
        reading.addCredit(creditBytes, Limits.READER_CREDIT_BYTES_MAX);
        starts.forEach((channel, start) -> {
            if (ReaderTable.find(journal, device, channel).isPresent()) {
                reading.begin(channel, start);
                reads(reading, channel);
            } else {
                reading.want(channel, start);
            }
        });
        readings.put(session, reading);
        journal.whenDurable(() -> {
            if (readings.get(session) == reading) {
                await(session);
            }
        });
        return new TreeSet<>(reading.cursors().keySet());
    }

    private void reads(Reading reading, ChannelId channel) {
        byChannel.computeIfAbsent(channel, it -> new TreeSet<>()).add(reading.session());
    }

    /** Runs when durable, once the session has been sent all that there was, as far as its credit and connection go. */
    public void whenServed(SessionId session, Runnable work) {
        Reading reading = readings.get(session);
        if (reading != null && waiting.contains(session)) {
            reading.whenServed(work);
        } else {
            work.run();
        }
    }

    private void refresh(Reading reading, ChannelId channel, Cursor cursor) {
        ReaderTable.find(journal.durable(), reading.device(), channel).ifPresent(cursor::refresh);
    }

    /** Lets more be sent to a session. */
    public void credit(SessionId session, long bytes) {
        Reading reading = readings.get(session);
        if (reading != null) {
            reading.addCredit(bytes, Limits.READER_CREDIT_BYTES_MAX);
            journal.whenDurable(() -> await(session));
        }
    }

    /** The session's connection takes nothing more for the moment: what is sent now would only be held in memory. */
    public void stalled(SessionId session) {
        stalled.add(session);
    }

    /** The session's connection takes frames again. */
    public void flowing(SessionId session) {
        if (stalled.remove(session)) {
            journal.whenDurable(() -> await(session));
        }
    }

    /** Whether the session's connection takes nothing for the moment. */
    public boolean isStalled(SessionId session) {
        return stalled.contains(session);
    }

    /** The driver has carried out what was sent, and comes back for more: for a round, or for a little one. */
    public void sendMore(boolean little) {
        moreAsked = false;
        long bytesMax = little ? Limits.CATCHING_UP_BYTES_PER_LITTLE_ROUND_MAX : Limits.CATCHING_UP_BYTES_PER_ROUND_MAX;
        journal.whenDurableOnce(Readers.class, () -> serve(bytesMax));
    }

    /** Forgets frames that nobody has come for. */
    public void forgetFrames() {
        kept.forgetOld(journal.monotonicMillis());
    }

    /** A channel was set aside: what met it may have been undone together with somebody's turn, so everybody has one. */
    public void goOn() {
        journal.whenDurable(() -> readings.keySet().forEach(this::await));
    }

    /** A batch is durable: those who lack only the newest may be sent as much again. */
    public void beginRound() {
        livelyBytesLeft = Limits.LIVELY_BYTES_PER_ROUND_MAX;
    }

    /** The session is gone. */
    public void forget(SessionId session) {
        stopReading(session);
        stalled.remove(session);
    }

    private void stopReading(SessionId session) {
        waiting.remove(session);
        Reading reading = readings.remove(session);
        if (reading != null) {
            reading.served();
            for (ChannelId channel : reading.cursors().keySet()) {
                SortedSet<SessionId> readers = byChannel.get(channel);
                if (readers != null && readers.remove(session) && readers.isEmpty()) {
                    byChannel.remove(channel);
                }
            }
        }
    }

    /** Up to where a session that follows the channel has it: what it was sent, or said when it began. */
    public Optional<Long> sentThrough(SessionId session, ChannelId channel) {
        return Optional.ofNullable(readings.get(session))
                .map(reading -> reading.cursors().get(channel))
                .map(Cursor::sentThrough);
    }

    /** The channel whose id begins so, if the session takes its entries tersely. */
    public Optional<ChannelId> followedTersely(SessionId session, Bytes start) {
        Bytes first = Bytes.concat(start, Bytes.of(new byte[ChannelId.SIZE_BYTES - start.size()]));
        return Optional.ofNullable(readings.get(session))
                .flatMap(reading -> Optional.ofNullable(reading.cursors().ceilingEntry(new ChannelId(first))))
                .filter(found -> found.getKey().bytes().startsWith(start)
                        && found.getValue().form() == EntryForm.TERSE)
                .map(Map.Entry::getKey);
    }

    /** The sessions that follow something. */
    List<SessionId> sessions() {
        return List.copyOf(readings.keySet());
    }

    /** Whether the session follows the channel. */
    public boolean follows(SessionId session, ChannelId channel) {
        return sentThrough(session, channel).isPresent();
    }

    /** The next channel by id that the session follows. */
    public Optional<ChannelId> channelBehind(SessionId session, Optional<ChannelId> channel) {
        return Optional.ofNullable(readings.get(session))
                .map(Reading::cursors)
                .filter(cursors -> !cursors.isEmpty())
                .flatMap(cursors -> channel.isEmpty()
                        ? Optional.of(cursors.firstKey())
                        : Optional.ofNullable(cursors.higherKey(channel.get())));
    }

    /** The sessions that follow the channel, by number. */
    public SortedSet<SessionId> following(ChannelId channel) {
        SortedSet<SessionId> found = byChannel.get(channel);
        return found == null ? new TreeSet<>() : new TreeSet<>(found);
    }

    /** What these devices may read has changed, and is durable. */
    public void readersChanged(ChannelId channel, SortedSet<DeviceId> devices) {
        for (DeviceId device : devices) {
            sessions.of(device).map(readings::get).ifPresent(reading -> {
                reading.takeWanted(channel).ifPresent(start -> {
                    reading.join(channel, start);
                    reads(reading, channel);
                });
                Cursor cursor = reading.cursors().get(channel);
                if (cursor != null) {
                    refresh(reading, channel, cursor);
                    reading.lacks(channel);
                }
            });
        }
    }

    /**
     * The log has grown, and that is durable: everyone who follows it and lacks nothing else gets the next frame of it at once. Who waits
     * for earlier ones gets it in turn.
     */
    public void grown(ChannelId channel) {
        SortedSet<SessionId> following = byChannel.get(channel);
        if (following == null) {
            return;
        }
        SharedFrames frames = framesOf(channel);
        for (SessionId session : following) {
            Reading reading = readings.get(session);
            if (reading != null && waiting.contains(session)) {
                reading.lacks(channel);
            } else if (reading != null) {
                tried(reading, channel, () -> sendNewest(reading, frames));
            }
        }
        if (!waiting.isEmpty()) {
            frames.keep();
            askForMore();
        }
    }

    private SharedFrames framesOf(ChannelId channel) {
        return new SharedFrames(journal.durable(), channel, kept, journal.monotonicMillis());
    }

    private void sendNewest(Reading reading, SharedFrames frames) {
        Cursor cursor = reading.cursors().get(frames.channel());
        if (cursor == null || !cursor.isBegun()) {
            return;
        }
        long sent = livelyBytesLeft > 0 ? step(reading, cursor, frames) : 0;
        if (lacks(cursor, frames)) {
            reading.lacks(frames.channel());
            if (sent > 0 || livelyBytesLeft <= 0) {
                await(reading.session());
            }
        }
        livelyBytesLeft -= sent;
    }

    private static boolean lacks(Cursor cursor, SharedFrames frames) {
        return cursor.next(frames.headSeq()).isPresent();
    }

    /** Whatever this meets, the session's other logs go on; this one is tried again when the session asks again. */
    private void tried(Reading reading, ChannelId channel, Runnable work) {
        boolean[] done = {false};
        journal.contained(() -> {
            work.run();
            done[0] = true;
        });
        if (!done[0]) {
            reading.failed(channel);
        }
    }

    private void await(SessionId session) {
        Reading reading = readings.get(session);
        if (reading != null) {
            reading.tryAgain();
            if (reading.hasTurn()) {
                waiting.add(session);
                askForMore();
            } else if (!waiting.contains(session)) {
                // It lacks nothing that it could be sent: what is said next comes to it at once, not behind all who
                // catch up.
                reading.served();
            }
        }
    }

    /** Gives those who wait a look at one of their logs each, in turn, until the round is over or nobody waits. */
    private void serve(long bytesMax) {
        Map<ChannelId, SharedFrames> round = new LinkedHashMap<>();
        long[] bytesLeft = {bytesMax};
        while (bytesLeft[0] > 0 && !waiting.isEmpty()) {
            SessionId session = waiting.iterator().next();
            waiting.remove(session);
            Reading reading = readings.get(session);
            if (reading != null) {
                // One whose turn fails has no further one before it asks again: the others go on.
                journal.contained(() -> bytesLeft[0] -= serveOne(reading, round));
            }
        }
        round.values().forEach(SharedFrames::keep);
        askForMore();
    }

    /** Gives a session its turn. Returns what that counts in a round, in bytes. */
    private long serveOne(Reading reading, Map<ChannelId, SharedFrames> round) {
        if (!stalled.contains(reading.session())) {
            long[] sent = {0};
            reading.takeTurn().ifPresent(channel -> {
                // What is looked at costs reads of the store, whether there is something to send or not.
                sent[0] = Limits.READER_LOOK_BYTES;
                tried(reading, channel, () -> sent[0] = Math.max(sent[0], look(reading, channel, round)));
            });
            if (reading.hasTurn()) {
                waiting.add(reading.session());
                return sent[0];
            }
            reading.served();
            return sent[0];
        }
        reading.served();
        return 0;
    }

    private void askForMore() {
        if (!waiting.isEmpty() && !moreAsked) {
            moreAsked = true;
            journal.emit(new Effect.SendMore());
        }
    }

    /**
     * Sends one frame of a log. Who begins with it and lacks nothing of it is told so, by a frame without entries, whatever its credit: that
     * costs none. Returns the frame's bytes.
     */
    private long look(Reading reading, ChannelId channel, Map<ChannelId, SharedFrames> round) {
        Cursor cursor = reading.cursors().get(channel);
        if (cursor == null) {
            return 0;
        }
        SharedFrames frames = round.computeIfAbsent(channel, this::framesOf);
        if (!cursor.isBegun()) {
            // The row that the cursor began with may have been of a batch that was not durable; now it is.
            refresh(reading, channel, cursor);
            cursor.begin();
            if (!lacks(cursor, frames)) {
                Bytes nothing = frames.nothing(cursor.sentThrough());
                journal.emit(new Effect.SendToSession(reading.session(), nothing));
                return nothing.size();
            }
        }
        long sent = step(reading, cursor, frames);
        if (lacks(cursor, frames)) {
            reading.lacks(channel);
        }
        return sent;
    }

    private boolean maySend(Reading reading) {
        return reading.creditBytes() > 0 && !stalled.contains(reading.session());
    }

    /** Sends one frame of one log, if there is something to send and credit for it. Returns its bytes. */
    private long step(Reading reading, Cursor cursor, SharedFrames frames) {
        Optional<Cursor.Range> next = cursor.next(frames.headSeq());
        if (next.isEmpty() || !maySend(reading)) {
            return 0;
        }
        long bytesMax = Math.min(reading.creditBytes(), Limits.ENTRIES_TO_DEVICE_BYTES_MAX);
        SharedFrames.Frame frame = frames.frame(cursor, next.get(), bytesMax, reading.device());
        journal.emit(new Effect.SendToSession(reading.session(), frame.bytes()));
        reading.spent(frames.channel(), frame.entryBytes());
        cursor.sent(frame.lastSeq());
        entriesSent += frame.count();
        return frame.bytes().size();
    }
}
