package chat.samara.client;

import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.ConnectionState;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What the engine thread last said of the connection, for those who wait on it. Callable from any thread. */
final class ConnectionWatch {
    /** Trying again would not help: a person has to. */
    private static final Set<RefusalCode> HOPELESS =
            EnumSet.of(RefusalCode.WRONG_ROOT_KEY, RefusalCode.LOGIN_FAILED, RefusalCode.DEVICE_REPLACED);

    private ConnectionState state = ConnectionState.OFFLINE;
    private Optional<Refusal> problem = Optional.empty();
    private boolean caughtUp;
    private Optional<Refusal> ended = Optional.empty();

    synchronized void observe(ClientEvent event) {
        if (event instanceof ClientEvent.ConnectionChanged changed) {
            state = changed.state();
            problem = changed.problem();
            caughtUp = false;
            notifyAll();
        } else if (event instanceof ClientEvent.CaughtUp) {
            caughtUp = true;
            notifyAll();
        }
    }

    /** Nothing comes any more, and why. */
    synchronized void end(Refusal why) {
        ended = Optional.of(why);
        state = ConnectionState.CLOSED;
        caughtUp = false;
        notifyAll();
    }

    /** Why nothing comes any more; empty as long as something may. */
    synchronized Optional<Refusal> ended() {
        return ended;
    }

    synchronized ConnectionState state() {
        return state;
    }

    /** Whether, and that, another copy goes on in this one's place: nothing is sent until a person decides otherwise. */
    synchronized Optional<Refusal> replaced() {
        return problem.filter(it -> it.code() == RefusalCode.DEVICE_REPLACED);
    }

    synchronized Optional<Refusal> problem() {
        return ended.isPresent() ? ended : problem;
    }

    private ClientException late(TimeoutException cause) {
        return late(Optional.empty(), cause);
    }

    /**
     * Why an answer did not come in time, which whoever has set it knows.
     *
     * @param heldBy why what was asked for is not done, though the server is there
     */
    synchronized ClientException late(Optional<Hold> heldBy, TimeoutException cause) {
        if (state == ConnectionState.ONLINE && heldBy.isPresent()) {
            return new ClientException(heldBy.get().why().code(), heldBy.get().sentence(), cause);
        }
        if (state == ConnectionState.ONLINE) {
            return new ClientException(RefusalCode.TIMEOUT, "the server has not answered", cause);
        }
        return problem.map(it -> new ClientException(it.code(), it.sentence(), cause))
                .orElseGet(() -> new ClientException(RefusalCode.UNREACHABLE, "the server was not reached", cause));
    }

    synchronized void awaitCaughtUp(Duration timeout) throws ClientException {
        await(timeout, true);
    }

    /** Ends with the first try to connect that fails. */
    synchronized void awaitCaughtUpOrUnreachable(Duration timeout) throws ClientException {
        await(timeout, false);
    }

    private void await(Duration timeout, boolean patient) throws ClientException {
        long end = System.nanoTime() + timeout.toNanos();
        while (!caughtUp) {
            if (ended.isPresent()) {
                throw new ClientException(ended.get());
            }
            if (state != ConnectionState.ONLINE
                    && problem.filter(it -> HOPELESS.contains(it.code())).isPresent()) {
                throw new ClientException(problem.get());
            }
            if (!patient && state == ConnectionState.WAITING && problem.isPresent()) {
                throw late(new TimeoutException());
            }
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                throw late(new TimeoutException());
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ClientException(RefusalCode.TIMEOUT, "interrupted while catching up", e);
            }
        }
    }
}
