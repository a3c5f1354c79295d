package chat.samara.client.device;

import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.Entries;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Frames with entries that came and are not applied yet: what a few small messages decompress to can be more than one turn may hold, so
 * the rest of a frame waits for the next turn, and what comes behind it waits too. Of this session; the log is where it all comes from.
 */
final class Backlog {
    /** How many bytes a slim entry is as a whole one, for each of its own: not much more than two for the shortest message there is. */
    private static final long WHOLE_BY_SLIM_MAX = 4;

    private final long bytesMax;
    private final TreeMap<ChannelId, Deque<Unread>> unread = new TreeMap<>();
    private long bytes;

    /** What of it was here: in an honest log each thing that waits stands once, so that this is no more than what waits. */
    private long ownBytes;

    /**
     * A frame.
     *
     * @param frameBytes its size as it came, which is what credit counts
     * @param ownBytes what of it did not come, but was here: how much that can be is bounded where it waits
     */
    record Unread(ChannelId channel, Entries entries, int frameBytes, long ownBytes) {
        /** What it takes here: slim entries are whole by now. */
        long bytes() {
            return Math.max(frameBytes, entries.getSerializedSize() - ownBytes);
        }
    }

    /** One that holds what the server was given credit for, and one frame more, as whole entries. */
    Backlog(EngineConfig config) {
        this.bytesMax = WHOLE_BY_SLIM_MAX * (config.creditBytes() + chat.samara.wire.Limits.CLIENT_FRAME_BYTES_MAX);
    }

    boolean isEmpty() {
        return unread.isEmpty();
    }

    boolean holds(ChannelId channel) {
        return unread.containsKey(channel);
    }

    /** Adds a frame behind the others of its channel. Returns whether there was room (I7). */
    boolean add(Unread frame) {
        if (bytes + frame.bytes() > bytesMax || ownBytes + frame.ownBytes() > Limits.OUTGOING_BYTES_MAX) {
            return false;
        }
        count(frame);
        unread.computeIfAbsent(frame.channel(), channel -> new ArrayDeque<>()).addLast(frame);
        return true;
    }

    /** Puts one back that was applied in part. */
    void putBack(Unread frame) {
        count(frame);
        unread.computeIfAbsent(frame.channel(), channel -> new ArrayDeque<>()).addFirst(frame);
    }

    private void count(Unread frame) {
        bytes += frame.bytes();
        ownBytes += frame.ownBytes();
    }

    private void left(Unread frame) {
        bytes -= frame.bytes();
        ownBytes -= frame.ownBytes();
    }

    /** Takes the next. */
    Optional<Unread> next() {
        if (unread.isEmpty()) {
            return Optional.empty();
        }
        Deque<Unread> frames = unread.firstEntry().getValue();
        Unread frame = frames.removeFirst();
        left(frame);
        if (frames.isEmpty()) {
            unread.remove(frame.channel());
        }
        return Optional.of(frame);
    }

    /** Forgets what waits of a channel whose log is followed anew, or not any more. Returns what that took of the credit. */
    int drop(ChannelId channel) {
        Deque<Unread> frames = Optional.ofNullable(unread.remove(channel)).orElseGet(ArrayDeque::new);
        frames.forEach(this::left);
        return frames.stream().mapToInt(Unread::frameBytes).sum();
    }

    void clear() {
        unread.clear();
        bytes = 0;
        ownBytes = 0;
    }
}
