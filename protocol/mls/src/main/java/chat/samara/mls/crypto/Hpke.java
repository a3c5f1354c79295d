package chat.samara.mls.crypto;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import java.util.Arrays;

/** HPKE in base mode (RFC 9180 §5.1.1): single-shot encryption, and the export that external joins use. */
final class Hpke {
    /** Mode, psk_id and psk of base mode. */
    private static final int MODE_BASE = 0;

    private static final byte[] EMPTY = new byte[0];

    private final Kem kem;
    private final Aead aead;
    private final LabeledKdf kdf;
    private final byte[] pskIdHash;

    Hpke(Kem kem, Hash hash, Aead aead) {
        this.kem = kem;
        this.aead = aead;
        this.kdf = LabeledKdf.ofHpke(kem.id(), hash, aead);
        this.pskIdHash = kdf.extract(EMPTY, "psk_id_hash", EMPTY);
    }

    /** SealBase (RFC 9180 §6.1). */
    HpkeCiphertext seal(Bytes publicKey, byte[] info, byte[] aad, byte[] plaintext, RandomSource random)
            throws MlsException {
        Kem.Encapsulated encapsulated = kem.encapsulate(publicKey, random);
        byte[] context = context(info);
        byte[] secret = scheduleSecret(encapsulated.sharedSecret().reveal());
        byte[] key = kdf.expand(secret, "key", context, aead.keyBytes());
        byte[] nonce = kdf.expand(secret, "base_nonce", context, Aead.NONCE_BYTES);
        byte[] ciphertext = aead.seal(key, nonce, aad, plaintext);
        encapsulated.sharedSecret().erase();
        erase(secret, key, nonce);
        return new HpkeCiphertext(encapsulated.encapsulation(), Bytes.wrapUnsafe(ciphertext));
    }

    /** OpenBase (RFC 9180 §6.1). */
    byte[] open(HpkeCiphertext sealed, HpkeKeyPair receiver, byte[] info, byte[] aad) throws MlsException {
        byte[] shared = kem.decapsulate(sealed.kemOutput(), receiver);
        byte[] context = context(info);
        byte[] secret = scheduleSecret(shared);
        byte[] key = kdf.expand(secret, "key", context, aead.keyBytes());
        byte[] nonce = kdf.expand(secret, "base_nonce", context, Aead.NONCE_BYTES);
        try {
            return aead.open(key, nonce, aad, sealed.ciphertext().arrayUnsafe());
        } finally {
            erase(shared, secret, key, nonce);
        }
    }

    /** SendExportBase (RFC 9180 §6.2): the secret, and the KEM output that lets the receiver export the same. */
    ExportedSecret sendExport(Bytes publicKey, byte[] info, byte[] exporterContext, int length, RandomSource random)
            throws MlsException {
        Kem.Encapsulated encapsulated = kem.encapsulate(publicKey, random);
        Secret exported = export(encapsulated.sharedSecret().reveal(), info, exporterContext, length);
        encapsulated.sharedSecret().erase();
        return new ExportedSecret(encapsulated.encapsulation(), exported);
    }

    /** ReceiveExportBase (RFC 9180 §6.2). */
    Secret receiveExport(Bytes kemOutput, HpkeKeyPair receiver, byte[] info, byte[] exporterContext, int length)
            throws MlsException {
        return export(kem.decapsulate(kemOutput, receiver), info, exporterContext, length);
    }

    private Secret export(byte[] shared, byte[] info, byte[] exporterContext, int length) {
        byte[] secret = scheduleSecret(shared);
        byte[] exporterSecret =
                kdf.expand(secret, "exp", context(info), kdf.hash().bytes());
        Secret exported = Secret.take(kdf.expand(exporterSecret, "sec", exporterContext, length));
        erase(shared, secret, exporterSecret);
        return exported;
    }

    private byte[] context(byte[] info) {
        byte[] infoHash = kdf.extract(EMPTY, "info_hash", info);
        return new TlsWriter(1 + 2 * infoHash.length)
                .uint8(MODE_BASE)
                .raw(pskIdHash)
                .raw(infoHash)
                .toByteArray();
    }

    private byte[] scheduleSecret(byte[] sharedSecret) {
        return kdf.extract(sharedSecret, "secret", EMPTY);
    }

    private static void erase(byte[]... secrets) {
        for (byte[] secret : secrets) {
            Arrays.fill(secret, (byte) 0);
        }
    }
}
