package chat.samara.server.node.transport;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the bytes that have come in and the core has not handled (I7): a connection that is over its own or the common
 * limit is not read until the core has caught up, and TCP slows its sender down. It reads again at half the limit.
 */
final class InboundBudget {
    private final long perConnectionBytesMax;
    private final long totalBytesMax;
    private final AtomicLong totalBytes = new AtomicLong();
    private final Set<Connection> paused = ConcurrentHashMap.newKeySet();

    /** Since all together were over their limit, until they are below half of it: nobody who was stopped reads on. */
    private volatile boolean full;

    InboundBudget(long perConnectionBytesMax, long totalBytesMax) {
        this.perConnectionBytesMax = perConnectionBytesMax;
        this.totalBytesMax = totalBytesMax;
    }

    /** On the connection's event loop. */
    void arrived(Connection connection, int bytes) {
        long ownBytes = connection.addUnhandled(bytes);
        long allBytes = totalBytes.addAndGet(bytes);
        if (allBytes > totalBytesMax) {
            full = true;
        }
        if (ownBytes > perConnectionBytesMax || allBytes > totalBytesMax) {
            // In this order: whoever finds it among the paused may let it read again, and that must come after the
            // stop.
            connection.read(false);
            paused.add(connection);
            // The core may have caught up between the sums above and the line before, and then nobody else would look.
            resume(connection);
        }
    }

    /** On the core's thread. */
    void handled(Connection connection, int bytes) {
        connection.addUnhandled(-bytes);
        totalBytes.addAndGet(-bytes);
        resume(connection);
    }

    /** The connection is gone; its frames may still be handled later and are counted off then. */
    void forget(Connection connection) {
        paused.remove(connection);
    }

    long totalBytes() {
        return totalBytes.get();
    }

    /** The others are looked at only where the limit of all together has just ceased to hold them. */
    private void resume(Connection connection) {
        if (full && totalBytes.get() <= totalBytesMax / 2) {
            full = false;
            paused.forEach(this::resumeIfLow);
        }
        resumeIfLow(connection);
    }

    private void resumeIfLow(Connection connection) {
        if (!full && connection.unhandledBytes() <= perConnectionBytesMax / 2 && paused.remove(connection)) {
            connection.read(true);
        }
    }
}
