package chat.samara.mls.crypto.primitive;

import java.util.Optional;

/**
 * X25519 (RFC 7748) and Ed25519 (RFC 8032) on raw bytes. Keys, points and shared secrets are 32 bytes, signatures 64; callers check lengths of
 * what comes from outside, but for {@link #ed25519Verify}, which takes anything.
 *
 * <p>All implementations give the same answer to every input, also to hostile ones: members of a group who disagreed about one signature would
 * part for good. An array that is handed in is neither kept nor changed, unless it is said. Callable from any thread.
 */
public interface Curve25519 {
    /** Bytes in a private key, a public key and a shared secret. */
    int KEY_BYTES = 32;

    /** Bytes in an Ed25519 signature. */
    int SIGNATURE_BYTES = 64;

    /** The X25519 public key of a private key. */
    byte[] x25519PublicKey(byte[] privateKey);

    /** The shared secret, or nothing where it is all zeros because the public key is of small order (RFC 7748 §6.1). */
    Optional<byte[]> x25519(byte[] privateKey, byte[] publicKey);

    /** The Ed25519 public key of a private key (RFC 8032's 32-byte seed). */
    byte[] ed25519PublicKey(byte[] privateKey);

    /**
     * What signs with this key again and again. It may keep both arrays, and a copy of the private key outside of Java's memory until it is erased.
     *
     * @param publicKey must be the one of the private key: it is not derived again
     */
    Signer ed25519Signer(byte[] privateKey, byte[] publicKey);

    /**
     * Whether the signature is the key's over the message, by the equation of RFC 8032 §5.1.7 that is multiplied by the cofactor. False for what has not the
     * right length, for encodings that are not the shortest, for an S that is not below the order, and for keys of small order.
     */
    boolean ed25519Verify(byte[] publicKey, byte[] message, byte[] signature);
}
