package chat.samara.client.channel;

import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;

/** How this device came to see a member's identity key. Either kind is somebody's word that the key is that member's. */
public sealed interface KeySighting {
    /** When, by this device's clock, milliseconds since 1970 UTC. */
    long millis();

    /**
     * A device of the member's name stood in a channel under this key. Any member can bring in a device of any name.
     *
     * @param through whose commit brought it in: the member's own, where it founded the channel or came back; or whose commit added this
     *     device, where it was found there
     * @param foundThere whether it was there already when this device came, brought in by whomever
     */
    record InChannel(ChannelId channel, UserId through, boolean foundThere, long millis) implements KeySighting {}

    /** The own server gave out the member's KeyPackages under this key, when the member was to be added. */
    record FromDirectory(long millis) implements KeySighting {}
}
