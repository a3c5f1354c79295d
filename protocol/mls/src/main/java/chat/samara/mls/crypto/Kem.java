package chat.samara.mls.crypto;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;

/** A key encapsulation mechanism as HPKE uses it (RFC 9180 §4). */
interface Kem {
    /** What {@link #encapsulate} gives: the shared secret and the {@code enc} that carries it. */
    record Encapsulated(Secret sharedSecret, Bytes encapsulation) {}

    /** HPKE's {@code kem_id} (RFC 9180 §7.1). */
    int id();

    /** Bytes in a private key, {@code Nsk}. */
    int privateKeyBytes();

    /** Random bytes that {@link #encapsulate} takes, in one go. */
    default int encapsulationRandomBytes() {
        return privateKeyBytes();
    }

    /** DeriveKeyPair: the same input gives the same pair. */
    HpkeKeyPair deriveKeyPair(byte[] inputKeyingMaterial);

    /** The pair with this private key; {@code INVALID_STATE} where it can be none. */
    HpkeKeyPair keyPairOf(byte[] privateKey) throws MlsException;

    /** Refuses with {@code INVALID_PUBLIC_KEY} what cannot be encapsulated to. */
    void requireValid(Bytes publicKey) throws MlsException;

    /** Refuses with {@code INVALID_PUBLIC_KEY} what no {@link #encapsulate} can have given. For a DHKEM that is a public key. */
    default void requireValidEncapsulation(Bytes encapsulation) throws MlsException {
        requireValid(encapsulation);
    }

    /** Encap. */
    Encapsulated encapsulate(Bytes publicKey, RandomSource random) throws MlsException;

    /** Decap: the shared secret. */
    byte[] decapsulate(Bytes encapsulation, HpkeKeyPair receiver) throws MlsException;
}
