package chat.samara.client.device;

import chat.samara.client.timeline.Timeline;

/** A timeline, and the window that shows it. */
public record WindowedTimeline(TimelineWindow window, Timeline timeline) {}
