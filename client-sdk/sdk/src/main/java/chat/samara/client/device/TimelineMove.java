package chat.samara.client.device;

import chat.samara.client.timeline.ItemKey;

/** How a timeline's window moves along the log. Counts are from 1 to {@link chat.samara.client.timeline.Timeline#ITEMS_MAX}. */
public sealed interface TimelineMove {
    /** It is looked at anew where it is. */
    record Stay() implements TimelineMove {}

    /** So many earlier items come into it. */
    record Earlier(int count) implements TimelineMove {}

    /** So many later ones. */
    record Later(int count) implements TimelineMove {}

    /** The last so many. */
    record ToEnd(int count) implements TimelineMove {}

    /** So many around this item. */
    record Around(ItemKey item, int count) implements TimelineMove {}
}
