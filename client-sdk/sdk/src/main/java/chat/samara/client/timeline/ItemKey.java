package chat.samara.client.timeline;

import chat.samara.client.channel.MessageId;

/** Names an item of a timeline within its channel, as long as it stands there. */
public sealed interface ItemKey {
    /** What a device has sent: the same from before it is sent, wherever it stands. An own message may go on under another ({@code MessageRenamed}). */
    record OfMessage(MessageId id) implements ItemKey {}

    /**
     * What has no author, such as who came and went; and what stands in the log once more under a name that another item has.
     *
     * @param seq its place in the log
     * @param row which row of that place, from 0
     */
    record OfPlace(long seq, int row) implements ItemKey {}
}
