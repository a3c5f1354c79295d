package chat.samara.server.core.channel;

import chat.samara.server.core.Limits;
import chat.samara.wire.log.ChannelId;
import java.util.LinkedHashSet;
import java.util.List;

/** How much is under way to one hub, of all channels, and which of them wait for room, the next one first. In memory only. */
final class HubWindow {
    private final LinkedHashSet<ChannelId> waiting = new LinkedHashSet<>();
    private long bytes;
    private long bytesMax = Limits.SUBMIT_BYTES_IN_FLIGHT_FIRST;
    private long probeBytes;

    /** The channels that wait for room, the next one first. */
    List<ChannelId> waiting() {
        return List.copyOf(waiting);
    }

    boolean isWaiting(ChannelId channel) {
        return waiting.contains(channel);
    }

    /** The channel waits behind all others. */
    void await(ChannelId channel) {
        waiting.remove(channel);
        waiting.add(channel);
    }

    void noLongerAwait(ChannelId channel) {
        waiting.remove(channel);
    }

    /** Whether so much more may be under way: of channels that get on, or of those that have a {@link Flight#isProbing probe} out. */
    boolean hasRoom(int size, boolean probing) {
        return probing
                ? probeBytes == 0 || probeBytes + size <= Limits.SUBMIT_BYTES_IN_FLIGHT_MAX
                : bytes == 0 || bytes + size <= bytesMax;
    }

    void add(long more, boolean probing) {
        if (probing) {
            probeBytes += more;
        } else {
            bytes += more;
        }
    }

    /** Something of what was under way has arrived: the line carries more than that. */
    void arrived(int size) {
        bytesMax = Math.min(Limits.SUBMIT_BYTES_IN_FLIGHT_PER_HUB_MAX, bytesMax + size);
    }
}
