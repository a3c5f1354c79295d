package chat.samara.client.device;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import java.util.Optional;

/** A request that waits for its answer: what the answer means. Forgotten with the connection. */
sealed interface Pending {
    /** Register or Login. */
    record OpenSession() implements Pending {}

    /** PublishKeyPackages of one suite, perhaps with one of last resort. */
    record Publish(ChannelSuite suite, Optional<Bytes> lastResortRef) implements Pending {}

    /** FetchWelcomes. */
    record FetchWelcomes() implements Pending {}

    /** FetchRatchetTree, for this Welcome. */
    record FetchTree(WelcomeIn welcome) implements Pending {}

    /** CreateChannel. */
    record Found(ChannelId channel) implements Pending {}

    /** Submit of a row of OUTGOING; answers to an earlier numbering are stale. */
    record Submitted(ChannelId channel, long number, int numbering) implements Pending {}

    /** QueryStatus of a row of OUTGOING. */
    record Queried(ChannelId channel, long number) implements Pending {}

    /** ClaimKeyPackages for an intent. */
    record Claim(ChannelId channel, long intent) implements Pending {}

    /** Follow, the so-manieth of this session: with its answer has come what the server had, provisional messages too. */
    record Following(int number) implements Pending {}

    /** Anything of which only an error would matter, and that is told. */
    record Unheeded() implements Pending {}
}
