package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.timeline.ChannelSummary;
import chat.samara.client.timeline.Timeline;
import chat.samara.wire.log.ChannelId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Looks after each turn whether what a person is shown of a channel has changed only where an effect says so: whoever follows it looks only then. */
final class ShownWatch {
    private final Map<ChannelId, Optional<Timeline>> timelines = new HashMap<>();
    private final Map<ChannelId, Optional<ChannelSummary>> summaries = new HashMap<>();

    /** How often something had changed. */
    int changes;

    ShownWatch(DeviceEngine engine) {
        for (ChannelState state : engine.channels()) {
            timelines.put(state.id(), timeline(engine, state.id()));
            summaries.put(state.id(), engine.summary(state.id()));
        }
    }

    private static Optional<Timeline> timeline(DeviceEngine engine, ChannelId channel) {
        return engine.timeline(channel, TimelineWindow.END, new TimelineMove.ToEnd(Timeline.ITEMS_MAX))
                .map(WindowedTimeline::timeline);
    }

    void look(DeviceEngine engine, List<DeviceEffect> effects) {
        Set<ChannelId> said = new HashSet<>();
        boolean[] connectionChanged = {false};
        for (DeviceEffect effect : effects) {
            if (effect instanceof DeviceEffect.ChannelsChanged changed) {
                said.addAll(changed.channels());
            } else if (effect instanceof DeviceEffect.Notify notify) {
                connectionChanged[0] |= said(notify.event(), said);
            }
        }
        Set<ChannelId> channels = new HashSet<>(timelines.keySet());
        engine.channels().stream().map(ChannelState::id).forEach(channels::add);
        for (ChannelId channel : channels) {
            Optional<Timeline> timeline = timeline(engine, channel);
            Optional<ChannelSummary> summary = engine.summary(channel);
            if (!said.contains(channel)) {
                assertThat(summary.equals(summaries.getOrDefault(channel, Optional.empty())))
                        .as("%s of %s, after %s", summary, summaries.get(channel), effects)
                        .isTrue();
            }
            if (!said.contains(channel) && !connectionChanged[0]) {
                assertThat(timeline.equals(timelines.getOrDefault(channel, Optional.empty())))
                        .as("%s of %s, after %s", timeline, timelines.get(channel), effects)
                        .isTrue();
            }
            changes += timeline.equals(timelines.put(channel, timeline)) ? 0 : 1;
            summaries.put(channel, summary);
        }
    }

    /** The events for which it is looked anew, without a row that was written. Returns whether it is those of all timelines. */
    private static boolean said(ClientEvent event, Set<ChannelId> channels) {
        if (event instanceof ClientEvent.SendingHeld held) {
            channels.add(held.channel());
        } else if (event instanceof ClientEvent.OrderingHeld held) {
            channels.add(held.channel());
        } else if (event instanceof ClientEvent.SendingAwaitsRemoval held) {
            channels.add(held.channel());
        } else if (event instanceof ClientEvent.LogWithheld withheld) {
            channels.add(withheld.channel());
        }
        return event instanceof ClientEvent.ConnectionChanged || event instanceof ClientEvent.CaughtUp;
    }
}
