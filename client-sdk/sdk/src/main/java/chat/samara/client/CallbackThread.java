package chat.samara.client;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread on which listeners are called, in order. A slow listener makes the reading of the connection wait, never the engine. */
final class CallbackThread {
    private static final Logger log = LoggerFactory.getLogger(CallbackThread.class);

    /** Callbacks that may wait before nothing more is read from the server. */
    private static final int WAITING_MAX = 10_000;

    private static final long CLOSE_MILLIS_MAX = 2_000;

    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private final Thread thread = new Thread(this::run, "samara-callback");
    private boolean closed;

    CallbackThread() {
        thread.setDaemon(true);
        thread.start();
    }

    synchronized void call(Runnable callback) {
        if (!closed) {
            waiting.add(callback);
            notifyAll();
        }
    }

    synchronized void awaitRoom() throws InterruptedException {
        while (waiting.size() >= WAITING_MAX && !closed) {
            wait();
        }
    }

    /** Calls what waits and ends; waits for that a moment, unless a callback itself closes. */
    void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        if (Thread.currentThread() != thread) {
            try {
                thread.join(CLOSE_MILLIS_MAX);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        try {
            for (Optional<Runnable> next = take(); next.isPresent(); next = take()) {
                try {
                    next.get().run();
                } catch (RuntimeException e) {
                    log.warn("a listener threw", e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized Optional<Runnable> take() throws InterruptedException {
        while (waiting.isEmpty() && !closed) {
            wait();
        }
        Optional<Runnable> next = Optional.ofNullable(waiting.poll());
        notifyAll();
        return next;
    }
}
