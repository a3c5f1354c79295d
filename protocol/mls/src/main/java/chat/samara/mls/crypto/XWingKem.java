package chat.samara.mls.crypto;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.bouncycastle.MlKem768;
import chat.samara.mls.crypto.bouncycastle.Sha3;
import chat.samara.mls.crypto.primitive.Curve25519;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * X-Wing (draft-connolly-cfrg-xwing-kem-10), which draft-ietf-hpke-pq calls MLKEM768-X25519: a secret that stays one as long as
 * either ML-KEM-768 or X25519 holds. A private key is a seed of 32 bytes and is expanded whenever it is used.
 *
 * <p>An X25519 point of small order is not refused here: the combiner takes in both ciphertext and key of X25519, and the draft
 * leaves the check out. A party that refused would disagree with all that follow the draft.
 */
final class XWingKem implements Kem {
    static final XWingKem INSTANCE = new XWingKem();

    private static final int ID = 0x647a;
    private static final int SEED_BYTES = 32;
    private static final int PUBLIC_KEY_BYTES = MlKem768.PUBLIC_KEY_BYTES + Curve25519.KEY_BYTES;
    private static final int CIPHERTEXT_BYTES = MlKem768.CIPHERTEXT_BYTES + Curve25519.KEY_BYTES;
    private static final int ENCAPSULATION_SEED_BYTES = MlKem768.SECRET_BYTES + Curve25519.KEY_BYTES;

    /** A picture of an X-wing: {@code \.//^\}. */
    private static final byte[] COMBINER_LABEL = ascii("\\.//^\\");

    /** What follows the input of LabeledDerive for DeriveKeyPair: version, suite id, label and length (draft-ietf-hpke-pq). */
    private static final byte[] DERIVE_KEY_PAIR = new TlsWriter(32)
            .raw(ascii("HPKE-v1"))
            .raw(ascii("KEM"))
            .uint16(ID)
            .uint16("DeriveKeyPair".length())
            .raw(ascii("DeriveKeyPair"))
            .uint16(SEED_BYTES)
            .toByteArray();

    /** The two private keys that a seed stands for. */
    private static final class Expanded {
        final byte[] mlKemSeed;
        final byte[] x25519;

        Expanded(byte[] seed) {
            byte[] both = Sha3.shake256(MlKem768.SEED_BYTES + Curve25519.KEY_BYTES, seed);
            mlKemSeed = Arrays.copyOf(both, MlKem768.SEED_BYTES);
            x25519 = Arrays.copyOfRange(both, MlKem768.SEED_BYTES, both.length);
            Arrays.fill(both, (byte) 0);
        }

        void erase() {
            Arrays.fill(mlKemSeed, (byte) 0);
            Arrays.fill(x25519, (byte) 0);
        }
    }

    private XWingKem() {}

    @Override
    public int id() {
        return ID;
    }

    @Override
    public int privateKeyBytes() {
        return SEED_BYTES;
    }

    @Override
    public int encapsulationRandomBytes() {
        return ENCAPSULATION_SEED_BYTES;
    }

    @Override
    public HpkeKeyPair deriveKeyPair(byte[] inputKeyingMaterial) {
        return pairOf(Sha3.shake256(SEED_BYTES, inputKeyingMaterial, DERIVE_KEY_PAIR));
    }

    @Override
    public HpkeKeyPair keyPairOf(byte[] privateKey) throws MlsException {
        if (privateKey.length != SEED_BYTES) {
            throw new MlsException(
                    MlsError.INVALID_STATE,
                    "an X-Wing private key of " + privateKey.length + " bytes, expected " + SEED_BYTES);
        }
        return pairOf(privateKey.clone());
    }

    @Override
    public void requireValid(Bytes publicKey) throws MlsException {
        if (publicKey.size() != PUBLIC_KEY_BYTES) {
            throw new MlsException(
                    MlsError.INVALID_PUBLIC_KEY,
                    "an X-Wing public key of " + publicKey.size() + " bytes, expected " + PUBLIC_KEY_BYTES);
        }
        if (!MlKem768.isPublicKey(mlKemPart(publicKey, MlKem768.PUBLIC_KEY_BYTES))) {
            throw new MlsException(
                    MlsError.INVALID_PUBLIC_KEY, "an ML-KEM-768 public key with a coefficient of 3329 or more");
        }
    }

    /** Any bytes of the right length: a wrong ciphertext gives another secret, and nobody fails (FIPS 203 §6.3). */
    @Override
    public void requireValidEncapsulation(Bytes encapsulation) throws MlsException {
        if (encapsulation.size() != CIPHERTEXT_BYTES) {
            throw new MlsException(
                    MlsError.INVALID_PUBLIC_KEY,
                    "a KEM output of " + encapsulation.size() + " bytes, expected " + CIPHERTEXT_BYTES);
        }
    }

    @Override
    public Encapsulated encapsulate(Bytes publicKey, RandomSource random) throws MlsException {
        requireValid(publicKey);
        byte[] seed = random.bytes(ENCAPSULATION_SEED_BYTES);
        byte[] mlKemRandomness = Arrays.copyOf(seed, MlKem768.SECRET_BYTES);
        byte[] ephemeral = Arrays.copyOfRange(seed, MlKem768.SECRET_BYTES, seed.length);
        MlKem768.Encapsulated mlKem =
                MlKem768.encapsulate(mlKemPart(publicKey, MlKem768.PUBLIC_KEY_BYTES), mlKemRandomness);
        byte[] receiver = x25519Part(publicKey, MlKem768.PUBLIC_KEY_BYTES);
        byte[] ephemeralPublic = Primitives.curve25519().x25519PublicKey(ephemeral);
        byte[] secret = combine(mlKem.sharedSecret(), agree(ephemeral, receiver), ephemeralPublic, receiver);
        Arrays.fill(seed, (byte) 0);
        Arrays.fill(mlKemRandomness, (byte) 0);
        Arrays.fill(ephemeral, (byte) 0);
        return new Encapsulated(
                Secret.take(secret), Bytes.concat(Bytes.wrapUnsafe(mlKem.ciphertext()), Bytes.of(ephemeralPublic)));
    }

    @Override
    public byte[] decapsulate(Bytes encapsulation, HpkeKeyPair receiver) throws MlsException {
        if (encapsulation.size() != CIPHERTEXT_BYTES) {
            throw new MlsException(
                    MlsError.DECRYPTION_FAILED,
                    "a KEM output of " + encapsulation.size() + " bytes, expected " + CIPHERTEXT_BYTES);
        }
        Expanded keys = new Expanded(receiver.privateKey().reveal());
        byte[] mlKemSecret = MlKem768.decapsulate(keys.mlKemSeed, mlKemPart(encapsulation, MlKem768.CIPHERTEXT_BYTES));
        byte[] ephemeralPublic = x25519Part(encapsulation, MlKem768.CIPHERTEXT_BYTES);
        byte[] x25519Secret = agree(keys.x25519, ephemeralPublic);
        keys.erase();
        return combine(
                mlKemSecret,
                x25519Secret,
                ephemeralPublic,
                x25519Part(receiver.publicKey(), MlKem768.PUBLIC_KEY_BYTES));
    }

    /** Takes the seed. */
    private static HpkeKeyPair pairOf(byte[] seed) {
        Expanded keys = new Expanded(seed);
        Bytes publicKey = Bytes.concat(
                Bytes.wrapUnsafe(MlKem768.publicKey(keys.mlKemSeed)),
                Bytes.wrapUnsafe(Primitives.curve25519().x25519PublicKey(keys.x25519)));
        keys.erase();
        return new HpkeKeyPair(publicKey, Secret.take(seed));
    }

    private static byte[] agree(byte[] privateKey, byte[] publicKey) {
        return Primitives.curve25519().x25519(privateKey, publicKey).orElseGet(() -> new byte[Curve25519.KEY_BYTES]);
    }

    /** The combiner; erases both secrets. */
    private static byte[] combine(byte[] mlKemSecret, byte[] x25519Secret, byte[] ephemeralPublic, byte[] receiver) {
        byte[] secret = Sha3.sha3(mlKemSecret, x25519Secret, ephemeralPublic, receiver, COMBINER_LABEL);
        Arrays.fill(mlKemSecret, (byte) 0);
        Arrays.fill(x25519Secret, (byte) 0);
        return secret;
    }

    private static byte[] mlKemPart(Bytes whole, int length) {
        return Arrays.copyOf(whole.arrayUnsafe(), length);
    }

    private static byte[] x25519Part(Bytes whole, int start) {
        return Arrays.copyOfRange(whole.arrayUnsafe(), start, whole.size());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
