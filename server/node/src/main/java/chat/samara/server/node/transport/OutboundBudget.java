package chat.samara.server.node.transport;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds the bytes that wait for networks to take them (I7). A connection for which much waits is stalled: nothing is added for it that
 * can wait, until half of that has left. Where all of them together are too much, those are cut that have been stalled for longest;
 * they come back to their cursors.
 */
final class OutboundBudget {
    private static final Logger LOG = LoggerFactory.getLogger(OutboundBudget.class);

    /**
     * What event loops may have before them when more is given to them that can wait: what somebody has just said stands behind it, and what somebody says is
     * read behind it, some milliseconds each on two processors that have other work, too.
     */
    private static final long HANDED_OVER_BYTES_MAX = 4L << 20;

    private final long totalBytesMax;
    private final Runnable whenEased;
    private final AtomicLong totalBytes = new AtomicLong();
    private final AtomicLong handedOverBytes = new AtomicLong();

    /** The longest stalled first. Guarded by this. */
    private final Set<Connection> stalled = new LinkedHashSet<>();

    /** Those that were cut to make room and are not gone yet. Guarded by this. */
    private final Set<Connection> cut = new HashSet<>();

    /** @param whenEased told when {@link #pressure} has become less; on any thread */
    OutboundBudget(long totalBytesMax, Runnable whenEased) {
        this.totalBytesMax = totalBytesMax;
        this.whenEased = whenEased;
    }

    /** So much more waits for a network. The core's thread, or an event loop for a last frame. */
    void waits(long bytes) {
        if (totalBytes.addAndGet(bytes) > totalBytesMax) {
            relieve();
        }
    }

    /** So much less waits: it has left, or nobody will send it any more. Any thread. */
    void left(long bytes) {
        take(bytes, totalBytes, totalBytesMax / 2);
    }

    /** An event loop is given so much to write. The core's thread. */
    void handedOver(long bytes) {
        handedOverBytes.addAndGet(bytes);
    }

    /** An event loop has tried its network with so much of it, whether that took it or not. */
    void tried(long bytes) {
        take(bytes, handedOverBytes, HANDED_OVER_BYTES_MAX);
    }

    /** Whoever makes the last step down to the bound tells. */
    private void take(long bytes, AtomicLong from, long bound) {
        long left = from.addAndGet(-bytes);
        if (left <= bound && left + bytes > bound) {
            whenEased.run();
        }
    }

    /**
     * The connection has begun to stall, or has ceased to. The core's thread says the one, an event loop the other, and either may be late:
     * what counts is how it stands now, since who flows must not be cut for another.
     */
    synchronized void changed(Connection connection) {
        if (connection.isStalled()) {
            stalled.add(connection);
        } else {
            stalled.remove(connection);
        }
    }

    synchronized void gone(Connection connection) {
        stalled.remove(connection);
        cut.remove(connection);
    }

    /** Bytes that wait, over all connections. */
    long totalBytes() {
        return totalBytes.get();
    }

    /** What is in the way of more. Any thread. */
    Pressure pressure() {
        if (handedOverBytes.get() > HANDED_OVER_BYTES_MAX) {
            return Pressure.EVENT_LOOPS;
        }
        return totalBytes.get() > totalBytesMax / 2 ? Pressure.NETWORKS : Pressure.NONE;
    }

    private void relieve() {
        for (Connection each : longestStalled()) {
            LOG.info(
                    "{} is cut: {} bytes wait for it, and for all together more than {}",
                    each,
                    each.unsentBytes(),
                    totalBytesMax);
            each.cut();
        }
    }

    /** As many as hold what is too much, apart from those that are on their way out. */
    private synchronized List<Connection> longestStalled() {
        long over = totalBytes.get() - totalBytesMax;
        for (Connection each : cut) {
            over -= each.unsentBytes();
        }
        List<Connection> longest = new ArrayList<>();
        for (Connection each : stalled) {
            if (over > 0) {
                over -= each.unsentBytes();
                longest.add(each);
            }
        }
        longest.forEach(stalled::remove);
        cut.addAll(longest);
        return longest;
    }
}
