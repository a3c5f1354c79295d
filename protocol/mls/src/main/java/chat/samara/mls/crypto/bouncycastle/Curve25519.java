package chat.samara.mls.crypto.bouncycastle;

import java.util.Optional;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * X25519 (RFC 7748) and Ed25519 (RFC 8032) on raw bytes. Keys, points and shared secrets are 32 bytes, signatures 64; callers
 * check lengths of what comes from outside.
 */
public final class Curve25519 {
    /** Bytes in a private key, a public key and a shared secret. */
    public static final int KEY_BYTES = 32;

    /** Bytes in an Ed25519 signature. */
    public static final int SIGNATURE_BYTES = 64;

    private Curve25519() {}

    /** The X25519 public key of a private key. */
    public static byte[] x25519PublicKey(byte[] privateKey) {
        byte[] publicKey = new byte[KEY_BYTES];
        X25519.generatePublicKey(privateKey, 0, publicKey, 0);
        return publicKey;
    }

    /** The shared secret, or nothing where it is all zeros because the public key is of small order (RFC 7748 §6.1). */
    public static Optional<byte[]> x25519(byte[] privateKey, byte[] publicKey) {
        byte[] shared = new byte[KEY_BYTES];
        return X25519.calculateAgreement(privateKey, 0, publicKey, 0, shared, 0)
                ? Optional.of(shared)
                : Optional.empty();
    }

    /** The Ed25519 public key of a private key (RFC 8032's 32-byte seed). */
    public static byte[] ed25519PublicKey(byte[] privateKey) {
        byte[] publicKey = new byte[KEY_BYTES];
        Ed25519.generatePublicKey(privateKey, 0, publicKey, 0);
        return publicKey;
    }

    /** The signature. The public key must be the one of the private key: it is not derived again. */
    public static byte[] ed25519Sign(byte[] privateKey, byte[] publicKey, byte[] message) {
        byte[] signature = new byte[SIGNATURE_BYTES];
        Ed25519.sign(privateKey, 0, publicKey, 0, message, 0, message.length, signature, 0);
        return signature;
    }

    /** Whether the signature is the key's over the message. Keys of small order are refused. */
    public static boolean ed25519Verify(byte[] publicKey, byte[] message, byte[] signature) {
        if (publicKey.length != KEY_BYTES || signature.length != SIGNATURE_BYTES) {
            return false;
        }
        Ed25519.PublicPoint point = DecodedKeys.decode(publicKey);
        return point != null && Ed25519.verify(signature, 0, point, message, 0, message.length);
    }
}
