package chat.samara.client;

import chat.samara.client.device.DeviceEffect;
import chat.samara.client.device.DeviceEngine;
import chat.samara.client.device.DeviceEvent;
import chat.samara.client.device.DeviceStoreException;
import chat.samara.client.device.Now;
import chat.samara.client.transport.ServerConnection;
import chat.samara.client.transport.TlsDialer;
import chat.samara.mls.codec.Bytes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread on which an engine lives. It takes events in order, carries out what concerns the network and the timer, and hands the rest
 * to the client. No code of an application ever runs on it. If the engine throws, it is over: nothing goes on with a state that nobody knows.
 */
final class EngineThread {
    private static final Logger log = LoggerFactory.getLogger(EngineThread.class);
    private static final long IDLE_MILLIS_MAX = 60_000;

    private final DeviceEngine engine;
    private final Supplier<Now> clocks;
    private final Owner owner;
    private final EngineQueue queue = new EngineQueue(Limits.ENGINE_WORKS_MAX, Limits.ENGINE_FRAME_BYTES_MAX);
    private final Thread thread = new Thread(this::run, "samara-engine");
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    // Of the engine thread only.
    private long timerMillis = Long.MAX_VALUE;
    private final TlsDialer dialer = new TlsDialer();
    private Optional<ServerConnection> connection = Optional.empty();
    private boolean stopping;

    /** Who owns the engine. */
    interface Owner {
        /** Takes {@link DeviceEffect.Completed} and {@link DeviceEffect.Notify}; on the engine thread, must not wait. */
        void take(DeviceEffect effect);

        /** The engine has ended, by a failure or because it was stopped; on the engine thread, must not wait. */
        void ended(Optional<Throwable> failure);
    }

    EngineThread(DeviceEngine engine, Supplier<Now> clocks, Owner owner) {
        this.engine = engine;
        this.clocks = clocks;
        this.owner = owner;
        thread.setDaemon(true);
    }

    void start() {
        queue.add(() -> carryOut(engine.start(clocks.get())));
        thread.start();
    }

    /** Queues an event of which there are never more than a few. */
    void post(DeviceEvent event) {
        queue.add(handling(event));
    }

    /**
     * Queues an event if there is room for it within that time. Returns whether it did: not, either, after the end, of which the owner has been told
     * by then. So whoever finds no room since the engine has failed learns of that, and not that there is no room.
     */
    boolean offer(DeviceEvent event, Duration patience) throws InterruptedException {
        boolean taken = queue.offer(handling(event), patience.toMillis());
        if (!taken && queue.isClosed()) {
            ended.join();
        }
        return taken;
    }

    private Happening handling(DeviceEvent event) {
        return new Happening(event);
    }

    /** An event that waits; {@link #handle} takes it with those that wait behind it. */
    private final class Happening implements Runnable {
        private final DeviceEvent event;

        Happening(DeviceEvent event) {
            this.event = event;
        }

        @Override
        public void run() {
            handle(this);
        }
    }

    /** What waits goes into one turn, as far as that holds it: each turn is one commit to the disk, however little it changes. */
    private void handle(Happening first) {
        Deque<DeviceEvent> events = new ArrayDeque<>();
        events.add(first.event);
        queue.takeFollowing(Happening.class, Limits.EVENTS_PER_TURN_MAX - 1, Limits.FRAME_BYTES_PER_TURN_MAX)
                .forEach(next -> events.add(next.event));
        while (!events.isEmpty()) {
            carryOut(engine.handle(events, clocks.get()));
        }
    }

    /**
     * Asks the engine something, on its thread, and waits for the answer; empty once it has ended. What is wrong with a question is its asker's
     * concern alone. The answer is never far, so an interrupted thread gets it, too, and stays interrupted.
     */
    <T> Optional<T> ask(Function<DeviceEngine, T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            // A thread waits for its answer, so no more questions wait than there are threads.
            queue.add(() -> answer(question, answer));
            CompletableFuture.anyOf(answer, ended).join();
            return answer.isDone() ? Optional.of(answer.join()) : Optional.empty();
        } catch (CompletionException e) {
            throw new IllegalStateException("the engine failed on a question", e.getCause());
        }
    }

    private <T> void answer(Function<DeviceEngine, T> question, CompletableFuture<T> answer) {
        T said;
        try {
            said = question.apply(engine);
        } catch (DeviceStoreException e) {
            throw e; // concerns everybody
        } catch (RuntimeException e) {
            answer.completeExceptionally(e);
            return;
        }
        answer.complete(said);
    }

    /** Ends it after what is queued, and waits. */
    void stop() {
        queue.add(() -> stopping = true);
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // Whatever it is that ends the engine, those who wait for it have to learn of it.
    private void run() {
        Optional<Throwable> failure = Optional.empty();
        try {
            while (!stopping) {
                long wait = timerMillis - clocks.get().monotonicMillis();
                if (wait <= 0) {
                    timerMillis = Long.MAX_VALUE;
                    carryOut(engine.handle(new DeviceEvent.TimerFired(), clocks.get()));
                } else {
                    queue.take(Math.min(IDLE_MILLIS_MAX, wait)).ifPresent(Runnable::run);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            failure = Optional.of(e);
            log.error("the device's engine failed; the client is closed, what was durable is kept", e);
        } finally {
            end(failure);
        }
    }

    private void end(Optional<Throwable> failure) {
        queue.close();
        try {
            connection.ifPresent(ServerConnection::close);
            owner.ended(failure);
        } catch (RuntimeException | Error e) {
            log.error("the client could not be closed in good order", e);
        } finally {
            ended.complete(null);
        }
    }

    private void carryOut(List<DeviceEffect> effects) {
        for (DeviceEffect effect : effects) {
            if (effect instanceof DeviceEffect.SendFrame send) {
                connection.ifPresent(open -> open.send(send.frame()));
            } else if (effect instanceof DeviceEffect.Connect connect) {
                connection.ifPresent(ServerConnection::close);
                connection = Optional.of(ServerConnection.open(
                        dialer, connect.addresses(), connect.returnToken(), new Observer(connect.connection())));
            } else if (effect instanceof DeviceEffect.Disconnect disconnect) {
                log.debug("disconnecting: {}", disconnect.reason());
                connection.ifPresent(ServerConnection::close);
                connection = Optional.empty();
            } else if (effect instanceof DeviceEffect.SetTimer timer) {
                timerMillis = timer.atMillis();
            } else {
                owner.take(effect);
            }
        }
    }

    /** Turns what one connection says into events under its number; the engine ignores those of earlier ones. */
    private final class Observer implements ServerConnection.Observer {
        private final long id;

        Observer(long id) {
            this.id = id;
        }

        @Override
        public void connected(Bytes tlsSpkiSha256) {
            post(new DeviceEvent.Connected(id, tlsSpkiSha256));
        }

        @Override
        public void received(Bytes frame) throws InterruptedException {
            queue.addFrame(frame.size(), handling(new DeviceEvent.FrameReceived(id, frame)));
        }

        @Override
        public void ended(String reason) {
            post(new DeviceEvent.Disconnected(id, reason));
        }
    }
}
