package chat.samara.client.device;

import chat.samara.client.channel.Message;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.timeline.ChannelSummary;
import chat.samara.client.timeline.ItemKey;
import chat.samara.client.timeline.LogEnd;
import chat.samara.client.timeline.Timeline;
import chat.samara.client.timeline.TimelineItem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Reads what timelines and the list of channels show, out of what is durable. */
final class Timelines {
    /** Rows that are looked through for one that a list shows: a channel in which keys were renewed ever since shows none. */
    private static final int LAST_LOOKED_THROUGH_MAX = 100;

    private final DeviceStore store;
    private final Link link;

    Timelines(DeviceStore store, Link link) {
        this.store = store;
        this.link = link;
    }

    /** Moves a window, and reads what it shows then; empty if the item around which it is to be does not stand there. */
    Optional<WindowedTimeline> moved(LiveChannel channel, TimelineWindow from, TimelineMove move) {
        TimelineWindow window = withinLog(channel, from);
        if (move instanceof TimelineMove.Earlier earlier) {
            Stretch before = Stretch.back(store, channel, window.firstSeq() - 1, 0, earlier.count());
            return Optional.of(fromStart(channel, new TimelineWindow(first(before, window), window.lastSeq())));
        } else if (move instanceof TimelineMove.Later later && !window.isLive()) {
            Stretch behind = Stretch.forward(store, channel, window.lastPlace() + 1, Long.MAX_VALUE, later.count());
            return Optional.of(toEnd(channel, new TimelineWindow(window.firstSeq(), last(behind))));
        } else if (move instanceof TimelineMove.ToEnd end) {
            Stretch behind = Stretch.back(store, channel, Long.MAX_VALUE, 0, end.count());
            return Optional.of(toEnd(
                    channel,
                    new TimelineWindow(first(behind, endOf(channel.row().getSeq())), OptionalLong.empty())));
        } else if (move instanceof TimelineMove.Around around) {
            return around(channel, around);
        }
        return Optional.of(window.isLive() ? toEnd(channel, window) : fromStart(channel, window));
    }

    /** Of a log that was empty, or that ends before the window now, what comes is shown from its end on. */
    private TimelineWindow withinLog(LiveChannel channel, TimelineWindow window) {
        TimelineWindow end = endOf(channel.row().getSeq());
        boolean isBehind = window.isLive()
                && window.firstSeq() > end.firstSeq()
                && Stretch.forward(store, channel, window.firstSeq(), Long.MAX_VALUE, 1)
                        .rows()
                        .isEmpty();
        return isBehind ? end : window;
    }

    private static TimelineWindow endOf(long seq) {
        return new TimelineWindow(seq + 1, OptionalLong.empty());
    }

    private Optional<WindowedTimeline> around(LiveChannel channel, TimelineMove.Around around) {
        Optional<Long> seq = seqOf(channel, around.item());
        if (seq.isEmpty()) {
            return Optional.empty();
        } else if (seq.get() == Long.MAX_VALUE) {
            return moved(channel, TimelineWindow.END, new TimelineMove.ToEnd(around.count()));
        }
        int half = Math.max(1, around.count() / 2);
        Stretch before = Stretch.back(store, channel, seq.get() - 1, 0, half);
        Stretch behind = Stretch.forward(store, channel, seq.get(), Long.MAX_VALUE, half);
        TimelineWindow there = new TimelineWindow(seq.get(), OptionalLong.empty());
        return Optional.of(fromStart(channel, new TimelineWindow(first(before, there), last(behind))));
    }

    /** The place of an item; the last one of all for what is not ordered yet; empty if it does not stand here. */
    private Optional<Long> seqOf(LiveChannel channel, ItemKey item) {
        if (item instanceof ItemKey.OfPlace place) {
            return Optional.of(place.seq())
                    .filter(seq -> seq > 0
                            && !Stretch.forward(store, channel, seq, seq, 1)
                                    .rows()
                                    .isEmpty());
        }
        return HistoryBook.place(new StoreTransaction(store), channel.id(), ((ItemKey.OfMessage) item).id())
                .map(place -> place.hasSeq() ? place.getSeq() : Long.MAX_VALUE);
    }

    private static long first(Stretch stretch, TimelineWindow otherwise) {
        return stretch.rows().isEmpty()
                ? otherwise.firstSeq()
                : stretch.rows().get(0).seq();
    }

    /** Where the window ends behind a stretch: nowhere, if nothing comes behind that. */
    private static OptionalLong last(Stretch stretch) {
        return stretch.isMore()
                ? OptionalLong.of(stretch.rows().get(stretch.rows().size() - 1).seq())
                : OptionalLong.empty();
    }

    /** What does not fit is left out at the end. */
    private WindowedTimeline fromStart(LiveChannel channel, TimelineWindow window) {
        Stretch shown = Stretch.forward(store, channel, window.firstSeq(), window.lastPlace(), Timeline.ITEMS_MAX);
        return show(
                channel, new TimelineWindow(window.firstSeq(), shown.isMore() ? last(shown) : window.lastSeq()), shown);
    }

    /** What does not fit is left out at the beginning. */
    private WindowedTimeline toEnd(LiveChannel channel, TimelineWindow window) {
        Stretch shown = Stretch.back(store, channel, window.lastPlace(), window.firstSeq(), Timeline.ITEMS_MAX);
        return show(
                channel,
                new TimelineWindow(shown.isMore() ? first(shown, window) : window.firstSeq(), window.lastSeq()),
                shown);
    }

    private WindowedTimeline show(LiveChannel channel, TimelineWindow window, Stretch log) {
        List<TimelineItem> items = new ArrayList<>();
        Set<ItemKey> taken = new HashSet<>();
        for (Stretch.Row row : log.rows()) {
            ItemKey key = keyOf(row);
            items.add(new TimelineItem(
                    taken.add(key) ? key : new ItemKey.OfPlace(row.seq(), row.within()),
                    HistoryBook.message(channel, row),
                    ReadMark.isUnread(channel, row)));
        }
        if (window.isLive()) {
            addUnordered(channel, items, taken);
        }
        boolean hasEarlier = !Stretch.back(store, channel, window.firstSeq() - 1, 0, 1)
                .rows()
                .isEmpty();
        return new WindowedTimeline(
                window,
                new Timeline(
                        channel.id(),
                        items,
                        hasEarlier,
                        !window.isLive(),
                        ReadMark.unread(store, channel),
                        endOf(channel)));
    }

    private void addUnordered(LiveChannel channel, List<TimelineItem> items, Set<ItemKey> taken) {
        ProvisionalRows.visit(store, channel, (number, row) -> {
            Message message = ProvisionalRows.message(channel, row);
            message.id()
                    .map(ItemKey.OfMessage::new)
                    .filter(taken::add)
                    .ifPresent(
                            key -> items.add(new TimelineItem(key, message, ReadMark.isUnread(channel, number, row))));
            return true;
        });
        for (Message message : OutgoingRows.pending(new StoreTransaction(store), channel)) {
            message.id()
                    .map(ItemKey.OfMessage::new)
                    .filter(taken::add)
                    .ifPresent(key -> items.add(new TimelineItem(key, message, false)));
        }
    }

    private LogEnd endOf(LiveChannel channel) {
        if (channel.membership().isOver()) {
            return LogEnd.OVER;
        } else if (channel.reading().withheld) {
            return LogEnd.WITHHELD;
        }
        return link.isOnline() && channel.reading().caughtUp ? LogEnd.READ : LogEnd.BEHIND;
    }

    /** A channel as a list shows it. A version before this one has not kept when something was said in it last: then the last message tells. */
    ChannelSummary summary(LiveChannel channel, boolean accepted) {
        Optional<Message> last = last(channel);
        long active = channel.row().getActiveMillis();
        return new ChannelSummary(
                channel.state(),
                last,
                ReadMark.unread(store, channel),
                channel.row().getMuted(),
                accepted,
                active > 0 ? active : last.map(Message::sentMillis).orElse(0L));
    }

    private Optional<Message> last(LiveChannel channel) {
        return OutgoingRows.lastPending(new StoreTransaction(store), channel)
                .or(() -> ProvisionalRows.last(store, channel))
                .or(() -> lastInLog(channel));
    }

    private Optional<Message> lastInLog(LiveChannel channel) {
        List<Stretch.Row> rows = Stretch.back(store, channel, Long.MAX_VALUE, 0, LAST_LOOKED_THROUGH_MAX)
                .rows();
        for (int i = rows.size() - 1; i >= 0; i--) {
            if (!isKeyRenewal(rows.get(i).message())) {
                return Optional.of(HistoryBook.message(channel, rows.get(i)));
            }
        }
        return Optional.empty();
    }

    private static boolean isKeyRenewal(StoredMessage row) {
        return row.hasMembersChanged()
                && row.getMembersChanged().getAddedCount() == 0
                && row.getMembersChanged().getRemovedCount() == 0;
    }

    static ItemKey keyOf(Stretch.Row row) {
        return HistoryBook.idOf(row.message())
                .<ItemKey>map(ItemKey.OfMessage::new)
                .orElseGet(() -> new ItemKey.OfPlace(row.seq(), row.within()));
    }
}
