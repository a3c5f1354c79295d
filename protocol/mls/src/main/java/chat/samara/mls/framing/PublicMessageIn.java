package chat.samara.mls.framing;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.schedule.GroupContext;
import java.util.Optional;

/**
 * {@code PublicMessage} (RFC 9420 §6.2) as it was decoded: nothing in it is verified.
 *
 * @param membershipTag present from members, and from nobody else
 */
public record PublicMessageIn(FramedContent content, FramedContentAuthData auth, Optional<Bytes> membershipTag)
        implements TlsEncodable {
    public static PublicMessageIn readFrom(TlsReader reader) throws MlsException {
        FramedContent content = FramedContent.readFrom(reader);
        FramedContentAuthData auth =
                FramedContentAuthData.readFrom(reader, content.content().type());
        Optional<Bytes> tag =
                content.sender() instanceof Sender.Member ? Optional.of(reader.opaque()) : Optional.empty();
        return new PublicMessageIn(content, auth, tag);
    }

    /** Verifies a member's membership tag: only members can. {@link MlsError#INVALID_MEMBERSHIP_TAG}. */
    public void verifyMembership(CipherSuite suite, GroupContext context, Secret membershipKey) throws MlsException {
        if (membershipTag.isEmpty()
                || !suite.verifyMac(membershipKey, toBeMaced(content, auth, context), membershipTag.get())) {
            throw new MlsException(MlsError.INVALID_MEMBERSHIP_TAG, "of a message by " + content.sender());
        }
    }

    /**
     * Verifies the signature (RFC 9420 §6.1) with the sender's key, which the caller has looked up; {@link
     * MlsError#INVALID_SIGNATURE}. Application data in a PublicMessage is refused, and a membership tag that can be none.
     */
    public AuthenticatedContent verify(CipherSuite suite, GroupContext context, Bytes signatureKey)
            throws MlsException {
        if (content.content().type() == Content.APPLICATION) {
            throw new MlsException(MlsError.UNENCRYPTED_APPLICATION_DATA, "in a PublicMessage");
        }
        byte[] signed = content.toBeSigned(WireFormat.PUBLIC_MESSAGE, context);
        if (!suite.verifyWithLabel(signatureKey, FramedContent.SIGNATURE_LABEL, signed, auth.signature())) {
            throw new MlsException(MlsError.INVALID_SIGNATURE, "of a message by " + content.sender());
        }
        if (membershipTag.isPresent() && membershipTag.get().size() != suite.hashBytes()) {
            throw new MlsException(
                    MlsError.INVALID_TAG_LENGTH,
                    "a membership tag of " + membershipTag.get().size() + " bytes, expected " + suite.hashBytes()
                            + " (RFC 9420 §6.2)");
        }
        return new AuthenticatedContent(WireFormat.PUBLIC_MESSAGE, content, auth);
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.struct(content);
        auth.writeTo(writer);
        membershipTag.ifPresent(writer::opaque);
    }

    /** {@code AuthenticatedContentTBM} (RFC 9420 §6.2). */
    static byte[] toBeMaced(FramedContent content, FramedContentAuthData auth, GroupContext context) {
        TlsWriter writer = new TlsWriter(512).raw(content.toBeSigned(WireFormat.PUBLIC_MESSAGE, context));
        auth.writeTo(writer);
        return writer.toByteArray();
    }
}
