package chat.samara.client.timeline;

import java.util.List;

/**
 * All channels of a device, that in which something was said last first. Each is as it was at one moment.
 *
 * @param channels the channels
 */
public record ChannelList(List<ChannelSummary> channels) {
    public ChannelList {
        channels = List.copyOf(channels);
    }

    /** In how many of them somebody has said something that nobody has read here; those that are muted do not count. */
    public long unreadChannels() {
        return channels.stream()
                .filter(it -> !it.muted() && it.unread().count() > 0)
                .count();
    }
}
