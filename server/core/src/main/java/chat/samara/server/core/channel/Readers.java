package chat.samara.server.core.channel;

import chat.samara.server.core.Effect;
import chat.samara.server.core.Limits;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.session.Sessions;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import java.util.HashMap;
import java.util.HashSet;
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
 * <p>Sending goes in rounds: at most {@code Limits.READER_BYTES_PER_ROUND_MAX} leave, then the driver carries them out and comes back
 * ({@link Effect.SendMore}). Who is not done waits for its next turn, one frame a turn. So however many come back at once and however
 * much they lack, only a round of it is in memory, and whoever has just said something is heard in between.
 *
 * <p>Only durable entries are ever sent. Sending runs when a batch is durable; entries and members are read from durable rows.
 */
final class Readers {
    private final Journal journal;
    private final Sessions sessions;
    private final Map<SessionId, Reading> readings = new TreeMap<>();
    private final Map<ChannelId, SortedSet<SessionId>> byChannel = new HashMap<>();
    private final Set<SessionId> stalled = new HashSet<>();

    /** The sessions that are not done, the next one first. */
    private final LinkedHashSet<SessionId> waiting = new LinkedHashSet<>();

    /** What those who wait may still be sent in this round. */
    private long catchingUpBytesLeft = Limits.READER_BYTES_PER_ROUND_MAX;

    /** What those who lack nothing else may still be sent in this round: who catches up takes nothing of it. */
    private long livelyBytesLeft = Limits.READER_BYTES_PER_ROUND_MAX;

    private boolean moreAsked;
    private long entriesSent;

    Readers(Journal journal, Sessions sessions) {
        this.journal = journal;
        this.sessions = sessions;
    }

    /** How many entries were sent to devices. */
    long entriesSent() {
        return entriesSent;
    }

    /**
     * Starts or replaces what a session reads. Returns the channels that it may read. What it may not read begins as soon as it may: a server
     * that was restored from an older copy learns only from the hub that the device is in the channel.
     *
     * @param slim whether the device takes slim entries
     */
    SortedSet<ChannelId> follow(
            SessionId session, DeviceId device, Map<ChannelId, Long> afterSeq, long creditBytes, boolean slim) {
        stopReading(session);
        Reading reading = new Reading(session, device, slim);
        reading.addCredit(creditBytes, Limits.READER_CREDIT_BYTES_MAX);
        afterSeq.forEach((channel, after) -> {
            if (ReaderTable.find(journal, device, channel).isPresent()) {
                begin(reading, channel, after);
            } else {
                reading.want(channel, after);
            }
        });
        readings.put(session, reading);
        journal.whenDurable(() -> {
            if (readings.get(session) == reading) {
                reading.cursors()
                        .forEach((channel, cursor) -> journal.contained(() -> start(reading, channel, cursor)));
                await(session);
            }
        });
        serveWhenDurable();
        return new TreeSet<>(reading.cursors().keySet());
    }

    private void begin(Reading reading, ChannelId channel, long after) {
        reading.cursors().put(channel, new Cursor(after));
        byChannel.computeIfAbsent(channel, it -> new TreeSet<>()).add(reading.session());
    }

    /** Runs when durable, once the session has been sent all that there was, as far as its credit and connection go. */
    void whenServed(SessionId session, Runnable work) {
        Reading reading = readings.get(session);
        if (reading != null && waiting.contains(session)) {
            reading.whenServed(work);
        } else {
            work.run();
        }
    }

    /** A session that lacks nothing of a log is told so at once, by a frame without entries. */
    private void start(Reading reading, ChannelId channel, Cursor cursor) {
        // The row that the cursor began with may have been of a batch that was not durable; now it is.
        refresh(reading, channel, cursor);
        SharedFrames frames = new SharedFrames(journal.durable(), channel);
        if (cursor.next(frames.headSeq()).isEmpty()) {
            journal.emit(new Effect.SendToSession(reading.session(), frames.nothing(cursor.sentThrough())));
        }
    }

    private void refresh(Reading reading, ChannelId channel, Cursor cursor) {
        ReaderTable.find(journal.durable(), reading.device(), channel).ifPresent(cursor::refresh);
    }

    /** Lets more be sent to a session. */
    void credit(SessionId session, long bytes) {
        Reading reading = readings.get(session);
        if (reading != null) {
            reading.addCredit(bytes, Limits.READER_CREDIT_BYTES_MAX);
            journal.whenDurable(() -> await(session));
            serveWhenDurable();
        }
    }

    /** The session's connection takes nothing more for the moment: what is sent now would only be held in memory. */
    void stalled(SessionId session) {
        stalled.add(session);
    }

    /** The session's connection takes frames again. */
    void flowing(SessionId session) {
        if (stalled.remove(session)) {
            journal.whenDurable(() -> await(session));
            serveWhenDurable();
        }
    }

    /** Whether the session's connection takes nothing for the moment. */
    boolean isStalled(SessionId session) {
        return stalled.contains(session);
    }

    /** The driver has carried out what was sent, and comes back for more. */
    void sendMore() {
        moreAsked = false;
        serveWhenDurable();
    }

    /** A channel was set aside: what met it may have been undone together with somebody's turn, so everybody has one. */
    void goOn() {
        journal.whenDurable(() -> readings.keySet().forEach(this::await));
        serveWhenDurable();
    }

    /** Once a batch: whoever asks in it has its turn with the others. */
    private void serveWhenDurable() {
        journal.whenDurableOnce(Readers.class, this::serve);
    }

    /** A batch is durable: a round begins. */
    void beginRound() {
        catchingUpBytesLeft = Limits.READER_BYTES_PER_ROUND_MAX;
        livelyBytesLeft = Limits.READER_BYTES_PER_ROUND_MAX;
    }

    /** The session is gone. */
    void forget(SessionId session) {
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
    Optional<Long> sentThrough(SessionId session, ChannelId channel) {
        return Optional.ofNullable(readings.get(session))
                .map(reading -> reading.cursors().get(channel))
                .map(Cursor::sentThrough);
    }

    /** The sessions that follow something. */
    List<SessionId> sessions() {
        return List.copyOf(readings.keySet());
    }

    /** Whether the session follows the channel. */
    boolean follows(SessionId session, ChannelId channel) {
        return sentThrough(session, channel).isPresent();
    }

    /** The next channel by id that the session follows. */
    Optional<ChannelId> channelBehind(SessionId session, Optional<ChannelId> channel) {
        return Optional.ofNullable(readings.get(session))
                .map(Reading::cursors)
                .filter(cursors -> !cursors.isEmpty())
                .flatMap(cursors -> channel.isEmpty()
                        ? Optional.of(cursors.firstKey())
                        : Optional.ofNullable(cursors.higherKey(channel.get())));
    }

    /** The sessions that follow the channel, by number. */
    SortedSet<SessionId> following(ChannelId channel) {
        SortedSet<SessionId> found = byChannel.get(channel);
        return found == null ? new TreeSet<>() : new TreeSet<>(found);
    }

    /** What these devices may read has changed, and is durable. */
    void readersChanged(ChannelId channel, SortedSet<DeviceId> devices) {
        for (DeviceId device : devices) {
            sessions.of(device).map(readings::get).ifPresent(reading -> {
                reading.takeWanted(channel).ifPresent(after -> begin(reading, channel, after));
                Cursor cursor = reading.cursors().get(channel);
                if (cursor != null) {
                    refresh(reading, channel, cursor);
                }
            });
        }
    }

    /**
     * The log has grown, and that is durable: everyone who follows it and lacks nothing else gets the next frame of it at once. Who waits
     * for earlier ones gets it in turn.
     */
    void grown(ChannelId channel) {
        SortedSet<SessionId> following = byChannel.get(channel);
        if (following == null) {
            return;
        }
        SharedFrames frames = new SharedFrames(journal.durable(), channel);
        for (SessionId session : following) {
            Reading reading = readings.get(session);
            if (reading != null && !waiting.contains(session)) {
                journal.contained(() -> sendNewest(reading, frames));
            }
        }
        askForMore();
    }

    private void sendNewest(Reading reading, SharedFrames frames) {
        long sent = livelyBytesLeft > 0 ? step(reading, frames) : 0;
        if (lacks(reading, frames) && (sent > 0 || livelyBytesLeft <= 0)) {
            await(reading.session());
        }
        livelyBytesLeft -= sent;
    }

    private boolean lacks(Reading reading, SharedFrames frames) {
        Cursor cursor = reading.cursors().get(frames.channel());
        return cursor != null && cursor.next(frames.headSeq()).isPresent();
    }

    private void await(SessionId session) {
        if (readings.containsKey(session)) {
            waiting.add(session);
        }
    }

    /** Gives those who wait a frame each, in turn, until the round is over or nobody waits. */
    private void serve() {
        Round round = new Round();
        while (catchingUpBytesLeft > 0 && !waiting.isEmpty()) {
            SessionId session = waiting.iterator().next();
            waiting.remove(session);
            Reading reading = readings.get(session);
            if (reading != null) {
                // One whose turn fails has no further one before it asks again: the others go on.
                journal.contained(() -> serveOne(reading, round));
            }
        }
        askForMore();
    }

    private void serveOne(Reading reading, Round round) {
        long sent = stepOnce(reading, round);
        catchingUpBytesLeft -= sent;
        if (sent > 0) {
            waiting.add(reading.session());
        } else {
            reading.served();
        }
    }

    private void askForMore() {
        if (!waiting.isEmpty() && !moreAsked) {
            moreAsked = true;
            journal.emit(new Effect.SendMore());
        }
    }

    /** One frame of the log whose turn it is. Returns its bytes; 0 if there is none, or nothing may be sent. */
    private long stepOnce(Reading reading, Round round) {
        if (!maySend(reading)) {
            return 0;
        }
        for (ChannelId channel : reading.inTurn()) {
            long sent = round.step(reading, channel);
            if (sent > 0) {
                return sent;
            }
        }
        return 0;
    }

    /** One round of sending: a frame is made once in it, and a log that somebody could not be sent of is not tried with them again. */
    private final class Round {
        private final Map<ChannelId, SharedFrames> frames = new HashMap<>();
        private final Set<Turn> failed = new HashSet<>();

        private record Turn(SessionId session, ChannelId channel) {}

        /** As {@link Readers#step}; 0 if it fails, so that the session's other logs go on. */
        long step(Reading reading, ChannelId channel) {
            Turn turn = new Turn(reading.session(), channel);
            long[] sent = {0};
            if (failed.add(turn)) {
                journal.contained(() -> {
                    sent[0] = Readers.this.step(reading, of(channel));
                    failed.remove(turn);
                });
            }
            return sent[0];
        }

        private SharedFrames of(ChannelId channel) {
            return frames.computeIfAbsent(channel, it -> new SharedFrames(journal.durable(), it));
        }
    }

    private boolean maySend(Reading reading) {
        return reading.creditBytes() > 0 && !stalled.contains(reading.session());
    }

    /** Sends one frame of one log, if there is something to send and credit for it. Returns its bytes. */
    private long step(Reading reading, SharedFrames frames) {
        Cursor cursor = reading.cursors().get(frames.channel());
        if (cursor == null || !maySend(reading)) {
            return 0;
        }
        Optional<Cursor.Range> next = cursor.next(frames.headSeq());
        if (next.isEmpty()) {
            return 0;
        }
        long bytesMax = Math.min(reading.creditBytes(), Limits.ENTRIES_TO_DEVICE_BYTES_MAX);
        SharedFrames.Frame frame = frames.frame(next.get(), bytesMax, reading.isSlim());
        journal.emit(new Effect.SendToSession(reading.session(), frame.bytes()));
        reading.spent(frames.channel(), frame.content().entryBytes());
        cursor.sent(frame.content().lastSeq());
        entriesSent += frame.content().count();
        return frame.bytes().size();
    }
}
