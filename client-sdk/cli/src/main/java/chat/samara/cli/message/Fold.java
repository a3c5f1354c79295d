package chat.samara.cli.message;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageBody.MembersChanged;
import chat.samara.wire.identity.UserId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Says once what would be said again and again: a person reads one row of messages that stand one behind the other, are of one author and cannot be read for one reason; and
 * one row of whom an author has added, or removed, by one change after another. What such a row says of messages is held back until one comes that does not belong to it,
 * or {@link #end}; of those that cannot be read the first and their number, of members at most so many names.
 */
final class Fold {
    private static final int NAMES_MAX = 1_000;
    private static final long PAUSE_MILLIS_MAX = Duration.ofMinutes(10).toMillis();

    private Optional<Message> first = Optional.empty();
    private Optional<Message> last = Optional.empty();
    private int count;
    private boolean sameDetail;
    private final Set<UserId> members = new LinkedHashSet<>();

    /** The channel's name, which whoever adds a member says again behind it. */
    private Optional<ChannelFeed.Shown> nameBehind = Optional.empty();

    /** Whether the two are said in one row. */
    static boolean isOne(Message message, Message next) {
        if (!message.sender().equals(next.sender())) {
            return false;
        }
        if (message.body() instanceof MessageBody.Unreadable one
                && next.body() instanceof MessageBody.Unreadable other) {
            return one.reason() == other.reason();
        }
        return isOfMembers(message)
                && isOfMembers(next)
                && message.body() instanceof MembersChanged one
                && next.body() instanceof MembersChanged other
                && one.added().isEmpty() == other.added().isEmpty()
                && Math.abs(next.sentMillis() - message.sentMillis()) <= PAUSE_MILLIS_MAX;
    }

    /** Whether it adds members or removes some, and not both, by somebody's commit. */
    private static boolean isOfMembers(Message message) {
        return message.sender().isPresent()
                && message.seq().isPresent()
                && message.body() instanceof MembersChanged change
                && change.added().isEmpty() != change.removed().isEmpty();
    }

    /** Whether the second is what its author says behind an addition of theirs: the channel's name, for whoever was added. */
    static boolean isNameBehind(Message message, Message next) {
        return next.body() instanceof MessageBody.Profile
                && isOfMembers(message)
                && message.sender().equals(next.sender());
    }

    /** How many members there are in a row that is held back; such a row ends with so many names. */
    int membersHeldBack() {
        return members.size();
    }

    /**
     * Takes the next ones.
     *
     * @param shown gets what is ready, in order
     */
    void take(List<ChannelFeed.Item> items, Consumer<List<ChannelFeed.Item>> shown) {
        List<ChannelFeed.Item> now = new ArrayList<>();
        for (ChannelFeed.Item item : items) {
            if (!(item instanceof ChannelFeed.Shown one)) {
                release(now);
                now.add(item);
            } else if (!MessageSentence.isKeyRenewal(one.message().body())) {
                take(one, now);
            }
        }
        shown.accept(now);
    }

    private void take(ChannelFeed.Shown one, List<ChannelFeed.Item> now) {
        Message message = one.message();
        if (last.filter(it -> isOne(it, message)).isPresent() && members.size() < NAMES_MAX) {
            goOn(message);
        } else if (isNameAgain(message)) {
            nameBehind = Optional.of(one);
        } else {
            release(now);
            if (message.body() instanceof MessageBody.Unreadable || isOfMembers(message)) {
                begin(message);
            } else {
                now.add(one);
            }
        }
    }

    private void begin(Message message) {
        first = Optional.of(message);
        last = first;
        count = 1;
        sameDetail = true;
        members.addAll(membersOf(message));
    }

    private void goOn(Message message) {
        count++;
        sameDetail &= !(message.body() instanceof MessageBody.Unreadable it)
                || it.detail()
                        .equals(((MessageBody.Unreadable) first.orElseThrow().body()).detail());
        last = Optional.of(message);
        members.addAll(membersOf(message));
    }

    private static Message with(Message message, MessageBody body) {
        return new Message(
                message.channel(),
                message.id(),
                message.seq(),
                message.sender(),
                message.own(),
                message.sentMillis(),
                message.state(),
                message.refusal(),
                body);
    }

    private static List<UserId> membersOf(Message message) {
        if (!(message.body() instanceof MembersChanged change)) {
            return List.of();
        }
        return change.added().isEmpty() ? change.removed() : change.added();
    }

    private boolean isNameAgain(Message message) {
        return last.filter(it -> isNameBehind(it, message)).isPresent()
                && nameBehind
                        .filter(it -> !it.message().body().equals(message.body()))
                        .isEmpty();
    }

    /** Nothing more comes for now. */
    void end(Consumer<List<ChannelFeed.Item>> shown) {
        List<ChannelFeed.Item> rest = new ArrayList<>();
        release(rest);
        shown.accept(rest);
    }

    private void release(List<ChannelFeed.Item> into) {
        first.ifPresent(message -> into.add(count == 1 ? new ChannelFeed.Shown(message) : together(message)));
        nameBehind.ifPresent(into::add);
        first = Optional.empty();
        last = Optional.empty();
        nameBehind = Optional.empty();
        members.clear();
    }

    private ChannelFeed.Item together(Message message) {
        Message end = last.orElseThrow();
        if (!(message.body() instanceof MembersChanged change)) {
            return new ChannelFeed.Unreadables(message, end, count, sameDetail);
        }
        List<UserId> all = List.copyOf(members);
        MembersChanged body =
                change.added().isEmpty() ? new MembersChanged(List.of(), all) : new MembersChanged(all, List.of());
        return new ChannelFeed.Shown(with(end, body));
    }
}
