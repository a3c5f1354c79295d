package chat.samara.client;

import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.ClientEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread on which code of the application runs: its listeners, in order, and what depends on the futures that it was given. However slow
 * that code is, neither the engine nor the connection ever waits for it. When much waits here, the server is given no further credit
 * ({@link Backlog}); when far too much does, events are left out, and the application is told how many.
 *
 * <p>A device starts before anybody can listen. So a new listener is first told where the connection stands, and the first one what has happened
 * meanwhile that can be read nowhere else.
 */
final class CallbackThread {
    private static final Logger log = LoggerFactory.getLogger(CallbackThread.class);

    /** What an event takes beside its text, about. */
    private static final long EVENT_BYTES = 256;

    private final Backlog backlog;
    private final Consumer<Boolean> hold;
    private final List<ClientListener> listeners = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::run, "samara-callback");

    // Guarded by this.
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private int events;
    private long bytes;
    private boolean held;
    private int waitsForClient;
    private boolean leavesOut;
    private long leftOut;
    private boolean closed;
    private Optional<ClientEvent> connection = Optional.empty();
    private final List<ClientEvent> unheard = new ArrayList<>();

    private record Waiting(Runnable callback, boolean isEvent, long bytes) {}

    /** @param hold told whether the server is to be kept from sending more entries; on any thread, must not wait */
    CallbackThread(Backlog backlog, Consumer<Boolean> hold) {
        this.backlog = backlog;
        this.hold = hold;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Calls the listener for what it has to know of before, and for everything that is told from now on, until the result is closed. */
    synchronized Client.Subscription listen(ClientListener listener) {
        Objects.requireNonNull(listener, "listener");
        listeners.add(listener);
        unheard.forEach(event -> add(event, EVENT_BYTES, List.of(listener)));
        unheard.clear();
        connection.ifPresent(event -> add(event, EVENT_BYTES, List.of(listener)));
        reconsider();
        return () -> listeners.remove(listener);
    }

    /** Runs something once all that waits has been called; never left out. */
    synchronized void call(Runnable callback) {
        waiting.add(new Waiting(callback, false, 0));
        notifyAll();
    }

    /** Tells all listeners, if there is room for it. */
    synchronized void tell(ClientEvent event) {
        if (event instanceof ClientEvent.ConnectionChanged) {
            connection = Optional.of(event);
        }
        List<ClientListener> told = List.copyOf(listeners);
        if (closed) {
            return;
        }
        if (told.isEmpty()) {
            if (event.isToldOnly() && unheard.size() < Limits.TOLD_ONLY_EVENTS_MAX) {
                unheard.add(event);
            }
            return;
        }
        long size = EVENT_BYTES + textBytes(event);
        boolean full = events >= backlog.eventsMax() || (events > 0 && bytes + size > backlog.bytesMax());
        leavesOut = full || (leavesOut && isMoreThan(backlog.eventsMax() / 2, backlog.bytesMax() / 2));
        boolean hasOwnRoom = event.isToldOnly() && events < backlog.eventsMax() + Limits.TOLD_ONLY_EVENTS_MAX;
        if (leavesOut && !hasOwnRoom) {
            leftOut++;
            return;
        }
        tellOfLeftOut();
        add(event, size, told);
        reconsider();
    }

    /** Tells all listeners of the last event of all, whatever waits. */
    synchronized void tellLast(ClientEvent event) {
        tellOfLeftOut();
        connection = Optional.of(event);
        add(event, EVENT_BYTES, List.copyOf(listeners));
    }

    private void tellOfLeftOut() {
        if (leftOut > 0) {
            add(new ClientEvent.EventsLeftOut(leftOut), EVENT_BYTES, List.copyOf(listeners));
            leftOut = 0;
        }
    }

    private void add(ClientEvent event, long size, List<ClientListener> told) {
        waiting.add(new Waiting(() -> told.forEach(listener -> on(listener, event)), true, size));
        events++;
        bytes += size;
        notifyAll();
    }

    private void on(ClientListener listener, ClientEvent event) {
        if (listeners.contains(listener)) {
            guarded(() -> listener.on(event));
        }
    }

    // What is wrong with an application's code, an assertion or no memory for one event, is its own concern.
    static void guarded(Runnable callback) {
        try {
            callback.run();
        } catch (Throwable e) {
            log.error("a listener threw", e);
        }
    }

    private static long textBytes(ClientEvent event) {
        if (event instanceof ClientEvent.MessageReceived received) {
            MessageBody body = received.message().body();
            if (body instanceof MessageBody.Text text) {
                return (long) Character.BYTES * text.text().length();
            } else if (body instanceof MessageBody.Unknown unknown) {
                return (long) Character.BYTES * unknown.fallbackText().length();
            }
        }
        return 0;
    }

    /**
     * Before the caller waits for something that the server has to send. If it is this thread, because a listener asks the client, the server has
     * to go on sending, however much waits here already, until each wait that began has ended.
     */
    synchronized void beginWaiting() {
        if (Thread.currentThread() == thread) {
            waitsForClient++;
            reconsider();
        }
    }

    /** Once after each {@link #beginWaiting}. */
    synchronized void endWaiting() {
        if (Thread.currentThread() == thread) {
            waitsForClient--;
            reconsider();
        }
    }

    private boolean isMoreThan(int count, long size) {
        return events > count || bytes > size;
    }

    /** Holds the server where much waits, and lets it go on when half of that is done. */
    private void reconsider() {
        boolean wanted = waitsForClient == 0
                && (held
                        ? isMoreThan(backlog.eventsHeld() / 2, backlog.bytesHeld() / 2)
                        : isMoreThan(backlog.eventsHeld() - 1, backlog.bytesHeld()));
        if (wanted != held) {
            held = wanted;
            hold.accept(wanted);
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
                thread.join(Limits.CLOSE_MILLIS_MAX);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        for (Optional<Runnable> next = take(); next.isPresent(); next = take()) {
            guarded(next.get());
            // Whoever was interrupted while a listener ran, it was not this thread's business.
            boolean unused = Thread.interrupted();
        }
    }

    private synchronized Optional<Runnable> take() {
        while (waiting.isEmpty() && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                // Only closing ends this thread.
                log.debug("the callback thread was interrupted and goes on", e);
            }
        }
        Waiting next = waiting.poll();
        if (next == null) {
            return Optional.empty();
        }
        if (next.isEvent()) {
            events--;
            bytes -= next.bytes();
            if (waiting.isEmpty()) {
                tellOfLeftOut();
            }
            reconsider();
        }
        return Optional.of(next.callback());
    }
}
