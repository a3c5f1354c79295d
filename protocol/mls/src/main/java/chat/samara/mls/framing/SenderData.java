package chat.samara.mls.framing;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.Aead;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import java.util.Arrays;

/**
 * {@code SenderData} (RFC 9420 §6.3.2): who sent a PrivateMessage and with which key.
 *
 * @param generation unsigned
 * @param reuseGuard four bytes
 */
record SenderData(int leafIndex, int generation, Bytes reuseGuard) implements TlsEncodable {
    static final int REUSE_GUARD_BYTES = 4;

    static SenderData readFrom(TlsReader reader) throws MlsException {
        return new SenderData(reader.uint32(), reader.uint32(), reader.raw(REUSE_GUARD_BYTES));
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.uint32(leafIndex).uint32(generation).raw(reuseGuard);
    }

    /** Encrypts it under a key that is drawn from a sample of the message's ciphertext. */
    Bytes seal(CipherSuite suite, Secret senderDataSecret, byte[] aad, byte[] ciphertext) {
        Secret key = key(suite, senderDataSecret, ciphertext);
        Secret nonce = nonce(suite, senderDataSecret, ciphertext);
        byte[] sealed = suite.aead().seal(key.reveal(), nonce.reveal(), aad, encode());
        key.erase();
        nonce.erase();
        return Bytes.wrapUnsafe(sealed);
    }

    /** What {@link #seal} sealed, or {@code DECRYPTION_FAILED}. */
    static SenderData open(CipherSuite suite, Secret senderDataSecret, PrivateMessage message) throws MlsException {
        byte[] ciphertext = message.ciphertext().arrayUnsafe();
        Secret key = key(suite, senderDataSecret, ciphertext);
        Secret nonce = nonce(suite, senderDataSecret, ciphertext);
        try {
            byte[] opened = suite.aead()
                    .open(
                            key.reveal(),
                            nonce.reveal(),
                            message.senderDataAad(),
                            message.encryptedSenderData().arrayUnsafe());
            return TlsReader.decode(opened, SenderData::readFrom);
        } finally {
            key.erase();
            nonce.erase();
        }
    }

    /** The nonce of the ratchet with the reuse guard mixed in (RFC 9420 §6.3.1). */
    byte[] guardedNonce(Secret nonce) {
        byte[] guarded = nonce.reveal().clone();
        for (int i = 0; i < REUSE_GUARD_BYTES; i++) {
            guarded[i] ^= reuseGuard.get(i);
        }
        return guarded;
    }

    static Secret key(CipherSuite suite, Secret senderDataSecret, byte[] ciphertext) {
        return suite.expandWithLabel(
                senderDataSecret, "key", sample(suite, ciphertext), suite.aead().keyBytes());
    }

    static Secret nonce(CipherSuite suite, Secret senderDataSecret, byte[] ciphertext) {
        return suite.expandWithLabel(senderDataSecret, "nonce", sample(suite, ciphertext), Aead.NONCE_BYTES);
    }

    private static byte[] sample(CipherSuite suite, byte[] ciphertext) {
        return Arrays.copyOf(ciphertext, Math.min(ciphertext.length, suite.hashBytes()));
    }
}
