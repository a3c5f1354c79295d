package chat.samara.mls.crypto.bouncycastle;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.util.Arrays;
import java.util.function.Supplier;
import javax.crypto.KeyAgreement;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.util.BigIntegers;

/**
 * The curves of FIPS 186 on raw bytes: ECDH and ECDSA. A private key is a big-endian scalar from 1 to n − 1, a public key an
 * uncompressed point (SEC 1 §2.3.3). The agreement is the JDK's, which takes the same time for every scalar: Bouncy
 * Castle's does not.
 */
public final class NistCurve {
    public static final NistCurve P256 = new NistCurve("P-256", "secp256r1", 32, SHA256Digest::new);
    public static final NistCurve P384 = new NistCurve("P-384", "secp384r1", 48, SHA384Digest::new);
    public static final NistCurve P521 = new NistCurve("P-521", "secp521r1", 66, SHA512Digest::new);

    private static final byte UNCOMPRESSED = 4;

    private final String name;
    private final int fieldBytes;
    private final Supplier<Digest> nonceDigest;
    private final ECDomainParameters domain;
    private final ECParameterSpec jdkParameters;

    private NistCurve(String name, String jdkName, int fieldBytes, Supplier<Digest> nonceDigest) {
        this.name = name;
        this.fieldBytes = fieldBytes;
        this.nonceDigest = nonceDigest;
        X9ECParameters curve = CustomNamedCurves.getByName(name);
        this.domain = new ECDomainParameters(curve.getCurve(), curve.getG(), curve.getN(), curve.getH());
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec(jdkName));
            this.jdkParameters = parameters.getParameterSpec(ECParameterSpec.class);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(jdkName + " is missing, expected in every Java 17", e);
        }
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
        return domain.getN().bitLength();
    }

    /** Whether the bytes are a number from 1 to n − 1. */
    public boolean isScalar(byte[] bytes) {
        return isScalar(new BigInteger(1, bytes));
    }

    /** Whether the bytes are an uncompressed point on the curve; infinity has no such encoding. */
    public boolean isPoint(byte[] bytes) {
        if (bytes.length != publicKeyBytes() || bytes[0] != UNCOMPRESSED) {
            return false;
        }
        BigInteger prime = domain.getCurve().getField().getCharacteristic();
        BigInteger x = x(bytes);
        BigInteger y = y(bytes);
        return x.compareTo(prime) < 0
                && y.compareTo(prime) < 0
                && domain.getCurve().createPoint(x, y).isValid();
    }

    /** The public key of a scalar. */
    public byte[] publicKey(byte[] privateKey) {
        return new FixedPointCombMultiplier()
                .multiply(domain.getG(), new BigInteger(1, privateKey))
                .normalize()
                .getEncoded(false);
    }

    /** The x-coordinate of the scalar times the point, which {@link #isPoint} has accepted: never infinity, since n is prime. */
    public byte[] agree(byte[] privateKey, byte[] point) {
        try {
            KeyFactory keys = KeyFactory.getInstance("EC");
            PrivateKey scalar =
                    keys.generatePrivate(new ECPrivateKeySpec(new BigInteger(1, privateKey), jdkParameters));
            PublicKey peer = keys.generatePublic(new ECPublicKeySpec(new ECPoint(x(point), y(point)), jdkParameters));
            KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
            agreement.init(scalar);
            agreement.doPhase(peer, true);
            return agreement.generateSecret();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("ECDH on " + this + " failed, expected a valid scalar and point", e);
        }
    }

    /** The numbers r and s of the signature of a hash, with the nonce of RFC 6979: no randomness to go wrong. */
    public BigInteger[] sign(byte[] privateKey, byte[] hash) {
        ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(nonceDigest.get()));
        signer.init(true, new ECPrivateKeyParameters(new BigInteger(1, privateKey), domain));
        return signer.generateSignature(hash);
    }

    /** Whether the signature of the hash is the key's; false for what is no point and for numbers out of range. */
    public boolean verify(byte[] point, byte[] hash, BigInteger r, BigInteger s) {
        if (!isPoint(point) || !isScalar(r) || !isScalar(s)) {
            return false;
        }
        ECDSASigner verifier = new ECDSASigner();
        verifier.init(false, new ECPublicKeyParameters(domain.getCurve().createPoint(x(point), y(point)), domain));
        return verifier.verifySignature(hash, r, s);
    }

    @Override
    public String toString() {
        return name;
    }

    private boolean isScalar(BigInteger number) {
        return number.signum() > 0 && number.compareTo(domain.getN()) < 0;
    }

    private BigInteger x(byte[] point) {
        return BigIntegers.fromUnsignedByteArray(point, 1, fieldBytes);
    }

    private BigInteger y(byte[] point) {
        return new BigInteger(1, Arrays.copyOfRange(point, 1 + fieldBytes, point.length));
    }
}
