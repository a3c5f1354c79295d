package chat.samara.mls.keypackage;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.Lifetime;
import java.util.Arrays;
import java.util.List;

/**
 * A KeyPackage of one's own with the private keys of its init key and leaf. It belongs to whoever made or decoded it, who
 * destroys it once it has been used (RFC 9420 §10), unless it is one of last resort.
 */
public final class KeyPackageBundle {
    private static final int VERSION = 1;

    private final KeyPackage keyPackage;
    private final HpkeKeyPair initKeyPair;
    private final HpkeKeyPair encryptionKeyPair;

    private KeyPackageBundle(KeyPackage keyPackage, HpkeKeyPair initKeyPair, HpkeKeyPair encryptionKeyPair) {
        this.keyPackage = keyPackage;
        this.initKeyPair = initKeyPair;
        this.encryptionKeyPair = encryptionKeyPair;
    }

    /** As the method below, without extensions of the leaf. */
    public static KeyPackageBundle generate(
            CipherSuite suite,
            SignatureKeyPair signer,
            Credential credential,
            Capabilities capabilities,
            Lifetime lifetime,
            List<Extension> keyPackageExtensions,
            RandomSource random) {
        return generate(suite, signer, credential, capabilities, lifetime, keyPackageExtensions, List.of(), random);
    }

    /**
     * Makes a KeyPackage with fresh keys.
     *
     * @param capabilities must list the credential's type and the types of the extensions
     * @param keyPackageExtensions of the KeyPackage, which only who adds it will see
     * @param leafExtensions of its leaf, which the members of the group will see
     */
    public static KeyPackageBundle generate(
            CipherSuite suite,
            SignatureKeyPair signer,
            Credential credential,
            Capabilities capabilities,
            Lifetime lifetime,
            List<Extension> keyPackageExtensions,
            List<Extension> leafExtensions,
            RandomSource random) {
        HpkeKeyPair init = suite.generateKeyPair(random);
        HpkeKeyPair encryption = suite.generateKeyPair(random);
        LeafNode leaf = new LeafNode(
                        encryption.publicKey(),
                        signer.publicKey(),
                        credential,
                        capabilities,
                        new LeafNodeSource.FromKeyPackage(lifetime),
                        leafExtensions,
                        Bytes.EMPTY)
                .signed(suite, signer);
        KeyPackageIn unsigned = new KeyPackageIn(
                Capabilities.MLS10, suite.code(), init.publicKey(), leaf, keyPackageExtensions, Bytes.EMPTY);
        KeyPackageIn content = new KeyPackageIn(
                unsigned.version(),
                unsigned.cipherSuite(),
                unsigned.initKey(),
                leaf,
                unsigned.extensions(),
                suite.signWithLabel(signer, KeyPackageIn.SIGNATURE_LABEL, unsigned.toBeSigned()));
        try {
            // So that what is published is never refused by others; the credential is the caller's to judge.
            content.requireExtensionsListed();
            return of(content.verify((accepted, key) -> true), init, encryption);
        } catch (MlsException e) {
            throw new IllegalArgumentException("a KeyPackage that others would refuse, expected a valid one", e);
        }
    }

    /** A KeyPackage with its private keys, which must match its public ones ({@link MlsError#KEY_MISMATCH}). */
    public static KeyPackageBundle of(KeyPackage keyPackage, HpkeKeyPair initKeyPair, HpkeKeyPair encryptionKeyPair)
            throws MlsException {
        if (!keyPackage.initKey().equals(initKeyPair.publicKey())
                || !keyPackage.leafNode().encryptionKey().equals(encryptionKeyPair.publicKey())) {
            throw new MlsException(MlsError.KEY_MISMATCH, "private keys of another KeyPackage");
        }
        return new KeyPackageBundle(keyPackage, initKeyPair, encryptionKeyPair);
    }

    /** Reads what {@link #encode} wrote. */
    public static KeyPackageBundle decode(byte[] bytes) throws MlsException {
        return TlsReader.decode(bytes, reader -> {
            if (reader.uint8() != VERSION) {
                throw new MlsException(MlsError.INVALID_STATE, "a KeyPackage bundle of another version, expected 1");
            }
            KeyPackage keyPackage = KeyPackageIn.readFrom(reader).verify((credential, key) -> true);
            byte[] init = reader.opaqueArray();
            byte[] encryption = reader.opaqueArray();
            KeyPackageBundle bundle = of(
                    keyPackage,
                    keyPackage.suite().keyPairOf(init),
                    keyPackage.suite().keyPairOf(encryption));
            Arrays.fill(init, (byte) 0);
            Arrays.fill(encryption, (byte) 0);
            return bundle;
        });
    }

    /** For storing: version, KeyPackage, both private keys. Secret. */
    public byte[] encode() {
        TlsWriter writer = new TlsWriter()
                .uint8(VERSION)
                .struct(keyPackage.content())
                .opaque(initKeyPair.privateKey().reveal())
                .opaque(encryptionKeyPair.privateKey().reveal());
        byte[] encoded = writer.toByteArray();
        writer.erase();
        return encoded;
    }

    public KeyPackage keyPackage() {
        return keyPackage;
    }

    /** {@code KeyPackageRef}: a Welcome names the KeyPackage by it. */
    public Bytes ref() {
        return keyPackage.ref();
    }

    /** The live pair of the init key, for opening a Welcome. */
    public HpkeKeyPair initKeyPair() {
        return initKeyPair;
    }

    /** The live pair of the leaf's encryption key. */
    public HpkeKeyPair encryptionKeyPair() {
        return encryptionKeyPair;
    }

    /** Overwrites the private keys; afterwards only the KeyPackage and its ref can be read. */
    public void destroy() {
        initKeyPair.erase();
        encryptionKeyPair.erase();
    }

    @Override
    public String toString() {
        return "KeyPackageBundle(" + keyPackage + ")";
    }
}
