package chat.samara.client;

import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.refusal.ClientException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** A message on its way. Callable from any thread. */
public interface Sending {
    /** Names it; another one after {@link chat.samara.client.device.ClientEvent.MessageRenamed}. */
    MessageId id();

    /** How far it has come. */
    MessageState state();

    /** Its place in the log, once it is ordered. */
    OptionalLong seq();

    /** Waits until the own server has it durably (or more). Refused messages throw their refusal. */
    void awaitStored(Duration timeout) throws ClientException;

    /** Waits until the hub has it durably in the log, and returns its place. Refused messages throw their refusal. */
    long awaitOrdered(Duration timeout) throws ClientException;

    /**
     * Completes with its place when it is ordered, and exceptionally with a {@link ClientException} when it is refused or the client is closed. Dependents
     * run on the callback thread.
     */
    CompletableFuture<Long> ordered();
}
