package chat.samara.cli.message;

import chat.samara.cli.NextCommand;
import chat.samara.client.Client.Channel;
import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Membership;
import chat.samara.client.device.Change;
import chat.samara.client.device.WaitingChange;
import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.ClientException;
import chat.samara.wire.identity.UserId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A change of members or keys that was asked for and is not done yet, in words: that it waits, that it is kept, and how to be rid of it. */
public final class PendingChange {
    /** Names a renewal of keys where a change of members is named by the member. */
    private static final String KEYS = "keys";

    private PendingChange() {}

    /** What is wanted, for example "removing bob@tunis.example". */
    public static String wanted(Change change) {
        if (change instanceof Change.Add add) {
            return "adding " + MessageSentence.name(add.member());
        } else if (change instanceof Change.Remove remove) {
            return "removing " + MessageSentence.name(remove.member());
        }
        return "renewing your keys";
    }

    /** By what a person names it: the member, or "keys". */
    public static String key(Change change) {
        return member(change).map(UserId::toString).orElse(KEYS);
    }

    private static Optional<UserId> member(Change change) {
        if (change instanceof Change.Add add) {
            return Optional.of(add.member());
        }
        return change instanceof Change.Remove remove ? Optional.of(remove.member()) : Optional.empty();
    }

    /** Whether it waits in the channel; of a device that has ended, nobody can say. */
    public static boolean waits(Channel channel, Change change) {
        return of(channel).stream().anyMatch(it -> it.change().equals(change));
    }

    /** What waits there; nothing if the device has ended. */
    public static List<WaitingChange> of(Channel channel) {
        try {
            return channel.waitingChanges();
        } catch (ClientClosedException ended) {
            return List.of();
        }
    }

    /** Whether the channel has it so, by its hub's word, as far as this device knows; false of a renewal of keys. */
    public static boolean isDone(Channel channel, Change change) {
        return !waits(channel, change) && isShown(channel, change);
    }

    /** The own server shows it so. As long as it waits all the same, that is this server's word alone. */
    private static boolean isShown(Channel channel, Change change) {
        Optional<UserId> member = member(change);
        if (member.isEmpty() || channel.state().membership() != Membership.MEMBER) {
            return false;
        }
        boolean isIn = channel.members().stream().anyMatch(it -> it.user().equals(member.get()));
        return isIn == (change instanceof Change.Add);
    }

    /** What is said to who has waited for it in vain. */
    public static ClientException kept(
            Channel channel, Change change, ClientException refused, Duration waited, NextCommand next) {
        return new ClientException(
                refused.code(),
                "not done within " + waited.toSeconds() + " s ("
                        + refused.refusal().sentence()
                        + "). It is "
                        + ChannelStanding.kept(
                                channel.state(), ", and done when samara runs next and the server takes it")
                        + "."
                        + (change instanceof Change.Remove
                                ? " Until then they read what others say, and what you write waits for it."
                                : "")
                        + " To see it, or to take it back: " + Unsent.line(channel, next),
                refused);
    }

    /** Its row in a list. */
    public static String row(Channel channel, WaitingChange waiting) {
        if (waiting.handedOver() && isShown(channel, waiting.change())) {
            return "·  " + wanted(waiting.change())
                    + ": done, as your server shows it; the word of the channel's hub is awaited  ["
                    + key(waiting.change()) + "]";
        }
        return "·  " + wanted(waiting.change())
                + (waiting.handedOver() ? ": sent, and perhaps done already" : ": waits")
                + waiting.why().map(why -> ": " + why.sentence()).orElse("")
                + "  [" + key(waiting.change()) + "]";
    }

    /** Beside a member of whom this device has asked for something that is not done; empty for others. */
    public static String mark(Channel channel, UserId member) {
        return of(channel).stream()
                .filter(it -> it.change().equals(new Change.Remove(member)))
                .map(it -> ", your removal of them waits")
                .findFirst()
                .orElse("");
    }

    /** Those who are to be added and are not in the channel yet, one sentence for each. */
    public static List<String> notYetIn(Channel channel) {
        return of(channel).stream()
                .map(WaitingChange::change)
                .filter(change -> change instanceof Change.Add && !isShown(channel, change))
                .map(change -> "Not in the channel yet: " + wanted(change) + " waits.")
                .toList();
    }

    /** For programs. */
    public static JsonLine json(String type, ChannelState channel, Change change) {
        JsonLine line = new JsonLine(type)
                .with("channel", channel.id().toString())
                .with("channel_name", channel.name())
                .with("change", word(change));
        member(change).ifPresent(member -> line.with("user", member.toString()));
        return line;
    }

    /** For programs: that it waits. */
    public static JsonLine json(ChannelState channel, WaitingChange waiting) {
        JsonLine line = json("change_waiting", channel, waiting.change()).with("handed_over", waiting.handedOver());
        return MessageJson.withRefusal(line, waiting.why());
    }

    /** For programs, beside a member: "remove", or nothing. */
    public static String wordOf(Channel channel, UserId member) {
        return of(channel).stream()
                .map(WaitingChange::change)
                .filter(change -> member(change).equals(Optional.of(member)))
                .map(PendingChange::word)
                .findFirst()
                .orElse("");
    }

    private static String word(Change change) {
        if (change instanceof Change.Add) {
            return "add";
        }
        return change instanceof Change.Remove ? "remove" : "update_keys";
    }
}
