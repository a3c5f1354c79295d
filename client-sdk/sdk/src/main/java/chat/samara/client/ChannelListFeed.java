package chat.samara.client;

import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.timeline.ChannelList;
import chat.samara.client.timeline.ChannelListListener;
import chat.samara.client.timeline.ChannelListUpdate;
import chat.samara.client.timeline.ChannelSummary;
import chat.samara.client.timeline.ListDiff;
import chat.samara.wire.log.ChannelId;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Tells a listener of all channels. Only those that may have changed are looked at anew. */
final class ChannelListFeed extends Feed implements Client.Subscription {
    private static final Comparator<ChannelSummary> ORDER = Comparator.comparingLong(ChannelSummary::activeMillis)
            .reversed()
            .thenComparing(it -> it.state().id());

    private final Source source;
    private final ChannelListListener listener;
    private final Consumer<Feed> closing;

    /** Channels to be looked at; all of them at first. Guarded by itself. */
    private final Set<ChannelId> due = new HashSet<>();

    // Of the callback thread only.
    private final Map<ChannelId, ChannelSummary> summaries = new TreeMap<>();
    private List<ChannelSummary> told = List.of();
    private boolean isTold;

    /** Where channels are read; {@link ClientClosedException} once the engine has ended. */
    interface Source {
        List<ChannelId> channels();

        Optional<ChannelSummary> summary(ChannelId channel);
    }

    /** @param closing told when it is closed */
    ChannelListFeed(Source source, Consumer<Runnable> callbacks, ChannelListListener listener, Consumer<Feed> closing) {
        super(callbacks);
        this.source = source;
        this.listener = listener;
        this.closing = closing;
    }

    void changed(Set<ChannelId> channels) {
        synchronized (due) {
            due.addAll(channels);
        }
        changed();
    }

    private Set<ChannelId> takeDue() {
        Set<ChannelId> taken = isTold ? new HashSet<>() : new HashSet<>(source.channels());
        synchronized (due) {
            taken.addAll(due);
            due.clear();
        }
        return taken;
    }

    @Override
    void look() {
        try {
            for (ChannelId channel : takeDue()) {
                source.summary(channel)
                        .ifPresentOrElse(it -> summaries.put(channel, it), () -> summaries.remove(channel));
            }
        } catch (ClientClosedException over) {
            // That is told by ended().
            return;
        }
        List<ChannelSummary> now = summaries.values().stream().sorted(ORDER).toList();
        if (isTold && now.equals(told)) {
            return;
        }
        ChannelListUpdate update = new ChannelListUpdate(
                new ChannelList(now),
                ListDiff.between(told, now, it -> it.state().id()));
        told = now;
        isTold = true;
        listener.changed(update);
    }

    @Override
    void ended(Refusal why) {
        listener.ended(why);
    }

    @Override
    public void close() {
        stop();
        closing.accept(this);
    }
}
