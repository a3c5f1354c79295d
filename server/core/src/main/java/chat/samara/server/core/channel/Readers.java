package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Limits;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.session.Sessions;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredReader;
import chat.samara.server.core.store.proto.StoredStretch;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Delivery: each session that follows is a cursor in every log that it reads, and nothing is queued for it. When a log has grown, or
 * a session gives credit, what it lacks is read from the store and sent; a session without credit only lags (DESIGN §2).
 *
 * <p>Only durable entries are ever sent. Sending runs when a batch is durable; entries and members are read from durable rows.
 */
final class Readers {
    private final Journal journal;
    private final Sessions sessions;
    private final Map<SessionId, Reading> readings = new TreeMap<>();
    private final Map<ChannelId, SortedSet<SessionId>> byChannel = new HashMap<>();
    private long entriesSent;

    Readers(Journal journal, Sessions sessions) {
        this.journal = journal;
        this.sessions = sessions;
    }

    /** What a session reads. */
    private static final class Reading {
        private final SessionId session;
        private final DeviceId device;
        private final NavigableMap<ChannelId, Cursor> cursors = new TreeMap<>();
        private long creditBytes;
        private Optional<ChannelId> lastServed = Optional.empty();

        Reading(SessionId session, DeviceId device) {
            this.session = session;
            this.device = device;
        }
    }

    /**
     * A place in a log, and the part of the log that is read on from there: the one that the next entry lies in, or the first if that
     * lies before all. It never leads on into another part: a device that was removed and added again follows anew.
     */
    private static final class Cursor {
        private long sentThrough;
        private boolean served;
        private Optional<StoredStretch> stretch = Optional.empty();

        Cursor(long afterSeq) {
            this.sentThrough = afterSeq;
        }

        void refresh(StoredReader row) {
            long next = sentThrough + 1;
            stretch = row.getStretchesList().stream()
                    .filter(it -> stretch.isPresent()
                            ? it.getFromSeq() == stretch.get().getFromSeq()
                            : next >= it.getFromSeq() && (it.getThroughSeq() == 0 || next <= it.getThroughSeq()))
                    .findFirst();
            if (stretch.isEmpty() && next < row.getStretches(0).getFromSeq()) {
                stretch = Optional.of(row.getStretches(0));
            }
        }

        /** What comes next, at most through the head. Empty if there is nothing to read. */
        Optional<Range> next(long headSeq) {
            return stretch.flatMap(it -> {
                long through = it.getThroughSeq() == 0 ? headSeq : Math.min(headSeq, it.getThroughSeq());
                long from = Math.max(sentThrough + 1, it.getFromSeq());
                return from <= through ? Optional.of(new Range(from, through)) : Optional.empty();
            });
        }
    }

    private record Range(long from, long through) {}

    private record FrameKey(Range range, long bytesMax) {}

    private record Frame(Bytes bytes, EntriesEncoder.Encoded content) {}

    /** Frames that were made in one pass, for the next reader at the same place. */
    private final class Pass {
        private final Rows rows = journal.durable();
        private final ChannelId channel;
        private final long headSeq;
        /** The newest that the hub has signed; where a hub is away it may lie before the end. */
        private final Optional<Bytes> head;

        private final long signedSeq;
        private final Map<FrameKey, Frame> frames = new HashMap<>();

        Pass(ChannelId channel) {
            this.channel = channel;
            this.headSeq =
                    ChannelTable.find(rows, channel).map(StoredChannel::getSeq).orElse(0L);
            this.head = LogTable.encodedHead(rows, channel);
            this.signedSeq =
                    LogTable.head(rows, channel).map(it -> it.head().seq()).orElse(0L);
        }

        /** A frame that says only how far the hub vouches for what the reader has. */
        Bytes nothing(long afterSeq) {
            return EntriesEncoder.serverFrame(
                    EntriesEncoder.nothing(channel, afterSeq >= signedSeq ? head : Optional.empty()));
        }

        private boolean endOf(Range range) {
            return range.through() == headSeq;
        }

        Frame frame(Range range, long bytesMax) {
            return frames.computeIfAbsent(new FrameKey(range, bytesMax), key -> {
                EntriesEncoder.Encoded encoded = EntriesEncoder.encode(
                        rows,
                        channel,
                        range.from(),
                        range.through(),
                        bytesMax,
                        endOf(range) ? head : Optional.empty(),
                        signedSeq);
                return new Frame(EntriesEncoder.serverFrame(encoded), encoded);
            });
        }
    }

    /** How many entries were sent to devices. */
    long entriesSent() {
        return entriesSent;
    }

    /** Starts or replaces what a session reads. Returns the channels that it may read. */
    SortedSet<ChannelId> follow(SessionId session, DeviceId device, Map<ChannelId, Long> afterSeq, long creditBytes) {
        forget(session);
        Reading reading = new Reading(session, device);
        reading.creditBytes = Math.min(creditBytes, Limits.READER_CREDIT_BYTES_MAX);
        afterSeq.forEach((channel, after) -> ReaderTable.find(journal, device, channel)
                .ifPresent(row -> {
                    reading.cursors.put(channel, new Cursor(after));
                    byChannel.computeIfAbsent(channel, it -> new TreeSet<>()).add(session);
                }));
        readings.put(session, reading);
        journal.whenDurable(() -> {
            refreshAndServe(session);
            tellWhoIsCaughtUp(session);
        });
        return new TreeSet<>(reading.cursors.keySet());
    }

    // The rows that the cursors began with may have been of a batch that was not durable; now they are.
    private void refreshAndServe(SessionId session) {
        Reading reading = readings.get(session);
        if (reading != null) {
            reading.cursors.forEach((channel, cursor) -> refresh(reading, channel, cursor));
            serve(reading);
        }
    }

    /** A session that lacks nothing of a log is told so at once, by a frame without entries. */
    private void tellWhoIsCaughtUp(SessionId session) {
        Reading reading = readings.get(session);
        if (reading == null) {
            return;
        }
        reading.cursors.forEach((channel, cursor) -> {
            Pass pass = new Pass(channel);
            if (!cursor.served && cursor.next(pass.headSeq).isEmpty()) {
                journal.emit(new Effect.SendToSession(session, pass.nothing(cursor.sentThrough)));
            }
        });
    }

    private void refresh(Reading reading, ChannelId channel, Cursor cursor) {
        ReaderTable.find(journal.durable(), reading.device, channel).ifPresent(cursor::refresh);
    }

    /** Lets more be sent to a session. */
    void credit(SessionId session, long bytes) {
        Reading reading = readings.get(session);
        if (reading != null) {
            reading.creditBytes = Math.min(reading.creditBytes + bytes, Limits.READER_CREDIT_BYTES_MAX);
            journal.whenDurable(() -> refreshAndServe(session));
        }
    }

    /** The session is gone. */
    void forget(SessionId session) {
        Reading reading = readings.remove(session);
        if (reading != null) {
            for (ChannelId channel : reading.cursors.keySet()) {
                SortedSet<SessionId> readers = byChannel.get(channel);
                if (readers != null && readers.remove(session) && readers.isEmpty()) {
                    byChannel.remove(channel);
                }
            }
        }
    }

    /** The sessions that follow the channel, by number. */
    SortedSet<SessionId> following(ChannelId channel) {
        SortedSet<SessionId> found = byChannel.get(channel);
        return found == null ? new TreeSet<>() : new TreeSet<>(found);
    }

    /** The device at the other end of a session that follows. */
    Optional<DeviceId> device(SessionId session) {
        return Optional.ofNullable(readings.get(session)).map(reading -> reading.device);
    }

    /** What these devices may read has changed, and is durable. */
    void readersChanged(ChannelId channel, SortedSet<DeviceId> devices) {
        for (DeviceId device : devices) {
            sessions.of(device).map(readings::get).ifPresent(reading -> {
                Cursor cursor = reading.cursors.get(channel);
                if (cursor != null) {
                    refresh(reading, channel, cursor);
                }
            });
        }
    }

    /** The log has grown, and that is durable: everyone who follows it gets what they lack. */
    void grown(ChannelId channel) {
        SortedSet<SessionId> following = byChannel.get(channel);
        if (following == null) {
            return;
        }
        Pass pass = new Pass(channel);
        for (SessionId session : following) {
            Reading reading = readings.get(session);
            while (reading != null && step(reading, pass)) {
                // One frame after the other, as long as there is credit.
            }
        }
    }

    /** Gives a session what it lacks in all its logs, a frame a log in turn, so that none holds up the others. */
    private void serve(Reading reading) {
        Map<ChannelId, Pass> passes = new TreeMap<>();
        boolean progress = true;
        while (progress && reading.creditBytes > 0) {
            progress = false;
            for (ChannelId channel : inTurn(reading)) {
                if (reading.creditBytes > 0 && step(reading, passes.computeIfAbsent(channel, Pass::new))) {
                    reading.lastServed = Optional.of(channel);
                    progress = true;
                }
            }
        }
    }

    private static List<ChannelId> inTurn(Reading reading) {
        List<ChannelId> turn = new ArrayList<>();
        if (reading.lastServed.isPresent()) {
            turn.addAll(reading.cursors.tailMap(reading.lastServed.get(), false).keySet());
            turn.addAll(reading.cursors.headMap(reading.lastServed.get(), true).keySet());
        } else {
            turn.addAll(reading.cursors.keySet());
        }
        return turn;
    }

    /** Sends one frame of one log, if there is something to send and credit for it. */
    private boolean step(Reading reading, Pass pass) {
        Cursor cursor = reading.cursors.get(pass.channel);
        if (cursor == null || reading.creditBytes <= 0) {
            return false;
        }
        Optional<Range> next = cursor.next(pass.headSeq);
        if (next.isEmpty()) {
            return false;
        }
        long bytesMax = Math.min(reading.creditBytes, Limits.ENTRIES_TO_DEVICE_BYTES_MAX);
        Frame frame = pass.frame(next.get(), bytesMax);
        if (frame.content().count() == 0) {
            throw new IllegalStateException("no entries " + next.get() + " in " + pass.channel + ", expected some");
        }
        journal.emit(new Effect.SendToSession(reading.session, frame.bytes()));
        reading.creditBytes -= frame.content().entryBytes();
        cursor.sentThrough = frame.content().lastSeq();
        cursor.served = true;
        entriesSent += frame.content().count();
        return true;
    }
}
