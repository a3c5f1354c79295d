package chat.samara.client.timeline;

import java.util.List;

/**
 * The list of channels, and what has changed since the one that the same listener was told before. The first is told with all of them as inserted.
 *
 * @param changes lead from the list before to this one
 */
public record ChannelListUpdate(ChannelList list, List<ListChange<ChannelSummary>> changes) {
    public ChannelListUpdate {
        changes = List.copyOf(changes);
    }
}
