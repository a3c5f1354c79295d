package chat.samara.mls.crypto;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.primitive.Signer;

/** A suite's signature algorithm on raw bytes (RFC 9420 §5.1.2). */
interface SignatureScheme {
    /** Bytes in a private key. */
    int privateKeyBytes();

    /** A fresh private key. */
    default byte[] generatePrivateKey(RandomSource random) {
        return random.bytes(privateKeyBytes());
    }

    /** A copy of a stored private key in its full length; an unchecked exception for what can be none, which is a bug. */
    default byte[] privateKeyOf(byte[] stored) {
        if (stored.length != privateKeyBytes()) {
            throw new IllegalArgumentException(
                    "a private key of " + stored.length + " bytes, expected " + privateKeyBytes());
        }
        return stored.clone();
    }

    /** The public key of a private key. */
    Bytes publicKeyOf(byte[] privateKey);

    /** Refuses with {@code INVALID_PUBLIC_KEY} what cannot be a public key. */
    void requireValid(Bytes publicKey) throws MlsException;

    /** Everything of an X.509 SubjectPublicKeyInfo in DER but the key's own bytes, which follow (RFC 5480, RFC 8410). */
    Bytes subjectPublicKeyInfoPrefix();

    /** What signs with the private key, at which it looks; the public key is the private key's. */
    Signer signer(byte[] privateKey, Bytes publicKey);

    /** Whether the signature is the key's over the message; false for anything malformed. */
    boolean verify(Bytes publicKey, byte[] message, Bytes signature);
}
