package chat.samara.mls.framing;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.schedule.GroupContext;

/**
 * What a member has signed by sending an application message as a PrivateMessage of version mls10 (RFC 9420 §6.1). Whoever has it and the
 * GroupContext of its epoch can prove who sent it to somebody who was not there, without any key of the group. Immutable; verifying is
 * pure, for any thread.
 *
 * @param senderLeaf leaf index of the sender in that epoch
 * @param authenticatedData what the message carries in the clear
 * @param data the application data, with whatever padding the application has put into it
 * @param signature by the leaf's signature key
 */
public record SignedApplicationData(int senderLeaf, Bytes authenticatedData, Bytes data, Bytes signature) {
    /**
     * Checks the signature over all of {@code FramedContentTBS}: group, epoch, sender, authenticated data, data and GroupContext.
     *
     * @param context of the epoch in which it was sent: says of which group and which epoch this is
     * @param signatureKey of the sender's leaf. Whose that is, is for the caller to know
     * @throws MlsException {@link MlsError#INVALID_SIGNATURE}, {@link MlsError#UNSUPPORTED_CIPHER_SUITE}, or {@link MlsError#INVALID_SENDER} for a
     *     negative leaf
     */
    public void verify(GroupContext context, Bytes signatureKey) throws MlsException {
        if (senderLeaf < 0) {
            throw new MlsException(
                    MlsError.INVALID_SENDER, "leaf " + Integer.toUnsignedString(senderLeaf) + ", expected a member's");
        }
        FramedContent framed = new FramedContent(
                context.groupId(),
                context.epoch(),
                new Sender.Member(senderLeaf),
                authenticatedData,
                new Content.OfApplication(data));
        boolean signed = context.suite()
                .verifyWithLabel(
                        signatureKey,
                        FramedContent.SIGNATURE_LABEL,
                        framed.toBeSigned(WireFormat.PRIVATE_MESSAGE, context),
                        signature);
        if (!signed) {
            throw new MlsException(
                    MlsError.INVALID_SIGNATURE,
                    "of application data of leaf " + senderLeaf + " in epoch "
                            + Long.toUnsignedString(context.epoch()));
        }
    }

    /** Not the data: it is what the group keeps secret. */
    @Override
    public String toString() {
        return "SignedApplicationData(leaf " + senderLeaf + ", " + data.size() + " bytes)";
    }
}
