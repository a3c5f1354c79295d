package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.display.DisplayText;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Which channel a person means: by its name, or by the first digits of its id. */
final class ChannelChoice {
    /** Hex digits of an id that are shown, and that are enough to name one. */
    static final int ID_DIGITS = 12;

    private static final int ID_DIGITS_MIN = 6;

    private ChannelChoice() {}

    /** The one channel that fits. */
    static Channel of(Client client, String typed) throws CommandFailure {
        List<Channel> channels = client.channels();
        List<Channel> fitting =
                channels.stream().filter(channel -> isCalled(channel, typed)).toList();
        if (fitting.isEmpty()) {
            fitting = channels.stream().filter(channel -> hasId(channel, typed)).toList();
        }
        if (fitting.size() == 1) {
            return fitting.get(0);
        }
        String shown = "\"" + DisplayText.ofLine(typed) + "\"";
        if (fitting.isEmpty()) {
            String known = channels.isEmpty()
                    ? "this profile is in no channel yet"
                    : "there are: "
                            + channels.stream().map(ChannelChoice::named).collect(Collectors.joining(", "));
            throw new CommandFailure(ExitCode.REFUSED, "there is no channel " + shown + "; " + known + ".");
        }
        throw new CommandFailure(
                ExitCode.REFUSED,
                shown + " fits several channels; say which by its id: "
                        + fitting.stream().map(ChannelChoice::shortId).collect(Collectors.joining(", ")));
    }

    /** Whether {@link #of} would find one or several. */
    static boolean exists(Client client, String typed) {
        return client.channels().stream().anyMatch(channel -> isCalled(channel, typed) || hasId(channel, typed));
    }

    static String shortId(Channel channel) {
        return channel.id().toString().substring(0, ID_DIGITS);
    }

    /** A channel's name, or its id while it has none. */
    static String named(Channel channel) {
        String name = channel.state().name();
        return name.isEmpty() ? shortId(channel) : "\"" + DisplayText.ofLine(name) + "\"";
    }

    /** The same, for the beginning of a line. */
    static String label(Channel channel) {
        String name = channel.state().name();
        return name.isEmpty() ? shortId(channel) : name;
    }

    private static boolean isCalled(Channel channel, String typed) {
        String name = channel.state().name();
        return !name.isEmpty() && folded(name).equals(folded(typed));
    }

    private static boolean hasId(Channel channel, String typed) {
        return typed.length() >= ID_DIGITS_MIN && channel.id().toString().startsWith(typed.toLowerCase(Locale.ROOT));
    }

    /** Keyboards differ in how they compose letters. */
    private static String folded(String name) {
        return Normalizer.normalize(name.strip(), Normalizer.Form.NFC);
    }
}
