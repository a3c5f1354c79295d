package chat.samara.client.timeline;

import java.util.List;

/**
 * A timeline, and what has changed since the one that the same listener was told before. The first is told with all its items as inserted.
 *
 * @param changes lead from the items before to those of {@code timeline}; empty if only what stands beside them has changed
 */
public record TimelineUpdate(Timeline timeline, List<ListChange<TimelineItem>> changes) {
    public TimelineUpdate {
        changes = List.copyOf(changes);
    }
}
