package chat.samara.mls.crypto;

import chat.samara.mls.codec.Bytes;

/**
 * A key pair of a suite's KEM.
 *
 * @param publicKey as RFC 9180's SerializePublicKey gives it
 * @param privateKey as RFC 9180's SerializePrivateKey gives it
 */
public record HpkeKeyPair(Bytes publicKey, Secret privateKey) {
    /** Overwrites the private key. */
    public void erase() {
        privateKey.erase();
    }

    /** The same pair with a private key that is erased separately. */
    public HpkeKeyPair copy() {
        return new HpkeKeyPair(publicKey, privateKey.copy());
    }
}
