package chat.samara.mls.crypto;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.bouncycastle.Curve25519;
import java.math.BigInteger;
import java.util.Set;

/** DHKEM(X25519, HKDF-SHA256) of RFC 9180 §4.1. */
final class X25519Kem implements Kem {
    static final X25519Kem INSTANCE = new X25519Kem();

    private static final int ID = 0x0020;
    private static final BigInteger PRIME = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

    /** The u-coordinates of small order: whatever is encapsulated to them comes out as zeros (RFC 7748 §6.1). */
    private static final Set<BigInteger> SMALL_ORDER = Set.of(
            BigInteger.ZERO,
            BigInteger.ONE,
            PRIME.subtract(BigInteger.ONE),
            new BigInteger("325606250916557431795983626356110631294008115727848805560023387167927233504"),
            new BigInteger("39382357235489614581723060781553021112529911719440698176882885853963445705823"));

    private final LabeledKdf kdf = LabeledKdf.ofKem(ID, Hash.SHA256);

    private X25519Kem() {}

    @Override
    public int id() {
        return ID;
    }

    @Override
    public int privateKeyBytes() {
        return Curve25519.KEY_BYTES;
    }

    @Override
    public HpkeKeyPair deriveKeyPair(byte[] inputKeyingMaterial) {
        byte[] prk = kdf.extract(new byte[0], "dkp_prk", inputKeyingMaterial);
        byte[] privateKey = kdf.expand(prk, "sk", new byte[0], Curve25519.KEY_BYTES);
        return new HpkeKeyPair(Bytes.wrapUnsafe(Curve25519.x25519PublicKey(privateKey)), Secret.take(privateKey));
    }

    @Override
    public HpkeKeyPair keyPairOf(byte[] privateKey) throws MlsException {
        if (privateKey.length != Curve25519.KEY_BYTES) {
            throw new MlsException(
                    MlsError.INVALID_STATE, "an X25519 private key of " + privateKey.length + " bytes, expected 32");
        }
        return new HpkeKeyPair(Bytes.wrapUnsafe(Curve25519.x25519PublicKey(privateKey)), Secret.copyOf(privateKey));
    }

    @Override
    public void requireValid(Bytes publicKey) throws MlsException {
        if (publicKey.size() != Curve25519.KEY_BYTES) {
            throw new MlsException(
                    MlsError.INVALID_PUBLIC_KEY, "an X25519 public key of " + publicKey.size() + " bytes, expected 32");
        }
        byte[] bigEndian = new byte[Curve25519.KEY_BYTES];
        for (int i = 0; i < bigEndian.length; i++) {
            bigEndian[i] = publicKey.get(bigEndian.length - 1 - i);
        }
        // The top bit is not part of the coordinate (RFC 7748 §5).
        bigEndian[0] &= 0x7f;
        if (SMALL_ORDER.contains(new BigInteger(1, bigEndian).mod(PRIME))) {
            throw smallOrder();
        }
    }

    @Override
    public Encapsulated encapsulate(Bytes publicKey, RandomSource random) throws MlsException {
        requireValid(publicKey);
        HpkeKeyPair ephemeral = deriveKeyPair(random.bytes(Curve25519.KEY_BYTES));
        byte[] shared = agree(ephemeral.privateKey(), publicKey);
        byte[] secret = sharedSecret(shared, ephemeral.publicKey(), publicKey);
        ephemeral.erase();
        return new Encapsulated(Secret.take(secret), ephemeral.publicKey());
    }

    @Override
    public byte[] decapsulate(Bytes encapsulation, HpkeKeyPair receiver) throws MlsException {
        if (encapsulation.size() != Curve25519.KEY_BYTES) {
            throw new MlsException(
                    MlsError.DECRYPTION_FAILED, "a KEM output of " + encapsulation.size() + " bytes, expected 32");
        }
        return sharedSecret(agree(receiver.privateKey(), encapsulation), encapsulation, receiver.publicKey());
    }

    private static byte[] agree(Secret privateKey, Bytes publicKey) throws MlsException {
        return Curve25519.x25519(privateKey.reveal(), publicKey.arrayUnsafe()).orElseThrow(X25519Kem::smallOrder);
    }

    private byte[] sharedSecret(byte[] shared, Bytes encapsulation, Bytes receiver) {
        byte[] prk = kdf.extract(new byte[0], "eae_prk", shared);
        return kdf.expand(
                prk, "shared_secret", Bytes.concat(encapsulation, receiver).arrayUnsafe(), Hash.SHA256.bytes());
    }

    private static MlsException smallOrder() {
        return new MlsException(MlsError.INVALID_PUBLIC_KEY, "an X25519 public key of small order");
    }
}
