package chat.samara.client.device;

import chat.samara.client.channel.MessageId;
import chat.samara.client.refusal.Refusal;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;

/** How a command ended. */
public sealed interface Outcome {
    /** The account is open. */
    record Joined(UserId user) implements Outcome {}

    /** The channel is on the server. */
    record ChannelCreated(ChannelId channel) implements Outcome {}

    /** The change is in the log. */
    record Changed(ChannelId channel, long seq) implements Outcome {}

    /** The message is durable on this device. */
    record Queued(ChannelId channel, MessageId id) implements Outcome {}

    /** Nothing more to say. */
    record Done() implements Outcome {}

    /** It was not done, and why. */
    record Refused(Refusal refusal) implements Outcome {}
}
