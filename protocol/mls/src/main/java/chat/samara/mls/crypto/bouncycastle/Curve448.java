package chat.samara.mls.crypto.bouncycastle;

import java.util.Optional;
import org.bouncycastle.math.ec.rfc7748.X448;
import org.bouncycastle.math.ec.rfc8032.Ed448;

/** X448 (RFC 7748) and Ed448 (RFC 8032) on raw bytes; callers check lengths of what comes from outside. */
public final class Curve448 {
    /** Bytes in an X448 private key, public key and shared secret. */
    public static final int X448_BYTES = X448.POINT_SIZE;

    /** Bytes in an Ed448 private key and public key. */
    public static final int ED448_KEY_BYTES = Ed448.PUBLIC_KEY_SIZE;

    /** Bytes in an Ed448 signature. */
    public static final int ED448_SIGNATURE_BYTES = Ed448.SIGNATURE_SIZE;

    private static final byte[] NO_CONTEXT = new byte[0];

    private Curve448() {}

    /** The X448 public key of a private key. */
    public static byte[] x448PublicKey(byte[] privateKey) {
        byte[] publicKey = new byte[X448_BYTES];
        X448.generatePublicKey(privateKey, 0, publicKey, 0);
        return publicKey;
    }

    /** The shared secret, or nothing where it is all zeros because the public key is of small order (RFC 7748 §6.2). */
    public static Optional<byte[]> x448(byte[] privateKey, byte[] publicKey) {
        byte[] shared = new byte[X448_BYTES];
        return X448.calculateAgreement(privateKey, 0, publicKey, 0, shared, 0) ? Optional.of(shared) : Optional.empty();
    }

    /** The Ed448 public key of a private key. */
    public static byte[] ed448PublicKey(byte[] privateKey) {
        byte[] publicKey = new byte[ED448_KEY_BYTES];
        Ed448.generatePublicKey(privateKey, 0, publicKey, 0);
        return publicKey;
    }

    /** The signature without a context. The public key must be the one of the private key: it is not derived again. */
    public static byte[] ed448Sign(byte[] privateKey, byte[] publicKey, byte[] message) {
        byte[] signature = new byte[ED448_SIGNATURE_BYTES];
        Ed448.sign(privateKey, 0, publicKey, 0, NO_CONTEXT, message, 0, message.length, signature, 0);
        return signature;
    }

    /** Whether the signature is the key's over the message. Keys of small order are refused. */
    public static boolean ed448Verify(byte[] publicKey, byte[] message, byte[] signature) {
        return publicKey.length == ED448_KEY_BYTES
                && signature.length == ED448_SIGNATURE_BYTES
                && Ed448.verify(signature, 0, publicKey, 0, NO_CONTEXT, message, 0, message.length);
    }
}
