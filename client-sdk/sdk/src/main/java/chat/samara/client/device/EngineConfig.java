package chat.samara.client.device;

import chat.samara.client.channel.ChannelSuite;
import java.util.List;

/**
 * What may differ between devices; all else is in {@link Limits}.
 *
 * @param keyPackages which KeyPackages this device keeps at its server, in the order in which they are published
 * @param reconnectMillisMin first back-off after a lost connection, before jitter
 * @param reconnectMillisMax longest back-off, before jitter
 * @param pingEveryMillis a quiet connection is probed after this
 * @param silenceMillisMax a connection that is quiet for this long, in spite of probes, is given up; also the time an answer may take
 * @param retryMillisMin first back-off of a lost commit race or a failed claim, before jitter
 * @param retryMillisMax longest back-off of those, before jitter
 * @param changeAttemptsMax tries of one intent before it is refused
 * @param creditBytes bytes of entries that the server may push ahead
 */
public record EngineConfig(
        List<KeyPackageSupply> keyPackages,
        long reconnectMillisMin,
        long reconnectMillisMax,
        long pingEveryMillis,
        long silenceMillisMax,
        long retryMillisMin,
        long retryMillisMax,
        int changeAttemptsMax,
        long creditBytes) {
    public EngineConfig {
        keyPackages = List.copyOf(keyPackages);
    }

    /** Good values for people's devices. */
    public static EngineConfig standard() {
        return new EngineConfig(
                // A post-quantum KeyPackage has 3 KiB, so that a hundred would be a burden on a poor line.
                List.of(
                        new KeyPackageSupply(ChannelSuite.STANDARD, 100, 25),
                        new KeyPackageSupply(ChannelSuite.POST_QUANTUM, 10, 4)),
                500,
                60_000,
                25_000,
                60_000,
                200,
                30_000,
                20,
                4 * 1024 * 1024);
    }
}
