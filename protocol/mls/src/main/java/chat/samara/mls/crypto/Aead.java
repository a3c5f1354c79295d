package chat.samara.mls.crypto;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;

/** Authenticated encryption (RFC 5116) by the JDK, with the identifiers of HPKE (RFC 9180 §7.3). */
public enum Aead {
    AES_128_GCM(0x0001, 16, "AES/GCM/NoPadding", "AES"),
    AES_256_GCM(0x0002, 32, "AES/GCM/NoPadding", "AES"),
    CHACHA20_POLY1305(0x0003, 32, "ChaCha20-Poly1305", "ChaCha20");

    /** Bytes in a nonce, {@code AEAD.Nn}. */
    public static final int NONCE_BYTES = 12;

    /** Bytes that a ciphertext is longer than its plaintext. */
    public static final int TAG_BYTES = 16;

    private final int id;
    private final int keyBytes;
    private final String transformation;
    private final String keyAlgorithm;

    /** Where the cipher comes from: to look that up takes longer than to encrypt a short message. */
    @SuppressWarnings("ImmutableEnumChecker") // nobody changes the JDK's providers
    private final Provider provider;

    Aead(int id, int keyBytes, String transformation, String keyAlgorithm) {
        this.id = id;
        this.keyBytes = keyBytes;
        this.transformation = transformation;
        this.keyAlgorithm = keyAlgorithm;
        try {
            this.provider = Cipher.getInstance(transformation).getProvider();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(transformation + " is missing, expected in every Java 17", e);
        }
    }

    /** HPKE's {@code aead_id}. */
    public int id() {
        return id;
    }

    /** Bytes in a key, {@code AEAD.Nk}. */
    public int keyBytes() {
        return keyBytes;
    }

    /** The ciphertext with its tag. A (key, nonce) pair must be used once only. */
    public byte[] seal(byte[] key, byte[] nonce, byte[] aad, byte[] plaintext) {
        KeyView view = new KeyView(key, keyAlgorithm);
        try {
            return cipher(Cipher.ENCRYPT_MODE, view, nonce, aad).doFinal(plaintext);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(this + " of " + plaintext.length + " bytes, expected to succeed", e);
        } finally {
            view.eraseCopies();
        }
    }

    /** The plaintext, or {@link MlsError#DECRYPTION_FAILED}. */
    public byte[] open(byte[] key, byte[] nonce, byte[] aad, byte[] ciphertext) throws MlsException {
        if (ciphertext.length < TAG_BYTES) {
            // Some releases of the JDK answer with an unchecked exception.
            throw new MlsException(
                    MlsError.DECRYPTION_FAILED,
                    "a ciphertext of " + ciphertext.length + " bytes, expected at least " + TAG_BYTES);
        }
        KeyView view = new KeyView(key, keyAlgorithm);
        try {
            return cipher(Cipher.DECRYPT_MODE, view, nonce, aad).doFinal(ciphertext);
        } catch (GeneralSecurityException e) {
            throw new MlsException(MlsError.DECRYPTION_FAILED, "a ciphertext of " + ciphertext.length + " bytes", e);
        } finally {
            view.eraseCopies();
        }
    }

    private Cipher cipher(int mode, KeyView key, byte[] nonce, byte[] aad) throws GeneralSecurityException {
        AlgorithmParameterSpec parameters =
                this == CHACHA20_POLY1305 ? new IvParameterSpec(nonce) : new GCMParameterSpec(8 * TAG_BYTES, nonce);
        // A fresh one each time, since it keeps the key for as long as it lives.
        Cipher cipher = Cipher.getInstance(transformation, provider);
        cipher.init(mode, key, parameters);
        cipher.updateAAD(aad);
        return cipher;
    }
}
