package chat.samara.client.timeline;

import chat.samara.wire.log.ChannelId;
import java.util.List;

/**
 * A stretch of what stands in a channel, as a person reads it: what is in the log in its order, then other members' messages that are not ordered yet,
 * then own ones that are not. A moment's whole: everything in it was so at once.
 *
 * @param channel where
 * @param items the stretch; {@link #ITEMS_MAX} of the log at most, some MiB of it, and what is not ordered: 8 MiB of others' at most, and all that waits to be sent here
 * @param hasEarlier whether the log has something before it
 * @param hasLater whether it ends before the log does: then it does not grow by what is said now
 * @param unread of the whole channel, and not of the stretch alone
 * @param end what is known of what comes behind the log's last item
 */
public record Timeline(
        ChannelId channel, List<TimelineItem> items, boolean hasEarlier, boolean hasLater, Unread unread, LogEnd end) {
    /** Items of a log that one timeline shows, and the rest of the last place's. A timeline of long texts has less, since it ends at some MiB, too. */
    public static final int ITEMS_MAX = 1_000;

    public Timeline {
        items = List.copyOf(items);
    }
}
