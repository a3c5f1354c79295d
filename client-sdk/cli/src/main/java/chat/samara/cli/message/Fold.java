package chat.samara.cli.message;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Says once what would be said again and again: of messages that stand one behind the other, are of one author and cannot be read for one reason, a
 * person reads one row. Holds the first of them and how many there are, however many come.
 */
final class Fold {
    private final Consumer<List<ChannelFeed.Item>> shown;
    private Optional<Message> first = Optional.empty();
    private Optional<Message> last = Optional.empty();
    private int count;
    private boolean sameDetail;

    /** @param shown gets the items, in their order */
    Fold(Consumer<List<ChannelFeed.Item>> shown) {
        this.shown = shown;
    }

    /** Whether the two are said in one row. */
    static boolean isOne(Message message, Message next) {
        return message.body() instanceof MessageBody.Unreadable one
                && next.body() instanceof MessageBody.Unreadable other
                && one.reason() == other.reason()
                && message.sender().equals(next.sender());
    }

    /** Takes the next ones. What may go on is held back until {@link #end}. */
    void take(List<ChannelFeed.Item> items) {
        List<ChannelFeed.Item> now = new ArrayList<>();
        for (ChannelFeed.Item item : items) {
            boolean hidden = item instanceof ChannelFeed.Shown of
                    && MessageSentence.isKeyRenewal(of.message().body());
            if (item instanceof ChannelFeed.Shown of && goesOn(of.message())) {
                count++;
                sameDetail &= detail(first.orElseThrow()).equals(detail(of.message()));
                last = Optional.of(of.message());
            } else if (!hidden) {
                release(now);
                if (item instanceof ChannelFeed.Shown of && of.message().body() instanceof MessageBody.Unreadable) {
                    first = Optional.of(of.message());
                    last = first;
                    count = 1;
                    sameDetail = true;
                } else {
                    now.add(item);
                }
            }
        }
        shown.accept(now);
    }

    /** Nothing more comes for now. */
    void end() {
        List<ChannelFeed.Item> last = new ArrayList<>();
        release(last);
        shown.accept(last);
    }

    private boolean goesOn(Message message) {
        return first.filter(it -> isOne(it, message)).isPresent();
    }

    private static Object detail(Message message) {
        return ((MessageBody.Unreadable) message.body()).detail();
    }

    private void release(List<ChannelFeed.Item> into) {
        first.ifPresent(message -> into.add(
                count == 1
                        ? new ChannelFeed.Shown(message)
                        : new ChannelFeed.Unreadables(message, last.orElseThrow(), count, sameDetail)));
        first = Optional.empty();
    }
}
