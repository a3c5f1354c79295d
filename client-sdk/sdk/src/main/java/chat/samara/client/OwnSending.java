package chat.samara.client;

import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A message of this client on its way; moved on by the engine thread. */
final class OwnSending implements Sending {
    private static final Set<MessageState> AT_SERVER =
            EnumSet.of(MessageState.STORED, MessageState.ORDERED, MessageState.STABLE);
    private static final Set<MessageState> IN_LOG = EnumSet.of(MessageState.ORDERED, MessageState.STABLE);

    /** What a program is told by its code that it waits for, and not only that it is late. */
    private static final Set<RefusalCode> KNOWN_TO_PASS = EnumSet.of(
            RefusalCode.SERVER_DISK_FULL,
            RefusalCode.HUB_BEHIND,
            RefusalCode.LIMIT_REACHED,
            RefusalCode.REMOVAL_NOT_DONE);

    private final CallbackThread callbacks;
    private final Supplier<Optional<Hold>> heldBy;
    private final Supplier<Optional<Hold>> unorderedBy;
    private final CompletableFuture<Long> ordered = new CompletableFuture<>();

    // Guarded by this.
    private MessageId id;
    private MessageState state = MessageState.QUEUED;
    private OptionalLong seq = OptionalLong.empty();
    private Optional<Refusal> refusal = Optional.empty();

    /**
     * Both are asked from any thread, and must not wait.
     *
     * @param heldBy why no messages are sent just now
     * @param unorderedBy why those that the server has are not ordered just now
     */
    OwnSending(
            MessageId id,
            CallbackThread callbacks,
            Supplier<Optional<Hold>> heldBy,
            Supplier<Optional<Hold>> unorderedBy) {
        this.id = id;
        this.callbacks = callbacks;
        this.heldBy = heldBy;
        this.unorderedBy = unorderedBy;
    }

    synchronized void move(MessageState next, OptionalLong place, Optional<Refusal> why) {
        state = next;
        if (place.isPresent()) {
            seq = place;
        }
        refusal = next == MessageState.REFUSED ? why : Optional.empty();
        notifyAll();
        if (IN_LOG.contains(next) && place.isPresent()) {
            callbacks.call(() -> ordered.complete(place.getAsLong()));
        } else if (refusal.isPresent()) {
            fail(refusal.get());
        }
    }

    /** Why the server takes nothing has changed. */
    synchronized void heldAnew() {
        notifyAll();
    }

    /** It goes on under another id, from the beginning. */
    synchronized void rename(MessageId now) {
        id = now;
        state = MessageState.QUEUED;
    }

    /** The client has ended: nobody will move it any more, though the message goes on at the next start. */
    synchronized void end(Refusal why) {
        if (refusal.isEmpty() && !IN_LOG.contains(state)) {
            refusal = Optional.of(why);
            notifyAll();
            fail(why);
        }
    }

    /** What depends on the future is the application's, and may ask the client: never to be run by the engine's thread. */
    private void fail(Refusal why) {
        callbacks.call(() -> ordered.completeExceptionally(new ClientException(why)));
    }

    @Override
    public synchronized MessageId id() {
        return id;
    }

    @Override
    public synchronized MessageState state() {
        return state;
    }

    @Override
    public synchronized OptionalLong seq() {
        return seq;
    }

    @Override
    public void awaitStored(Duration timeout) throws ClientException {
        await(AT_SERVER, timeout);
    }

    @Override
    public long awaitOrdered(Duration timeout) throws ClientException {
        return await(IN_LOG, timeout).orElseThrow(() -> new IllegalStateException("ordered without a place"));
    }

    private OptionalLong await(Set<MessageState> wanted, Duration timeout) throws ClientException {
        callbacks.beginWaiting();
        try {
            return awaitMove(wanted, timeout);
        } finally {
            callbacks.endWaiting();
        }
    }

    private synchronized OptionalLong awaitMove(Set<MessageState> wanted, Duration timeout) throws ClientException {
        long end = System.nanoTime() + timeout.toNanos();
        while (!wanted.contains(state)) {
            if (refusal.isPresent()) {
                throw new ClientException(refusal.get());
            }
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            boolean isInVain = standstill()
                    .filter(it -> it.isForGood() || it.outlasts(end))
                    .isPresent();
            if (left <= 0 || isInVain) {
                throw late();
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ClientException(RefusalCode.TIMEOUT, "interrupted while waiting for the message", e);
            }
        }
        return seq;
    }

    /** Why it comes no further just now. */
    private Optional<Hold> standstill() {
        return switch (state) {
            case QUEUED -> heldBy.get();
            case STORED -> unorderedBy.get();
            case PROVISIONAL, ORDERED, STABLE, REFUSED -> Optional.empty();
        };
    }

    private ClientException late() {
        Optional<Hold> hold = standstill();
        Optional<Refusal> why = hold.map(Hold::why);
        if (hold.filter(Hold::isForGood).isPresent()) {
            String sentence = hold.get().why().sentence();
            return new ClientException(
                    RefusalCode.CHANNEL_FROZEN,
                    state == MessageState.STORED
                            ? "the message does not come into the log: " + sentence + "; it stays at your server"
                            : "the message is not sent: " + sentence + "; it stays on this device");
        }
        String so = state == MessageState.STORED
                ? "the server has the message, but it is not in the channel's log yet"
                : "the message is not at the server yet";
        if (why.filter(it -> it.code() == RefusalCode.DEVICE_REPLACED).isPresent()) {
            return new ClientException(
                    RefusalCode.DEVICE_REPLACED,
                    so + ": " + why.get().sentence() + "; it waits until this copy takes over");
        }
        return new ClientException(
                why.filter(it -> KNOWN_TO_PASS.contains(it.code()))
                        .map(Refusal::code)
                        .orElse(RefusalCode.TIMEOUT),
                state == MessageState.STORED
                        ? so
                                + why.map(it -> ", since nothing is ordered now: " + it.sentence())
                                        .orElse("") + "; it will come there by itself"
                        : so + why.map(OwnSending::untilItIsTaken).orElse("; it will be sent all the same"));
    }

    private static String untilItIsTaken(Refusal why) {
        if (why.code() == RefusalCode.REMOVAL_NOT_DONE) {
            return ": " + why.sentence();
        }
        String so = ", since the server takes none now: " + why.sentence();
        return switch (why.code()) {
            case HUB_BEHIND -> so + "; it stays on this device, and is sent if the channel goes on";
            // Says itself what becomes of what is written, which nobody knows.
            case UNKNOWN_CHANNEL -> so;
            default -> so + "; it will be sent all the same";
        };
    }

    @Override
    public CompletableFuture<Long> ordered() {
        return ordered.copy();
    }
}
