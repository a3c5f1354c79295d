package chat.samara.server.core.channel.hub;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.LogPosition;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What one follower has given back of one channel in one turn: of what no head of the hub's has proven yet only the hash at the end of each frame. */
final class Given {
    private final ServerName follower;
    private final long begunAtMillis;
    private final SortedMap<Long, Bytes> ends = new TreeMap<>();
    private LogPosition through;
    private int bytesOfLast;
    private boolean proven;

    Given(ServerName follower, LogPosition from, long begunAtMillis) {
        this.follower = follower;
        this.through = from;
        this.begunAtMillis = begunAtMillis;
    }

    ServerName follower() {
        return follower;
    }

    /** In monotonic time. */
    long begunAtMillis() {
        return begunAtMillis;
    }

    /** The place behind which the follower is asked for more. */
    LogPosition through() {
        return through;
    }

    /** Asks behind a place of the log here, for what is to be appended there. */
    void goOnBehind(LogPosition position) {
        through = position;
    }

    boolean isNothing() {
        return ends.isEmpty();
    }

    /** Whether there are as many frames that nothing has proven as are remembered. */
    boolean isTooMuch() {
        return ends.size() >= Limits.TAKEN_BACK_FRAMES_MAX;
    }

    /**
     * Whether a frame of so many bytes costs its giver less than it costs the hub to remember it. A frame may be small where a large entry comes behind it, but then the next
     * one is large.
     */
    boolean isTooLittle(int bytes) {
        return !isNothing() && bytesOfLast + bytes < Limits.TAKING_BACK_BYTES_PER_PULL / 2;
    }

    /** A frame that ends there, of which nothing is proven by itself. */
    void remember(LogPosition end, int bytes) {
        ends.put(end.seq(), end.entryHash());
        through = end;
        bytesOfLast = bytes;
    }

    /** The hub's head stands where the last frame has ended: so all of them are true. */
    void prove() {
        proven = true;
    }

    boolean isProven() {
        return proven;
    }

    boolean hasProven(LogPosition position) {
        return proven
                && Optional.ofNullable(ends.get(position.seq()))
                        .filter(position.entryHash()::equals)
                        .isPresent();
    }
}
