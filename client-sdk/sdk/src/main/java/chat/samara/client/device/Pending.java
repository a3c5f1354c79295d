package chat.samara.client.device;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import java.util.List;
import java.util.Optional;

/** A request that waits for its answer: what the answer means. Forgotten with the connection. */
sealed interface Pending {
    /** Register or Login. */
    record OpenSession() implements Pending {}

    /**
     * PublishKeyPackages of one suite: one-time ones, or the one of last resort.
     *
     * @param replaces whether they take the place of all one-time ones before them
     * @param refs the references of all that is in it
     * @param madeMillis when they were made
     */
    record Publish(
            ChannelSuite suite, boolean replaces, Optional<Bytes> lastResortRef, List<Bytes> refs, long madeMillis)
            implements Pending {}

    /** FetchWelcomes. */
    record FetchWelcomes() implements Pending {}

    /** FetchHandshakes, for a replay of this channel's log. */
    record FetchHandshakes(ChannelId channel) implements Pending {}

    /** FetchHandshakes, to hear whether the server knows this channel. */
    record IsKnown(ChannelId channel) implements Pending {}

    /** CreateChannel. */
    record Found(ChannelId channel) implements Pending {}

    /** Submit of a row of OUTGOING, under the key that it had then; answers to an earlier numbering are stale. */
    record Submitted(ChannelId channel, long number, IdempotencyKey key, int numbering) implements Pending {}

    /** QueryStatus of a row of OUTGOING. */
    record Queried(ChannelId channel, long number) implements Pending {}

    /** ClaimKeyPackages for an intent. */
    record Claim(ChannelId channel, long intent) implements Pending {}

    /** One Follow of this session, by its number: with its answer has come what the server had, provisional messages too. */
    record Following(int number) implements Pending {}

    /** Anything of which only an error would matter, and that is told. */
    record Unheeded() implements Pending {}
}
