package chat.samara.mls.crypto.bouncycastle;

import org.bouncycastle.crypto.SecretWithEncapsulation;
import org.bouncycastle.crypto.kems.MLKEMExtractor;
import org.bouncycastle.crypto.kems.MLKEMGenerator;
import org.bouncycastle.crypto.params.MLKEMParameters;
import org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLKEMPublicKeyParameters;

/** ML-KEM-768 (FIPS 203) on raw bytes, with all randomness handed in; callers check lengths of what comes from outside. */
public final class MlKem768 {
    /** Bytes in the seed (d, z) that a key pair is made from, and that is kept instead of the 2,400 bytes it expands to. */
    public static final int SEED_BYTES = 64;

    /** Bytes in an encapsulation key. */
    public static final int PUBLIC_KEY_BYTES = 1184;

    /** Bytes in a ciphertext. */
    public static final int CIPHERTEXT_BYTES = 1088;

    /** Bytes in a shared secret, and in the randomness of an encapsulation. */
    public static final int SECRET_BYTES = 32;

    private static final int MODULUS = 3329;

    /** The public key's last bytes are the seed of its matrix. */
    private static final int MATRIX_SEED_BYTES = 32;

    /** What an encapsulation gives: two arrays that are the caller's. */
    public static final class Encapsulated {
        private final byte[] sharedSecret;
        private final byte[] ciphertext;

        private Encapsulated(byte[] sharedSecret, byte[] ciphertext) {
            this.sharedSecret = sharedSecret;
            this.ciphertext = ciphertext;
        }

        public byte[] sharedSecret() {
            return sharedSecret;
        }

        public byte[] ciphertext() {
            return ciphertext;
        }
    }

    private MlKem768() {}

    /** KeyGen_internal: the encapsulation key of a seed. */
    public static byte[] publicKey(byte[] seed) {
        return privateKey(seed).getPublicKey();
    }

    /** The encapsulation key check (FIPS 203 §7.2): the length, and every coefficient below the modulus. */
    public static boolean isPublicKey(byte[] bytes) {
        if (bytes.length != PUBLIC_KEY_BYTES) {
            return false;
        }
        // Two coefficients of 12 bits stand in three bytes, the lower bits first.
        for (int i = 0; i < PUBLIC_KEY_BYTES - MATRIX_SEED_BYTES; i += 3) {
            int first = (bytes[i] & 0xff) | (bytes[i + 1] & 0x0f) << 8;
            int second = (bytes[i + 1] & 0xff) >>> 4 | (bytes[i + 2] & 0xff) << 4;
            if (first >= MODULUS || second >= MODULUS) {
                return false;
            }
        }
        return true;
    }

    /** Encaps_internal to a key that {@link #isPublicKey} has accepted. */
    public static Encapsulated encapsulate(byte[] publicKey, byte[] randomness) {
        SecretWithEncapsulation made = MLKEMGenerator.internalGenerateEncapsulated(
                new MLKEMPublicKeyParameters(MLKEMParameters.ml_kem_768, publicKey), randomness);
        return new Encapsulated(made.getSecret(), made.getEncapsulation());
    }

    /** Decaps. A ciphertext that nobody encapsulated gives a secret that nobody else has (implicit rejection). */
    public static byte[] decapsulate(byte[] seed, byte[] ciphertext) {
        MLKEMPrivateKeyParameters key = privateKey(seed);
        try {
            return new MLKEMExtractor(key).extractSecret(ciphertext);
        } finally {
            key.destroy();
        }
    }

    private static MLKEMPrivateKeyParameters privateKey(byte[] seed) {
        return new MLKEMPrivateKeyParameters(MLKEMParameters.ml_kem_768, seed);
    }
}
