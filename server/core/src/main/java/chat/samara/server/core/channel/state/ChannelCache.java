package chat.samara.server.core.channel.state;

import chat.samara.wire.log.ChannelId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The channels in memory: those that were used last, as many as fit into a number of bytes. A channel's size is an estimate
 * ({@link Channel#bytes}) that grows while it is here, so it is looked at whenever one is asked for.
 */
final class ChannelCache {
    /** So many stay whatever they take: what one event works on must not be forgotten in its midst. */
    private static final int CHANNELS_MIN = 8;

    private final long bytesMax;
    private final Map<ChannelId, Channel> channels = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    ChannelCache(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** How many are here. */
    int size() {
        return channels.size();
    }

    /** What they take, about. */
    long bytes() {
        return bytes;
    }

    Optional<Channel> find(ChannelId id) {
        Optional<Channel> found = Optional.ofNullable(channels.get(id));
        found.ifPresent(channel -> makeRoom());
        return found;
    }

    void put(Channel channel) {
        remove(channel.id());
        channels.put(channel.id(), channel);
        bytes += channel.bytes();
        channel.whenItGrows(more -> bytes += more);
        makeRoom();
    }

    void remove(ChannelId id) {
        Channel channel = channels.remove(id);
        if (channel != null) {
            forget(channel);
        }
    }

    void clear() {
        channels.values().forEach(this::forget);
        channels.clear();
    }

    private void makeRoom() {
        Iterator<Channel> eldest = channels.values().iterator();
        while (bytes > bytesMax && channels.size() > CHANNELS_MIN) {
            forget(eldest.next());
            eldest.remove();
        }
    }

    private void forget(Channel channel) {
        bytes -= channel.bytes();
        channel.whenItGrows(more -> {});
    }
}
