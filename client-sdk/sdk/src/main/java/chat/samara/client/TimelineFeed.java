package chat.samara.client;

import chat.samara.client.device.TimelineMove;
import chat.samara.client.device.TimelineWindow;
import chat.samara.client.device.WindowedTimeline;
import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.timeline.ItemKey;
import chat.samara.client.timeline.ListDiff;
import chat.samara.client.timeline.LogEnd;
import chat.samara.client.timeline.Timeline;
import chat.samara.client.timeline.TimelineItem;
import chat.samara.client.timeline.TimelineListener;
import chat.samara.client.timeline.TimelineUpdate;
import chat.samara.client.timeline.TimelineView;
import chat.samara.client.timeline.Unread;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Tells a listener of one channel's timeline. What it was told last, and where the window stands, is of the callback thread only. */
final class TimelineFeed extends Feed implements TimelineView {
    private final ChannelId channel;
    private final Source source;
    private final TimelineListener listener;
    private final Consumer<Feed> closing;

    private final TimelineMove opening;
    private TimelineMove nextMove;
    private TimelineWindow window = TimelineWindow.END;
    private Timeline told;
    private boolean isTold;

    /** Where timelines are read. */
    @FunctionalInterface
    interface Source {
        /** As the engine's; {@link ClientClosedException} once that has ended. */
        Optional<WindowedTimeline> timeline(ChannelId channel, TimelineWindow window, TimelineMove move);
    }

    /**
     * @param count so many items at first
     * @param closing told when it is closed
     */
    TimelineFeed(
            ChannelId channel,
            int count,
            Source source,
            Consumer<Runnable> callbacks,
            TimelineListener listener,
            Consumer<Feed> closing) {
        super(callbacks);
        this.channel = channel;
        this.opening = new TimelineMove.ToEnd(count);
        this.nextMove = opening;
        this.source = source;
        this.listener = listener;
        this.closing = closing;
        this.told = nothing();
    }

    ChannelId channel() {
        return channel;
    }

    private Timeline nothing() {
        return new Timeline(channel, List.of(), false, false, Unread.NONE, LogEnd.OVER);
    }

    @Override
    void look() {
        try {
            Optional<WindowedTimeline> found = source.timeline(channel, window, nextMove);
            // Of a channel that was forgotten nothing is left to be shown; it may begin anew.
            nextMove = found.isPresent() ? new TimelineMove.Stay() : opening;
            tell(found.orElseGet(() -> new WindowedTimeline(TimelineWindow.END, nothing())));
        } catch (ClientClosedException over) {
            // That is told by ended().
            return;
        }
    }

    private void tell(WindowedTimeline found) {
        window = found.window();
        Timeline now = found.timeline();
        if (isTold && now.equals(told)) {
            return;
        }
        TimelineUpdate update = new TimelineUpdate(now, ListDiff.between(told.items(), now.items(), TimelineItem::key));
        // Whatever the listener makes of it, it was told.
        told = now;
        isTold = true;
        CallbackThread.guarded(() -> listener.changed(update));
    }

    @Override
    void ended(Refusal why) {
        listener.ended(why);
    }

    @Override
    public CompletableFuture<Timeline> earlier(int count) {
        return move(new TimelineMove.Earlier(checked(count)));
    }

    @Override
    public CompletableFuture<Timeline> later(int count) {
        return move(new TimelineMove.Later(checked(count)));
    }

    @Override
    public CompletableFuture<Timeline> toEnd(int count) {
        return move(new TimelineMove.ToEnd(checked(count)));
    }

    @Override
    public CompletableFuture<Timeline> around(ItemKey item, int count) {
        return move(new TimelineMove.Around(item, checked(count)));
    }

    /** How many items are asked for. */
    static int checked(int count) {
        if (count < 1 || count > Timeline.ITEMS_MAX) {
            throw new IllegalArgumentException(count + " items of a timeline, expected 1 to " + Timeline.ITEMS_MAX);
        }
        return count;
    }

    private CompletableFuture<Timeline> move(TimelineMove move) {
        CompletableFuture<Timeline> answer = new CompletableFuture<>();
        later(
                () -> {
                    try {
                        // The first look has its own move, whichever comes first.
                        if (!isTold) {
                            look();
                        }
                        Optional<WindowedTimeline> found = source.timeline(channel, window, move);
                        found.ifPresent(this::tell);
                        if (found.isPresent()) {
                            answer.complete(told);
                        } else {
                            answer.completeExceptionally(new ClientException(
                                    RefusalCode.UNKNOWN_MESSAGE,
                                    "what the timeline is to show is not in channel " + channel + " of this profile"));
                        }
                    } catch (ClientClosedException over) {
                        answer.completeExceptionally(new ClientException(over.refusal()));
                    } catch (RuntimeException bug) {
                        answer.completeExceptionally(bug);
                        throw bug;
                    }
                },
                () -> answer.completeExceptionally(new ClientException(RefusalCode.CLOSED, "the timeline is closed")));
        return answer;
    }

    @Override
    public void close() {
        stop();
        closing.accept(this);
    }
}
