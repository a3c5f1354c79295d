package chat.samara.benchmarks.load;

import java.util.concurrent.CompletableFuture;

/** A connection that says no more than it must to be there. Any thread. */
public interface Connected {
    /** Done when it has had its first answer, with when that was; as {@link System#nanoTime}. */
    CompletableFuture<Long> ready();

    /** Bytes that came until TLS was up; after {@link #ready}. */
    int handshakeBytes();

    /** Ends it; done when it has ended. */
    CompletableFuture<Void> close();
}
