package chat.samara.client.timeline;

import java.util.concurrent.CompletableFuture;

/**
 * Follows a timeline, and moves along it. Any thread. Each move is carried out behind what was told so far; its future ends once the listener has been told what came
 * of it, on the client's callback thread: no listener waits for one ({@code join}), it would wait for itself. It ends with a {@link chat.samara.client.refusal.ClientException} if it came to nothing.
 */
public interface TimelineView extends AutoCloseable {
    /** So many earlier items of the log come into it, or as many as there are. What does not fit leaves it at the end. */
    CompletableFuture<Timeline> earlier(int count);

    /** So many later items; once it is at the log's end it grows by what is said. What does not fit leaves it at the beginning. */
    CompletableFuture<Timeline> later(int count);

    /** The last so many items, and what is said from now on. */
    CompletableFuture<Timeline> toEnd(int count);

    /** So many items around this one; refused with {@code UNKNOWN_MESSAGE} if it does not stand in the channel. */
    CompletableFuture<Timeline> around(ItemKey item, int count);

    /** The listener is told nothing more, not even what is on its way to it. */
    @Override
    void close();
}
