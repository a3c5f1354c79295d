package chat.samara.client.evidence;

import chat.samara.client.content.ContentException;
import chat.samara.client.content.PackedContent;
import chat.samara.client.content.ReceivedContent;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.framing.SignedApplicationData;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.DeviceCertificateIn;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.message.MessageContext;
import chat.samara.wire.proto.ErrorCode;

/**
 * What shows who said one message, and proves it once it is {@linkplain #verify verified}: nothing of it is trusted before. The franking tag commits to the
 * content and not to its author, and in a log the author is only what the message's server says; so here is the author's own MLS signature, with all
 * that it covers. Immutable; for any thread.
 *
 * <p>It proves what was said, in which channel and epoch, and by whose device. It says nothing of the place in the log nor of when its hub took it: that is in the log's
 * entry, whose payload carries the same authenticated data in the clear.
 *
 * @param groupContext encoded (RFC 9420 §8.1), of the epoch in which it was sent
 * @param senderLeaf leaf index of its author in that epoch
 * @param authenticatedData an encoded {@link MessageContext}
 * @param content as it was signed
 * @param signature the author's MLS signature
 * @param signatureKey the public key of the author's leaf
 * @param certificate the author's leaf's credential: an encoded device certificate
 */
public record MessageEvidence(
        Bytes groupContext,
        int senderLeaf,
        Bytes authenticatedData,
        PackedContent content,
        Bytes signature,
        Bytes signatureKey,
        Bytes certificate) {
    private static final int VERSION = 1;

    /** Reads evidence from outside. Refused with {@code MALFORMED}, {@code TOO_LARGE} or {@code UNSUPPORTED}. */
    public static MessageEvidence decode(Bytes encoded) throws RefusedException {
        chat.samara.wire.proto.MessageEvidence message = Protobuf.decode(
                "message evidence",
                chat.samara.wire.proto.MessageEvidence.parser(),
                encoded,
                Limits.EVIDENCE_BYTES_MAX);
        Field.requireVersion("MessageEvidence.version", message.getVersion(), VERSION);
        return new MessageEvidence(
                Field.upTo("MessageEvidence.group_context", message.getGroupContext(), Limits.GROUP_CONTEXT_BYTES_MAX),
                message.getSenderLeaf(),
                Field.upTo(
                        "MessageEvidence.authenticated_data",
                        message.getAuthenticatedData(),
                        Limits.AUTHENTICATED_DATA_BYTES_MAX),
                new PackedContent(
                        Field.upTo(
                                "MessageEvidence.application_data",
                                message.getApplicationData(),
                                Limits.APPLICATION_DATA_BYTES_MAX),
                        message.getApplicationDataBytes()),
                Field.upTo("MessageEvidence.signature", message.getSignature(), Limits.SIGNATURE_BYTES_MAX),
                Field.upTo("MessageEvidence.signature_key", message.getSignatureKey(), Limits.SIGNATURE_KEY_BYTES_MAX),
                Field.upTo(
                        "MessageEvidence.certificate",
                        message.getCertificate(),
                        chat.samara.wire.Limits.DEVICE_CERTIFICATE_BYTES_MAX));
    }

    /** An encoded {@code samara.v1.MessageEvidence}, to be handed over. It holds what was said, and nothing else that the channel keeps secret. */
    public Bytes encode() {
        return Protobuf.encode(chat.samara.wire.proto.MessageEvidence.newBuilder()
                .setVersion(VERSION)
                .setGroupContext(Protobuf.toByteString(groupContext))
                .setSenderLeaf(senderLeaf)
                .setAuthenticatedData(Protobuf.toByteString(authenticatedData))
                .setApplicationData(Protobuf.toByteString(content.kept()))
                .setApplicationDataBytes(content.bytes())
                .setSignature(Protobuf.toByteString(signature))
                .setSignatureKey(Protobuf.toByteString(signatureKey))
                .setCertificate(Protobuf.toByteString(certificate))
                .build());
    }

    /**
     * Says who said what in this channel. Whether the identity key that it gives is the member's, and its device was in the channel in that epoch, is for the
     * caller to know: by the keys that it has seen of the member, or by the log's handshakes.
     *
     * @throws RefusedException {@code INVALID_PROOF}, with what does not fit as detail: {@code evidence-context}, {@code evidence-channel}, {@code
     *     evidence-signature}, {@code device-certificate}, {@code franking-tag} or {@code evidence-content}; or {@code MALFORMED} or {@code UNSUPPORTED}
     */
    public ProvenMessage verify(ChannelId channel) throws RefusedException {
        GroupContext context = context();
        if (!context.groupId().equals(channel.mlsGroupId())) {
            throw refused("evidence-channel", "it was said in another channel than " + channel);
        }
        DeviceCertificate author = DeviceCertificateIn.decode(certificate).verify(signatureKey);
        try {
            new SignedApplicationData(senderLeaf, authenticatedData, content.applicationData(), signature)
                    .verify(context, signatureKey);
        } catch (MlsException e) {
            throw refused("evidence-signature", "it is not signed by the author's leaf: " + e.getMessage());
        } catch (ContentException e) {
            throw refused("evidence-content", String.valueOf(e.getMessage()));
        }
        MessageContext bound = MessageContext.decode(authenticatedData);
        try {
            ReceivedContent said = content.open();
            bound.requireFits(said.frankingKey(), said.body(), bound.idempotencyKey());
            return new ProvenMessage(channel, context.epoch(), author, senderLeaf, bound, said);
        } catch (ContentException e) {
            throw refused("evidence-content", String.valueOf(e.getMessage()));
        }
    }

    private GroupContext context() throws RefusedException {
        try {
            return TlsReader.decode(groupContext.arrayUnsafe(), GroupContext::readFrom);
        } catch (MlsException e) {
            throw refused("evidence-context", "its GroupContext cannot be read: " + e.getMessage());
        }
    }

    private static RefusedException refused(String detail, String reason) {
        return RefusedException.of(ErrorCode.INVALID_PROOF, reason, detail);
    }

    /** Not what was said. */
    @Override
    public String toString() {
        return "MessageEvidence(leaf " + senderLeaf + ", " + content.bytes() + " bytes)";
    }
}
