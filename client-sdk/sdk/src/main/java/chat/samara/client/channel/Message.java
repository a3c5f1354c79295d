package chat.samara.client.channel;

import chat.samara.client.refusal.Refusal;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One place in a channel's history.
 *
 * @param channel where
 * @param id of what a device sent; empty for what has no author
 * @param seq its place in the log; empty while the hub has not ordered it
 * @param sender who said or did it; empty where nobody can be named
 * @param own whether this device did
 * @param sentMillis when its author says it was sent (texts) or the hub ordered it (all else); milliseconds since 1970 UTC
 * @param state how far it has come
 * @param refusal why, where the state is REFUSED; or QUEUED, if the own server takes none just now; or STORED, if the hub orders none just now
 * @param body what it says
 * @param attributes what it says beside that, as its author says; nothing for what no device said, or that a version before this has read
 */
public record Message(
        ChannelId channel,
        Optional<MessageId> id,
        OptionalLong seq,
        Optional<UserId> sender,
        boolean own,
        long sentMillis,
        MessageState state,
        Optional<Refusal> refusal,
        MessageBody body,
        MessageAttributes attributes) {
    /** With nothing beside its body. */
    public Message(
            ChannelId channel,
            Optional<MessageId> id,
            OptionalLong seq,
            Optional<UserId> sender,
            boolean own,
            long sentMillis,
            MessageState state,
            Optional<Refusal> refusal,
            MessageBody body) {
        this(channel, id, seq, sender, own, sentMillis, state, refusal, body, MessageAttributes.NONE);
    }

    /** Whether it was delivered before the hub ordered it. */
    public boolean provisional() {
        return state == MessageState.PROVISIONAL;
    }
}
