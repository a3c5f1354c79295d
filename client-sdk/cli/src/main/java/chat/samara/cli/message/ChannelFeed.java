package chat.samara.cli.message;

import chat.samara.client.Client.Channel;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.refusal.Refusal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * What is new in a channel since one last asked. It reads the channel's history and what is pending; an event of the client is only a
 * reason to ask. So nothing is shown twice or left out, however events and questions interleave. Confined to one thread at a time.
 */
public final class ChannelFeed {
    private static final int PAGE_MESSAGES = 256;

    /** Something to show. */
    public sealed interface Item {}

    /** A message that was not shown before. */
    public record Shown(Message message) implements Item {}

    /** A message that was shown before it was in the log has come further. */
    public record Moved(MessageId id, boolean own, MessageState state, OptionalLong seq, Optional<Refusal> refusal)
            implements Item {}

    /** An own message that was shown goes on under another id: something else was put into the log under the first. */
    public record Renamed(MessageId before, MessageId now) implements Item {}

    private final Channel channel;
    private final Map<MessageId, MessageState> shownBeforeOrdered = new HashMap<>();
    private long afterSeq;

    /** @param afterSeq what is in the log up to here was shown, or is not wanted */
    public ChannelFeed(Channel channel, long afterSeq) {
        this.channel = channel;
        this.afterSeq = afterSeq;
    }

    /** A feed that begins with the last {@code count} places that have something to show: a renewal of keys has not. */
    public static ChannelFeed ofLast(Channel channel, long count) {
        long start = channel.state().seq();
        long missing = count;
        while (missing > 0 && start > 0) {
            long end = start;
            start = Math.max(0, end - missing);
            missing -= rows(channel, start, end);
        }
        return new ChannelFeed(channel, start);
    }

    /** How many have something to show, after the one place and up to the other. */
    private static long rows(Channel channel, long afterSeq, long lastSeq) {
        long found = 0;
        long at = afterSeq;
        while (at < lastSeq) {
            List<Message> page = channel.history(at, (int) Math.min(PAGE_MESSAGES, lastSeq - at));
            if (page.isEmpty()) {
                return found;
            }
            for (Message message : page) {
                at = Math.max(at, message.seq().orElse(lastSeq));
                found += at <= lastSeq && !MessageSentence.isKeyRenewal(message.body()) ? 1 : 0;
            }
        }
        return found;
    }

    public Channel channel() {
        return channel;
    }

    /**
     * Shows the news, in their order: the log's, then what is not ordered yet. Each page is shown before the next is asked for, so that of a
     * long history no more than one is held.
     */
    public void news(Consumer<List<Item>> shown) {
        for (List<Item> page = nextPage(); !page.isEmpty(); page = nextPage()) {
            shown.accept(page);
        }
        List<Item> waiting = new ArrayList<>();
        for (Message message : channel.pending()) {
            pending(message).ifPresent(waiting::add);
        }
        shown.accept(waiting);
    }

    private List<Item> nextPage() {
        List<Item> page = new ArrayList<>();
        for (Message message : channel.history(afterSeq, PAGE_MESSAGES)) {
            afterSeq = Math.max(afterSeq, message.seq().orElse(afterSeq));
            page.add(ordered(message));
        }
        return page;
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
            return Optional.of(new Shown(message));
        }
        return before == message.state()
                ? Optional.empty()
                : Optional.of(new Moved(
                        message.id().get(), message.own(), message.state(), message.seq(), message.refusal()));
    }
}
