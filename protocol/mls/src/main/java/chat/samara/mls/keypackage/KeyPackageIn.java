package chat.samara.mls.keypackage;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.CredentialEvent;
import chat.samara.mls.crypto.Batch;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.LeafNodeValidation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code KeyPackage} (RFC 9420 §10) as it was decoded: nothing in it is verified. */
public record KeyPackageIn(
        int version, int cipherSuite, Bytes initKey, LeafNode leafNode, List<Extension> extensions, Bytes signature)
        implements TlsEncodable {
    static final String SIGNATURE_LABEL = "KeyPackageTBS";
    private static final String REFERENCE_LABEL = "MLS 1.0 KeyPackage Reference";

    public KeyPackageIn {
        extensions = List.copyOf(extensions);
    }

    public static KeyPackageIn readFrom(TlsReader reader) throws MlsException {
        return new KeyPackageIn(
                reader.uint16(),
                reader.uint16(),
                reader.opaque(),
                LeafNode.readFrom(reader),
                Extension.readListFrom(reader),
                reader.opaque());
    }

    /** Everything that RFC 9420 §10.1 asks, except for the present time ({@link KeyPackage#requireCurrent}). */
    public KeyPackage verify(AuthenticationService authentication) throws MlsException {
        requireValid(CredentialEvent.KEY_PACKAGE, authentication);
        requireSigned();
        return new KeyPackage(CipherSuite.of(cipherSuite), this);
    }

    /** As {@link #verify}, for many: their signatures are verified on the cores there are ({@link Batch}). */
    public static List<KeyPackage> verifyAll(List<KeyPackageIn> keyPackages, AuthenticationService authentication)
            throws MlsException {
        for (KeyPackageIn keyPackage : keyPackages) {
            keyPackage.requireValid(CredentialEvent.KEY_PACKAGE, authentication);
        }
        Batch.forEach(keyPackages, KeyPackageIn::requireSigned);
        List<KeyPackage> verified = new ArrayList<>(keyPackages.size());
        for (KeyPackageIn keyPackage : keyPackages) {
            verified.add(new KeyPackage(CipherSuite.of(keyPackage.cipherSuite), keyPackage));
        }
        return verified;
    }

    /**
     * The first half of {@link #verify}: all but the signatures.
     *
     * @param event what brings its credential before the authentication service
     */
    public void requireValid(CredentialEvent event, AuthenticationService authentication) throws MlsException {
        if (version != Capabilities.MLS10) {
            throw new MlsException(MlsError.UNSUPPORTED_VERSION, "KeyPackage of version " + version + ", expected 1");
        }
        CipherSuite suite = CipherSuite.of(cipherSuite);
        leafNode.requireSourceIn(LeafNodeSource.FromKeyPackage.class);
        LeafNodeValidation.requireValid(leafNode, suite, event, authentication);
        LeafNodeValidation.requireAcceptableLifetime(leafNode, authentication);
        suite.requireValidHpkeKey(initKey);
        if (initKey.equals(leafNode.encryptionKey())) {
            throw new MlsException(MlsError.INVALID_KEY_PACKAGE, "init key equals encryption key " + initKey);
        }
    }

    /**
     * Refuses extensions that the leaf does not list, which whoever makes a KeyPackage MUST see to (RFC 9420 §10). Whoever gets one
     * MUST ignore those that it does not know (§10, §13.4), listed or not; in a leaf they are listed without exception (§7.3).
     */
    void requireExtensionsListed() throws MlsException {
        Optional<Integer> unlisted = leafNode.capabilities().firstUnsupported(extensions);
        if (unlisted.isPresent()) {
            throw new MlsException(
                    MlsError.INVALID_KEY_PACKAGE,
                    "extension type " + unlisted.get() + " is not in its capabilities (RFC 9420 §10)");
        }
    }

    /** The second half of {@link #verify}: the leaf's signature and its own (RFC 9420 §10.1). Asks nothing of the application. */
    public void requireSigned() throws MlsException {
        CipherSuite suite = CipherSuite.of(cipherSuite);
        leafNode.verifySignature(suite);
        if (!suite.verifyWithLabel(leafNode.signatureKey(), SIGNATURE_LABEL, toBeSigned(), signature)) {
            throw new MlsException(MlsError.INVALID_SIGNATURE, "of a KeyPackage");
        }
    }

    /** {@code KeyPackageRef} (RFC 9420 §5.2), by the hash of the KeyPackage's own suite. */
    public Bytes ref() throws MlsException {
        return CipherSuite.of(cipherSuite).refHash(REFERENCE_LABEL, encode());
    }

    byte[] toBeSigned() {
        TlsWriter writer = new TlsWriter();
        writeUnsigned(writer);
        return writer.toByteArray();
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writeUnsigned(writer);
        writer.opaque(signature);
    }

    private void writeUnsigned(TlsWriter writer) {
        writer.uint16(version)
                .uint16(cipherSuite)
                .opaque(initKey)
                .struct(leafNode)
                .vector(extensions);
    }
}
