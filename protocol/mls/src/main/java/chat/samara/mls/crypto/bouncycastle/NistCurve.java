package chat.samara.mls.crypto.bouncycastle;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * The curves of FIPS 186 on raw bytes: ECDH and ECDSA. A private key is a big-endian scalar from 1 to n − 1, a public key an
 * uncompressed point (SEC 1 §2.3.3). The agreement is the JDK's, which takes the same time for every scalar: Bouncy
 * Castle's does not.
 *
 * <p>A curve's parameters are only made when it is first used: that takes a tenth of a second and some hundred classes, and most processes are never in a
 * channel of such a suite.
 */
public final class NistCurve {
    public static final NistCurve P256 = new NistCurve("P-256", 32);
    public static final NistCurve P384 = new NistCurve("P-384", 48);
    public static final NistCurve P521 = new NistCurve("P-521", 66);

    private final String name;
    private final int fieldBytes;
    private volatile @Nullable NistArithmetic arithmetic;

    private NistCurve(String name, int fieldBytes) {
        this.name = name;
        this.fieldBytes = fieldBytes;
    }

    /** Two threads may both make it; the two are alike. */
    private NistArithmetic arithmetic() {
        NistArithmetic made = arithmetic;
        if (made == null) {
            made = NistArithmetic.of(fieldBytes);
            arithmetic = made;
        }
        return made;
    }

    /** Bytes in a coordinate, a private key and a shared secret. */
    public int fieldBytes() {
        return fieldBytes;
    }

    /** Bytes in a public key. */
    public int publicKeyBytes() {
        return 1 + 2 * fieldBytes;
    }

    /** Bits in the order of the group, hence in a private key at most. */
    public int orderBits() {
        return arithmetic().orderBits();
    }

    /** Whether the bytes are a number from 1 to n − 1. */
    public boolean isScalar(byte[] bytes) {
        return arithmetic().isScalar(bytes);
    }

    /** Whether the bytes are an uncompressed point on the curve; infinity has no such encoding. */
    public boolean isPoint(byte[] bytes) {
        return arithmetic().isPoint(bytes);
    }

    /** The public key of a scalar. */
    public byte[] publicKey(byte[] privateKey) {
        return arithmetic().publicKey(privateKey);
    }

    /** The x-coordinate of the scalar times the point, which {@link #isPoint} has accepted: never infinity, since n is prime. */
    public byte[] agree(byte[] privateKey, byte[] point) {
        return arithmetic().agree(privateKey, point);
    }

    /** The numbers r and s of the signature of a hash, with the nonce of RFC 6979: no randomness to go wrong. */
    public BigInteger[] sign(byte[] privateKey, byte[] hash) {
        return arithmetic().sign(privateKey, hash);
    }

    /** Whether the signature of the hash is the key's; false for what is no point and for numbers out of range. */
    public boolean verify(byte[] point, byte[] hash, BigInteger r, BigInteger s) {
        return arithmetic().verify(point, hash, r, s);
    }

    @Override
    public String toString() {
        return name;
    }
}
