package chat.samara.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What waits for the engine's thread, in order, and bounded in number and in bytes. Whoever brings a frame waits until there is room, and nothing more
 * is read from the server meanwhile; whoever asks for something waits as long as it likes, and then goes without. Callable from any thread.
 */
final class EngineQueue {
    private record Waiting(Runnable work, int bytes) {}

    private final int worksMax;
    private final long frameBytesMax;

    // Guarded by this.
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private long frameBytes;
    private boolean closed;

    EngineQueue(int worksMax, long frameBytesMax) {
        this.worksMax = worksMax;
        this.frameBytesMax = frameBytesMax;
    }

    /** Adds what cannot wait, and of which there is never more than a few at once: the end of a connection, a stop. */
    synchronized void add(Runnable work) {
        if (!closed) {
            append(new Waiting(work, 0));
        }
    }

    /** Adds what a frame brings, as soon as there is room for it; after the end it is dropped. */
    synchronized void addFrame(int bytes, Runnable work) throws InterruptedException {
        // One frame always fits, however large it is.
        while (!closed && !waiting.isEmpty() && (waiting.size() >= worksMax || frameBytes + bytes > frameBytesMax)) {
            wait();
        }
        if (!closed) {
            append(new Waiting(work, bytes));
        }
    }

    /** Adds the work if there is room within that time. Returns whether it did: not, either, after the end. */
    synchronized boolean offer(Runnable work, long timeoutMillis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        while (!closed && waiting.size() >= worksMax) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        if (closed) {
            return false;
        }
        append(new Waiting(work, 0));
        return true;
    }

    private void append(Waiting last) {
        waiting.add(last);
        frameBytes += last.bytes();
        notifyAll();
    }

    /** The next work, or none within that time. */
    synchronized Optional<Runnable> take(long timeoutMillis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        while (waiting.isEmpty()) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                return Optional.empty();
            }
            wait(left);
        }
        Waiting first = waiting.remove();
        frameBytes -= first.bytes();
        notifyAll();
        return Optional.of(first.work());
    }

    /** The works of this kind that are next in order, without waiting: so many at most, and no more bytes of frames but for one. */
    synchronized <W extends Runnable> List<W> takeFollowing(Class<W> kind, int countMax, long bytesMax) {
        List<W> following = new ArrayList<>();
        long bytes = 0;
        while (!waiting.isEmpty()
                && kind.isInstance(waiting.element().work())
                && following.size() < countMax
                && bytes < bytesMax) {
            Waiting next = waiting.remove();
            bytes += next.bytes();
            following.add(kind.cast(next.work()));
        }
        frameBytes -= bytes;
        notifyAll();
        return following;
    }

    /** Whether the end was. */
    synchronized boolean isClosed() {
        return closed;
    }

    /** The end: what waits is dropped, and nothing is taken any more. */
    synchronized void close() {
        closed = true;
        waiting.clear();
        frameBytes = 0;
        notifyAll();
    }
}
