package chat.samara.client;

import chat.samara.client.device.DeviceEffect;
import chat.samara.client.device.DeviceEngine;
import chat.samara.client.device.DeviceEvent;
import chat.samara.client.device.Now;
import chat.samara.client.transport.ServerConnection;
import chat.samara.mls.codec.Bytes;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread on which an engine lives. It takes events in order, carries out what concerns the network and the timer, and hands the rest
 * to the client. If the engine throws, it is over: nothing goes on with a state that nobody knows.
 */
final class EngineThread {
    private static final Logger log = LoggerFactory.getLogger(EngineThread.class);
    private static final long IDLE_MILLIS_MAX = 60_000;

    private final DeviceEngine engine;
    private final Supplier<Now> clocks;
    private final Owner owner;
    private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
    private final Thread thread = new Thread(this::run, "samara-engine");
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    // Of the engine thread only.
    private long timerMillis = Long.MAX_VALUE;
    private Optional<ServerConnection> connection = Optional.empty();
    private boolean stopping;

    /** Who owns the engine. */
    interface Owner {
        /** Takes {@link DeviceEffect.Completed} and {@link DeviceEffect.Notify}; on the engine thread, must not wait. */
        void take(DeviceEffect effect);

        /** Called on a reading thread before a frame is taken: waiting here slows the server down. */
        void beforeFrame() throws InterruptedException;

        /** The engine has ended, by a failure or because it was stopped; on the engine thread. */
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

    /** Queues an event. */
    void post(DeviceEvent event) {
        queue.add(() -> carryOut(engine.handle(event, clocks.get())));
    }

    /** Asks the engine something, on its thread, and waits for the answer. Unchecked exception once it has ended. */
    <T> T ask(Function<DeviceEngine, T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        queue.add(() -> answer.complete(question.apply(engine)));
        try {
            CompletableFuture.anyOf(answer, ended).get();
            if (answer.isDone()) {
                return answer.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking the engine", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the engine failed on a question", e);
        }
        throw new IllegalStateException("the client is closed");
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

    private void run() {
        Optional<Throwable> failure = Optional.empty();
        try {
            while (!stopping) {
                long wait = Math.max(
                        0, Math.min(IDLE_MILLIS_MAX, timerMillis - clocks.get().monotonicMillis()));
                Runnable work = queue.poll(wait, TimeUnit.MILLISECONDS);
                if (work != null) {
                    work.run();
                } else if (clocks.get().monotonicMillis() >= timerMillis) {
                    timerMillis = Long.MAX_VALUE;
                    carryOut(engine.handle(new DeviceEvent.TimerFired(), clocks.get()));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            log.error("the device's engine failed; the client is closed, what was durable is kept", e);
            failure = Optional.of(e);
        } finally {
            connection.ifPresent(ServerConnection::close);
            owner.ended(failure);
            ended.complete(null);
        }
    }

    private void carryOut(List<DeviceEffect> effects) {
        for (DeviceEffect effect : effects) {
            if (effect instanceof DeviceEffect.SendFrame send) {
                connection.ifPresent(open -> open.send(send.frame()));
            } else if (effect instanceof DeviceEffect.Connect connect) {
                connection.ifPresent(ServerConnection::close);
                connection =
                        Optional.of(ServerConnection.open(connect.addresses(), new Observer(connect.connection())));
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
            owner.beforeFrame();
            post(new DeviceEvent.FrameReceived(id, frame));
        }

        @Override
        public void ended(String reason) {
            post(new DeviceEvent.Disconnected(id, reason));
        }
    }
}
