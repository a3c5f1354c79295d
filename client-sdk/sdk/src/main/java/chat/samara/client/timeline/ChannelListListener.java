package chat.samara.client.timeline;

import chat.samara.client.refusal.Refusal;

/** Takes the updates of a list of channels; one at a time, on the client's callback thread. */
@FunctionalInterface
public interface ChannelListListener {
    /** It has changed. Whatever happens while this runs is told by the next one, once. */
    void changed(ChannelListUpdate update);

    /** Nothing more comes: the device cannot go on, or the client was closed. */
    default void ended(Refusal why) {}
}
