package chat.samara.mls.framing;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.schedule.GroupContext;
import java.util.Optional;

/**
 * {@code AuthenticatedContent} (RFC 9420 §6) whose signature was verified, or that was signed here. A commit's confirmation
 * tag is verified later, with the secrets of the epoch that it starts.
 */
public final class AuthenticatedContent implements TlsEncodable {
    private static final String REFERENCE_LABEL = "MLS 1.0 Proposal Reference";

    private final int wireFormat;
    private final FramedContent content;
    private final FramedContentAuthData auth;

    AuthenticatedContent(int wireFormat, FramedContent content, FramedContentAuthData auth) {
        this.wireFormat = wireFormat;
        this.content = content;
        this.auth = auth;
    }

    /**
     * Signs content (RFC 9420 §6.1). A commit still lacks its confirmation tag: see {@link #withConfirmationTag}.
     *
     * @param context of the epoch in which the content is sent
     */
    public static AuthenticatedContent sign(
            CipherSuite suite, int wireFormat, FramedContent content, GroupContext context, SignatureKeyPair signer) {
        Bytes signature =
                suite.signWithLabel(signer, FramedContent.SIGNATURE_LABEL, content.toBeSigned(wireFormat, context));
        return new AuthenticatedContent(wireFormat, content, new FramedContentAuthData(signature, Optional.empty()));
    }

    /** Signs a proposal of someone outside the group, for a PublicMessage (RFC 9420 §6.1, §12.1.8). */
    public static AuthenticatedContent signOutside(CipherSuite suite, FramedContent content, SignatureKeyPair signer) {
        byte[] signed = content.toBeSignedOutside(WireFormat.PUBLIC_MESSAGE);
        Bytes signature = suite.signWithLabel(signer, FramedContent.SIGNATURE_LABEL, signed);
        return new AuthenticatedContent(
                WireFormat.PUBLIC_MESSAGE, content, new FramedContentAuthData(signature, Optional.empty()));
    }

    /** Reads content that was verified before it was stored. Never for bytes from outside: nothing is verified here. */
    public static AuthenticatedContent readTrusted(TlsReader reader) throws MlsException {
        int wireFormat = reader.uint16();
        FramedContent content = FramedContent.readFrom(reader);
        return new AuthenticatedContent(
                wireFormat,
                content,
                FramedContentAuthData.readFrom(reader, content.content().type()));
    }

    /** The same commit with its confirmation tag. */
    public AuthenticatedContent withConfirmationTag(Bytes tag) {
        return new AuthenticatedContent(
                wireFormat, content, new FramedContentAuthData(auth.signature(), Optional.of(tag)));
    }

    public int wireFormat() {
        return wireFormat;
    }

    public FramedContent content() {
        return content;
    }

    public FramedContentAuthData auth() {
        return auth;
    }

    /** {@code ConfirmedTranscriptHashInput} (RFC 9420 §8.2). */
    public byte[] confirmedTranscriptHashInput() {
        return new TlsWriter(512)
                .uint16(wireFormat)
                .struct(content)
                .opaque(auth.signature())
                .toByteArray();
    }

    /** {@code ProposalRef} of the proposal that this carries (RFC 9420 §5.2). */
    public Bytes proposalRef(CipherSuite suite) {
        return suite.refHash(REFERENCE_LABEL, encode());
    }

    /** As a PublicMessage of a member, with its membership tag (RFC 9420 §6.2). */
    public PublicMessageIn toPublicMessage(CipherSuite suite, GroupContext context, Secret membershipKey) {
        Optional<Bytes> tag = content.sender() instanceof Sender.Member
                ? Optional.of(suite.mac(membershipKey, PublicMessageIn.toBeMaced(content, auth, context)))
                : Optional.empty();
        return new PublicMessageIn(content, auth, tag);
    }

    /** As a PublicMessage of someone who is no member, and so without a membership tag (RFC 9420 §6.2). */
    public PublicMessageIn toPublicMessage() {
        if (content.sender() instanceof Sender.Member) {
            throw new IllegalArgumentException("content of " + content.sender() + ", expected no member's");
        }
        return new PublicMessageIn(content, auth, Optional.empty());
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.uint16(wireFormat).struct(content);
        auth.writeTo(writer);
    }
}
