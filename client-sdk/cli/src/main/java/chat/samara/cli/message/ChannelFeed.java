package chat.samara.cli.message;

import chat.samara.client.Client.Channel;
import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.timeline.ItemKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What is new in a channel since one last asked. It reads the channel's history and what is pending; an event of the client is only a
 * reason to ask. So nothing is shown twice or left out, however events and questions interleave. Confined to one thread at a time.
 */
public final class ChannelFeed {
    static final int PAGE_MESSAGES = 256;

    /** Something to show. */
    public sealed interface Item {}

    /** A message that was not shown before; or, folded, what one author has done to the channel's members by several, as one of all of it. */
    public record Shown(Message message) implements Item {}

    /**
     * Messages that were not shown before, stand one behind the other and cannot be read, for one reason.
     *
     * @param count how many, at least 2
     * @param sameDetail whether the first one's detail is that of all
     */
    public record Unreadables(Message first, Message last, int count, boolean sameDetail) implements Item {}

    /** A message that was shown before it was in the log has come further. */
    public record Moved(MessageId id, boolean own, MessageState state, OptionalLong seq, Optional<Refusal> refusal)
            implements Item {}

    /** An own message that was shown goes on under another id: something else was put into the log under the first. */
    public record Renamed(MessageId before, MessageId now) implements Item {}

    private final Channel channel;
    private final Fold fold = new Fold();
    private final Map<MessageId, MessageState> shownBeforeOrdered = new HashMap<>();
    private final long openedAtSeq;
    /** What was not in the log yet when this feed was made. */
    private final List<Message> waitedWhenOpened;

    private long afterSeq;

    /** The last that was shown of the log, and of what is not in it yet, since a person has read it. */
    private Optional<ItemKey> lastInLog = Optional.empty();

    private Optional<ItemKey> lastPending = Optional.empty();

    /** Something that nobody has read stands before what is shown: then it stays unread, and so does what follows on it. */
    private final boolean leavesOut;

    /** @param afterSeq what is in the log up to here was shown, or is not wanted */
    public ChannelFeed(Channel channel, long afterSeq) {
        // What waits is asked for first: what has come into the log by the next question is in that.
        this(channel, channel.pending(), afterSeq, channel.state());
    }

    /** Nothing more comes where this device is no member: what it is told of that stands behind the last entry that it has applied. */
    private static long end(ChannelState state) {
        return state.membership().isOver() ? Long.MAX_VALUE : state.seq();
    }

    private ChannelFeed(Channel channel, List<Message> waiting, long afterSeq, ChannelState state) {
        this.channel = channel;
        this.waitedWhenOpened = waiting;
        this.afterSeq = afterSeq;
        this.openedAtSeq = end(state);
        this.leavesOut = channel.summary()
                .unread()
                .first()
                .filter(first -> seqOf(channel, first) <= afterSeq)
                .isPresent();
    }

    /**
     * A feed that begins with the last {@code count} messages and places that have something to show: a renewal of keys has not. All that is not in
     * the log yet is shown, also if that is more.
     *
     * @param folded whether the news are shown by {@link #newsFolded}: then what is said in one row counts once
     */
    public static ChannelFeed ofLast(Channel channel, long count, boolean folded) {
        List<Message> waiting = channel.pending();
        ChannelState state = channel.state();
        long onTheirWay = waiting.stream()
                .filter(message -> message.own() && message.state() != MessageState.REFUSED)
                .count();
        long ofLog = Math.max(0, count - onTheirWay);
        return new ChannelFeed(channel, waiting, new LastRows(channel, folded).startOf(ofLog, state.seq()), state);
    }

    public Channel channel() {
        return channel;
    }

    /**
     * Shows the news, in their order: the log's, then what is not ordered yet. Each page is shown before the next is asked for, so that of a
     * long history no more than one is held.
     */
    public void news(Consumer<List<Item>> shown) {
        news(shown, Long.MAX_VALUE);
    }

    /** As {@link #news}, for a person: what one row says of many messages is one item. */
    public void newsFolded(Consumer<List<Item>> shown) {
        int unused = newsFoldedSoFar(shown);
        release(shown);
    }

    /**
     * As {@link #newsFolded}, but holds back a last row of members who were added or removed, since more may come that belongs to it: to be
     * {@linkplain #release released} soon.
     *
     * @return how many members there are in that row; 0 if nothing is held back
     */
    public int newsFoldedSoFar(Consumer<List<Item>> shown) {
        news(items -> fold.take(items, shown), Long.MAX_VALUE);
        if (fold.membersHeldBack() == 0) {
            release(shown);
        }
        return fold.membersHeldBack();
    }

    /** Shows what was held back. */
    public void release(Consumer<List<Item>> shown) {
        fold.end(shown);
    }

    /**
     * As these, but of the log only what was in it when this feed was made, and what has come into it since of that which waited then.
     *
     * @param folded as {@link #newsFolded} shows it
     */
    public void newsWhenOpened(boolean folded, Consumer<List<Item>> shown) {
        news(folded ? items -> fold.take(items, shown) : shown, openedAtSeq);
        fold.end(shown);
        List<Item> arrived = arrivedSinceOpened();
        if (!arrived.isEmpty()) {
            shown.accept(arrived);
        }
    }

    /** What waited, and went into the log behind all that is shown of it before it was asked again what waits. */
    private List<Item> arrivedSinceOpened() {
        Set<MessageId> sought = new HashSet<>();
        waitedWhenOpened.forEach(message -> message.id().ifPresent(sought::add));
        sought.removeAll(shownBeforeOrdered.keySet());
        List<Item> arrived = new ArrayList<>();
        long after = openedAtSeq;
        while (!sought.isEmpty() && after < Long.MAX_VALUE) {
            List<Message> page = channel.history(after, PAGE_MESSAGES);
            if (page.isEmpty()) {
                break;
            }
            for (Message message : page) {
                after = Math.max(after, message.seq().orElse(after));
                if (message.id().filter(sought::remove).isPresent()) {
                    arrived.add(new Shown(message));
                }
            }
        }
        return arrived;
    }

    private void news(Consumer<List<Item>> shown, long lastSeq) {
        for (List<Item> page = nextPage(lastSeq); !page.isEmpty(); page = nextPage(lastSeq)) {
            shown.accept(page);
        }
        List<Item> waiting = new ArrayList<>();
        for (Message message : channel.pending()) {
            pending(message).ifPresent(waiting::add);
        }
        shown.accept(waiting);
    }

    private List<Item> nextPage(long lastSeq) {
        List<Item> page = new ArrayList<>();
        for (Message message : channel.history(afterSeq, PAGE_MESSAGES)) {
            if (message.seq().orElse(0) > lastSeq) {
                return page;
            }
            afterSeq = Math.max(afterSeq, message.seq().orElse(afterSeq));
            lastInLog = Optional.of(new ItemKey.OfPlace(afterSeq, 0));
            page.add(ordered(message));
        }
        return page;
    }

    private static long seqOf(Channel channel, ItemKey item) {
        return item instanceof ItemKey.OfPlace place
                ? place.seq()
                : channel.message(((ItemKey.OfMessage) item).id())
                        .map(message -> message.seq().orElse(Long.MAX_VALUE))
                        .orElse(Long.MAX_VALUE);
    }

    /** A person has seen all that was shown. What was not shown, and stands before that, was not read: then nothing is. */
    public void read() {
        if (leavesOut) {
            return;
        }
        lastInLog = lastInLog.filter(item -> !markRead(item));
        lastPending = lastPending.filter(item -> !markRead(item));
    }

    /** Whether that is done. What was taken back since, or has got another name, is not read, and nothing is lost by that. */
    private boolean markRead(ItemKey item) {
        try {
            channel.markRead(item);
            return true;
        } catch (ClientException gone) {
            return gone.code() == RefusalCode.UNKNOWN_MESSAGE;
        }
    }

    /** An event has told this. Returns what to show of it. */
    public Optional<Item> renamed(MessageId before, MessageId now) {
        MessageState state = shownBeforeOrdered.remove(before);
        if (state == null) {
            return Optional.empty();
        }
        shownBeforeOrdered.putIfAbsent(now, state);
        return Optional.of(new Renamed(before, now));
    }

    private Item ordered(Message message) {
        Optional<MessageId> id = message.id();
        // What cannot be read is something else than what was shown, though it stands in the log under the same id.
        boolean same = !(message.body() instanceof MessageBody.Unreadable);
        if (id.isPresent() && same && shownBeforeOrdered.remove(id.get()) != null) {
            return new Moved(id.get(), message.own(), message.state(), message.seq(), message.refusal());
        }
        return new Shown(message);
    }

    private Optional<Item> pending(Message message) {
        if (message.id().isEmpty()) {
            return Optional.empty();
        }
        MessageState before = shownBeforeOrdered.put(message.id().get(), message.state());
        if (before == null) {
            lastPending = message.id().map(ItemKey.OfMessage::new);
            return Optional.of(new Shown(message));
        }
        return before == message.state()
                ? Optional.empty()
                : Optional.of(new Moved(
                        message.id().get(), message.own(), message.state(), message.seq(), message.refusal()));
    }
}
