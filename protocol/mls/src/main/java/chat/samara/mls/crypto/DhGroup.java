package chat.samara.mls.crypto;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;

/** A Diffie-Hellman group as DHKEM uses it (RFC 9180 §4.1, §7.1). */
interface DhGroup {
    /** HPKE's {@code kem_id} of DHKEM over this group (RFC 9180 §7.1). */
    int kemId();

    /** The hash of the KEM's own HKDF; its length is that of the KEM's shared secret. */
    Hash hash();

    /** Bytes in a private key, {@code Nsk}. */
    int privateKeyBytes();

    /** Bytes in a public key, {@code Npk}, and in an encapsulation. */
    int publicKeyBytes();

    /** The private key that DeriveKeyPair takes from its pseudorandom key (RFC 9180 §7.1.3). */
    byte[] derivePrivateKey(LabeledKdf kdf, byte[] pseudoRandomKey);

    /** A copy of a stored private key in its full length; {@code INVALID_STATE} for what can be none. */
    byte[] privateKeyOf(byte[] stored) throws MlsException;

    /** The public key of a private key. */
    Bytes publicKeyOf(byte[] privateKey);

    /** Refuses with {@code INVALID_PUBLIC_KEY} what the group does not contain, or only in a small subgroup (RFC 9180 §7.1.4). */
    void requireValid(Bytes publicKey) throws MlsException;

    /** The shared secret; {@code INVALID_PUBLIC_KEY} as {@link #requireValid}, the length excepted, which is the caller's to check. */
    byte[] agree(byte[] privateKey, Bytes publicKey) throws MlsException;
}
