package chat.samara.mls.crypto;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.bouncycastle.Curve448;
import chat.samara.mls.crypto.primitive.Curve25519;
import java.math.BigInteger;
import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** X25519 and X448 (RFC 7748): keys are strings of one length, and any string is a private key. */
abstract class MontgomeryGroup implements DhGroup {
    static final MontgomeryGroup X25519 =
            new MontgomeryGroup(
                    "X25519",
                    0x0020,
                    Hash.SHA256,
                    Curve25519.KEY_BYTES,
                    BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19)),
                    // The top bit is not part of the coordinate (RFC 7748 §5).
                    0x7f,
                    Set.of(
                            new BigInteger(
                                    "325606250916557431795983626356110631294008115727848805560023387167927233504"),
                            new BigInteger(
                                    "39382357235489614581723060781553021112529911719440698176882885853963445705823"))) {
                @Override
                byte[] rawPublicKey(byte[] privateKey) {
                    return Primitives.curve25519().x25519PublicKey(privateKey);
                }

                @Override
                Optional<byte[]> rawAgreement(byte[] privateKey, byte[] publicKey) {
                    return Primitives.curve25519().x25519(privateKey, publicKey);
                }
            };

    static final MontgomeryGroup X448 =
            new MontgomeryGroup(
                    "X448",
                    0x0021,
                    Hash.SHA512,
                    Curve448.X448_BYTES,
                    BigInteger.TWO.pow(448).subtract(BigInteger.TWO.pow(224)).subtract(BigInteger.ONE),
                    0xff,
                    Set.of()) {
                @Override
                byte[] rawPublicKey(byte[] privateKey) {
                    return Curve448.x448PublicKey(privateKey);
                }

                @Override
                Optional<byte[]> rawAgreement(byte[] privateKey, byte[] publicKey) {
                    return Curve448.x448(privateKey, publicKey);
                }
            };

    private final String name;
    private final int kemId;
    private final Hash hash;
    private final int keyBytes;
    private final BigInteger prime;
    private final int topByteMask;
    private final Set<BigInteger> smallOrder;

    /** Beside 0, 1 and −1, which are of small order on either curve or its twist, a curve may have more such u-coordinates. */
    private MontgomeryGroup(
            String name,
            int kemId,
            Hash hash,
            int keyBytes,
            BigInteger prime,
            int topByteMask,
            Set<BigInteger> furtherSmallOrder) {
        this.name = name;
        this.kemId = kemId;
        this.hash = hash;
        this.keyBytes = keyBytes;
        this.prime = prime;
        this.topByteMask = topByteMask;
        Set<BigInteger> all = new HashSet<>(furtherSmallOrder);
        Collections.addAll(all, BigInteger.ZERO, BigInteger.ONE, prime.subtract(BigInteger.ONE));
        this.smallOrder = Set.copyOf(all);
    }

    abstract byte[] rawPublicKey(byte[] privateKey);

    /** Empty where the shared secret is all zeros. */
    abstract Optional<byte[]> rawAgreement(byte[] privateKey, byte[] publicKey);

    @Override
    public int kemId() {
        return kemId;
    }

    @Override
    public Hash hash() {
        return hash;
    }

    @Override
    public int privateKeyBytes() {
        return keyBytes;
    }

    @Override
    public int publicKeyBytes() {
        return keyBytes;
    }

    @Override
    public byte[] derivePrivateKey(LabeledKdf kdf, byte[] pseudoRandomKey) {
        return kdf.expand(pseudoRandomKey, "sk", new byte[0], keyBytes);
    }

    @Override
    public byte[] privateKeyOf(byte[] stored) throws MlsException {
        if (stored.length != keyBytes) {
            throw new MlsException(
                    MlsError.INVALID_STATE,
                    "an " + name + " private key of " + stored.length + " bytes, expected " + keyBytes);
        }
        return stored.clone();
    }

    @Override
    public Bytes publicKeyOf(byte[] privateKey) {
        return Bytes.wrapUnsafe(rawPublicKey(privateKey));
    }

    @Override
    public void requireValid(Bytes publicKey) throws MlsException {
        if (publicKey.size() != keyBytes) {
            throw new MlsException(
                    MlsError.INVALID_PUBLIC_KEY,
                    "an " + name + " public key of " + publicKey.size() + " bytes, expected " + keyBytes);
        }
        byte[] bigEndian = new byte[keyBytes];
        for (int i = 0; i < keyBytes; i++) {
            bigEndian[i] = publicKey.get(keyBytes - 1 - i);
        }
        bigEndian[0] &= (byte) topByteMask;
        BigInteger coordinate = new BigInteger(1, bigEndian).mod(prime);
        if (smallOrder.contains(coordinate)) {
            throw smallOrder();
        }
    }

    @Override
    public byte[] agree(byte[] privateKey, Bytes publicKey) throws MlsException {
        return rawAgreement(privateKey, publicKey.arrayUnsafe()).orElseThrow(this::smallOrder);
    }

    private MlsException smallOrder() {
        return new MlsException(MlsError.INVALID_PUBLIC_KEY, "an " + name + " public key of small order");
    }
}
