package chat.samara.client.evidence;

import chat.samara.client.channel.MessageId;
import chat.samara.client.content.ReceivedContent;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.message.MessageContext;

/**
 * Who said what, proved by {@link MessageEvidence}. Immutable.
 *
 * @param channel in which it was said
 * @param epoch MLS epoch in which it was sent
 * @param certificate of the device that sent it
 * @param senderLeaf its leaf index in that epoch
 * @param context what it is bound to: its franking tag, and the last entry that its author had seen
 * @param content what it says
 */
public record ProvenMessage(
        ChannelId channel,
        long epoch,
        DeviceCertificate certificate,
        int senderLeaf,
        MessageContext context,
        ReceivedContent content) {
    /** Who said it, as the identity key in the certificate has signed. */
    public UserId author() {
        return certificate.user();
    }

    /** The identity key under which it was said. */
    public Bytes identityKey() {
        return certificate.identityKey();
    }

    /** What it is called in its channel. */
    public MessageId id() {
        return new MessageId(certificate.device(), context.idempotencyKey());
    }

    /** Not what was said. */
    @Override
    public String toString() {
        return "ProvenMessage(" + id() + " by " + author() + " in epoch " + epoch + ")";
    }
}
