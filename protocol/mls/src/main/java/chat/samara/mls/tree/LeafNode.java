package chat.samara.mls.tree;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import java.util.List;

/**
 * {@code LeafNode} (RFC 9420 §7.2): one client's appearance in a group, signed by it. A leaf that was only decoded is not yet
 * valid: see {@link LeafNodeValidation} and {@link #verifySignature}.
 */
public record LeafNode(
        Bytes encryptionKey,
        Bytes signatureKey,
        Credential credential,
        Capabilities capabilities,
        LeafNodeSource source,
        List<Extension> extensions,
        Bytes signature)
        implements TlsEncodable {
    private static final String SIGNATURE_LABEL = "LeafNodeTBS";

    public LeafNode {
        extensions = List.copyOf(extensions);
    }

    public static LeafNode readFrom(TlsReader reader) throws MlsException {
        return new LeafNode(
                reader.opaque(),
                reader.opaque(),
                Credential.readFrom(reader),
                Capabilities.readFrom(reader),
                LeafNodeSource.readFrom(reader),
                Extension.readListFrom(reader),
                reader.opaque());
    }

    /** The same leaf for a KeyPackage, signed by the key that it names. */
    public LeafNode signed(CipherSuite suite, SignatureKeyPair signer) {
        requireSource(LeafNodeSource.FromKeyPackage.class);
        return withSignature(suite.signWithLabel(requireOwn(signer), SIGNATURE_LABEL, toBeSigned()));
    }

    /** The same leaf for an Update or a commit in the group at the leaf index, signed by the key that it names. */
    public LeafNode signed(CipherSuite suite, SignatureKeyPair signer, Bytes groupId, int leafIndex) {
        if (source instanceof LeafNodeSource.FromKeyPackage) {
            throw new IllegalStateException("a leaf for a KeyPackage, expected one for an Update or a commit");
        }
        return withSignature(suite.signWithLabel(requireOwn(signer), SIGNATURE_LABEL, toBeSigned(groupId, leafIndex)));
    }

    /**
     * Verifies the signature, which covers the group and leaf index unless the leaf is made for a KeyPackage;
     * {@link MlsError#INVALID_SIGNATURE} (RFC 9420 §7.3).
     */
    public void verifySignature(CipherSuite suite, Bytes groupId, int leafIndex) throws MlsException {
        byte[] content =
                source instanceof LeafNodeSource.FromKeyPackage ? toBeSigned() : toBeSigned(groupId, leafIndex);
        if (!suite.verifyWithLabel(signatureKey, SIGNATURE_LABEL, content, signature)) {
            throw new MlsException(MlsError.INVALID_SIGNATURE, "of the leaf node at " + leafIndex);
        }
    }

    /** Verifies the signature of a leaf that stands in a KeyPackage; {@link MlsError#INVALID_SIGNATURE}. */
    public void verifySignature(CipherSuite suite) throws MlsException {
        requireSourceIn(LeafNodeSource.FromKeyPackage.class);
        if (!suite.verifyWithLabel(signatureKey, SIGNATURE_LABEL, toBeSigned(), signature)) {
            throw new MlsException(MlsError.INVALID_SIGNATURE, "of the leaf node in a KeyPackage");
        }
    }

    /** Refuses a leaf of another source, with {@link MlsError#INVALID_LEAF_NODE} (RFC 9420 §7.3). */
    public void requireSourceIn(Class<? extends LeafNodeSource> expected) throws MlsException {
        if (!expected.isInstance(source)) {
            throw new MlsException(
                    MlsError.INVALID_LEAF_NODE,
                    "leaf node source " + source.getClass().getSimpleName() + ", expected " + expected.getSimpleName());
        }
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writeUnsigned(writer);
        writer.opaque(signature);
    }

    private void writeUnsigned(TlsWriter writer) {
        writer.opaque(encryptionKey)
                .opaque(signatureKey)
                .struct(credential)
                .struct(capabilities)
                .struct(source)
                .vector(extensions);
    }

    private byte[] toBeSigned() {
        TlsWriter writer = new TlsWriter();
        writeUnsigned(writer);
        return writer.toByteArray();
    }

    private byte[] toBeSigned(Bytes groupId, int leafIndex) {
        TlsWriter writer = new TlsWriter();
        writeUnsigned(writer);
        return writer.opaque(groupId).uint32(leafIndex).toByteArray();
    }

    private LeafNode withSignature(Bytes newSignature) {
        return new LeafNode(encryptionKey, signatureKey, credential, capabilities, source, extensions, newSignature);
    }

    private SignatureKeyPair requireOwn(SignatureKeyPair signer) {
        if (!signer.publicKey().equals(signatureKey)) {
            throw new IllegalArgumentException(
                    "signer " + signer.publicKey() + ", expected the leaf's own key " + signatureKey);
        }
        return signer;
    }

    private void requireSource(Class<? extends LeafNodeSource> expected) {
        if (!expected.isInstance(source)) {
            throw new IllegalStateException("leaf node source " + source + ", expected " + expected.getSimpleName());
        }
    }
}
