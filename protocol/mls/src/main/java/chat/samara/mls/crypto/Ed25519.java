package chat.samara.mls.crypto;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.primitive.Curve25519;
import chat.samara.mls.crypto.primitive.Signer;

/**
 * Ed25519 (RFC 8032) signatures: also for callers that sign something else than MLS, such as identities and proofs. A private
 * key is the 32-byte seed, a public key 32 bytes, a signature 64. Callable from any thread.
 */
public final class Ed25519 {
    private static final Bytes SUBJECT_PUBLIC_KEY_INFO_PREFIX = Bytes.ofHex("302a300506032b6570032100");

    /** Bytes in a private key and in a public key. */
    public static final int KEY_BYTES = Curve25519.KEY_BYTES;

    /** Bytes in a signature. */
    public static final int SIGNATURE_BYTES = Curve25519.SIGNATURE_BYTES;

    /** The suites' view of it. */
    static final SignatureScheme SCHEME = new Scheme();

    private Ed25519() {}

    /** A fresh key pair. */
    public static SignatureKeyPair generate(RandomSource random) {
        return SignatureKeyPair.of(SCHEME, random.bytes(KEY_BYTES));
    }

    /** The key pair of a private key of {@link #KEY_BYTES} bytes, which is copied. */
    public static SignatureKeyPair keyPair(byte[] privateKey) {
        if (privateKey.length != KEY_BYTES) {
            throw new IllegalArgumentException("a private key of " + privateKey.length + " bytes, expected 32");
        }
        return SignatureKeyPair.of(SCHEME, privateKey.clone());
    }

    /** The signature of the message. Signing often with one key is faster through {@link SignatureKeyPair#sign}. */
    public static byte[] sign(byte[] privateKey, byte[] message) {
        Curve25519 curve = Primitives.curve25519();
        Signer signer = curve.ed25519Signer(privateKey, curve.ed25519PublicKey(privateKey));
        try {
            return signer.sign(message);
        } finally {
            signer.erase();
        }
    }

    /** Whether the signature is the key's over the message; false for keys and signatures that are malformed. */
    public static boolean verify(byte[] publicKey, byte[] message, byte[] signature) {
        return Primitives.curve25519().ed25519Verify(publicKey, message, signature);
    }

    /** As {@link #verify(byte[], byte[], byte[])}. */
    public static boolean verify(Bytes publicKey, byte[] message, Bytes signature) {
        return Primitives.curve25519().ed25519Verify(publicKey.arrayUnsafe(), message, signature.arrayUnsafe());
    }

    private static final class Scheme implements SignatureScheme {
        @Override
        public int privateKeyBytes() {
            return KEY_BYTES;
        }

        @Override
        public Bytes publicKeyOf(byte[] privateKey) {
            return Bytes.wrapUnsafe(Primitives.curve25519().ed25519PublicKey(privateKey));
        }

        @Override
        public void requireValid(Bytes publicKey) throws MlsException {
            if (publicKey.size() != KEY_BYTES) {
                throw new MlsException(
                        MlsError.INVALID_PUBLIC_KEY,
                        "an Ed25519 public key of " + publicKey.size() + " bytes, expected 32");
            }
        }

        @Override
        public Bytes subjectPublicKeyInfoPrefix() {
            return SUBJECT_PUBLIC_KEY_INFO_PREFIX;
        }

        @Override
        public Signer signer(byte[] privateKey, Bytes publicKey) {
            return Primitives.curve25519().ed25519Signer(privateKey, publicKey.arrayUnsafe());
        }

        @Override
        public boolean verify(Bytes publicKey, byte[] message, Bytes signature) {
            return Ed25519.verify(publicKey, message, signature);
        }
    }
}
