package chat.samara.cli.message;

import chat.samara.client.Client;
import chat.samara.client.channel.ChannelState;
import chat.samara.client.display.DisplayText;
import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.ClientException;
import chat.samara.wire.log.ChannelId;

/** What a channel is called that a sentence is about; its id is always beside the name, since two can be called the same. */
@FunctionalInterface
public interface ChannelNames {
    /** Safe to print. Callable from any thread. */
    String of(ChannelId id);

    /** As the profile knows them. */
    static ChannelNames of(Client client) {
        return id -> {
            try {
                ChannelState state = client.channel(id).state();
                if (!state.name().isEmpty() && !state.isNameLikeAnId()) {
                    return "\"" + DisplayText.ofLine(state.name()) + "\" (" + digits(id) + ")";
                }
            } catch (ClientException | ClientClosedException unknown) {
                // It has no name here.
            }
            return digits(id);
        };
    }

    private static String digits(ChannelId id) {
        return id.toString().substring(0, SeenKeyWords.DIGITS);
    }
}
