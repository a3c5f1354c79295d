package chat.samara.client.timeline;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Message;
import java.util.Optional;

/**
 * A channel as a list shows it.
 *
 * @param state its name, membership and the like
 * @param last what was said or happened last, own messages included; empty if nothing was
 * @param unread what nobody has read on this device
 * @param muted whether a person does not want to be told of it
 * @param accepted whether this member has made it, said something in it, or changed who is in it; a stranger can add a device to a channel
 * @param activeMillis when something was said in it last, milliseconds since 1970 UTC: as its sender says, but not later than when this device heard of it
 */
public record ChannelSummary(
        ChannelState state,
        Optional<Message> last,
        Unread unread,
        boolean muted,
        boolean accepted,
        long activeMillis) {}
