package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.channel.ChannelChoice;
import chat.samara.client.channel.ChannelName;
import chat.samara.client.display.DisplayText;
import chat.samara.client.refusal.ClientException;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The channel that a person has named, by its name or by the first digits of its id; and how channels are named to a person. */
final class NamedChannel {
    /** Hex digits of an id that are shown, and that are enough to name one. */
    static final int ID_DIGITS = 12;

    private static final Pattern BEGINNING_OF_ID = Pattern.compile("[0-9a-fA-F]+");

    /** Channels that a refusal lists. */
    private static final int TOLD_MAX = 20;

    private NamedChannel() {}

    /** The one channel that is meant ({@link ChannelChoice}); {@code remark} hears of those that were passed over. */
    static Channel of(Client client, String typed, Consumer<String> remark) throws CommandFailure, ClientException {
        String shown = "\"" + DisplayText.ofLine(typed) + "\"";
        ChannelChoice choice = client.choose(typed);
        if (choice instanceof ChannelChoice.One one) {
            Channel channel = client.channel(one.channel());
            if (!one.passedOver().isEmpty()) {
                remark.accept(shown + " is " + shortId(channel.id()) + ", which "
                        + (channel.isAccepted() ? "you have made or spoken in" : "you are in")
                        + ". Passed over, of the same name or look: " + shortIds(one.passedOver()) + ".");
            }
            return channel;
        } else if (choice instanceof ChannelChoice.Several several) {
            throw new CommandFailure(
                    ExitCode.REFUSED,
                    shown + " fits several channels, or some that look the same; say which by its id: "
                            + shortIds(several.fitting()));
        } else if (choice instanceof ChannelChoice.None none && !none.calledSo().isEmpty()) {
            throw new CommandFailure(
                    ExitCode.REFUSED,
                    "there is no channel with the id " + shown + "; one is called so, which cannot be told from an id."
                            + " Say it by its id: " + shortIds(none.calledSo()));
        }
        List<Channel> channels = client.channels();
        String known = channels.isEmpty() ? "this profile is in no channel yet" : "there are: " + told(channels);
        boolean isTooShort = typed.length() < ChannelName.ID_DIGITS_MIN
                && BEGINNING_OF_ID.matcher(typed).matches();
        throw new CommandFailure(
                ExitCode.REFUSED,
                "there is no channel " + shown
                        + (isTooShort ? " (of an id, " + ChannelName.ID_DIGITS_MIN + " or more digits are needed)" : "")
                        + "; " + known + ".");
    }

    /** Whether it is all of the id of a channel that this device knows: then nothing that comes can change which one is meant. */
    static boolean isKnownId(Client client, String typed) {
        return client.channels().stream()
                .anyMatch(channel -> channel.id().toString().equals(typed));
    }

    static String shortId(Channel channel) {
        return shortId(channel.id());
    }

    private static String shortId(ChannelId id) {
        return id.toString().substring(0, ID_DIGITS);
    }

    private static String shortIds(List<ChannelId> ids) {
        return ids.stream().map(NamedChannel::shortId).collect(Collectors.joining(", "));
    }

    /** The first of them, each with its id: several can be called the same, or look so. */
    private static String told(List<Channel> channels) {
        String first = channels.stream()
                .limit(TOLD_MAX)
                .map(channel ->
                        channel.state().name().isEmpty() ? named(channel) : shortId(channel) + " " + quoted(channel))
                .collect(Collectors.joining(", "));
        int more = channels.size() - TOLD_MAX;
        return first + (more > 0 ? " and " + more + " more: samara channel list" : "");
    }

    /** A channel's name, or its id while it has none, or one that looks like an id. */
    static String named(Channel channel) {
        String name = channel.state().name();
        if (name.isEmpty()) {
            return shortId(channel);
        }
        return channel.state().isNameLikeAnId()
                ? shortId(channel) + " (calls itself " + quoted(channel) + ")"
                : quoted(channel);
    }

    private static String quoted(Channel channel) {
        return "\"" + DisplayText.ofLine(channel.state().name()) + "\"";
    }

    /** The same, for the beginning of a line. */
    static String label(Channel channel) {
        String name = channel.state().name();
        return name.isEmpty() || channel.state().isNameLikeAnId() ? shortId(channel) : name;
    }
}
