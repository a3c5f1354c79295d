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

/** What {@link NistCurve} does, with what has to be known for it of one curve. */
final class NistArithmetic {
    private static final byte UNCOMPRESSED = 4;

    private final String name;
    private final int fieldBytes;
    private final Supplier<Digest> nonceDigest;
    private final ECDomainParameters domain;
    private final ECParameterSpec jdkParameters;

    private NistArithmetic(String name, String jdkName, int fieldBytes, Supplier<Digest> nonceDigest) {
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

    /** Of the curve with coordinates of so many bytes: 32, 48 or 66. */
    static NistArithmetic of(int fieldBytes) {
        return switch (fieldBytes) {
            case 32 -> new NistArithmetic("P-256", "secp256r1", fieldBytes, SHA256Digest::new);
            case 48 -> new NistArithmetic("P-384", "secp384r1", fieldBytes, SHA384Digest::new);
            case 66 -> new NistArithmetic("P-521", "secp521r1", fieldBytes, SHA512Digest::new);
            default -> throw new IllegalArgumentException(fieldBytes + " bytes, expected 32, 48 or 66");
        };
    }

    int orderBits() {
        return domain.getN().bitLength();
    }

    boolean isScalar(byte[] bytes) {
        return isScalar(new BigInteger(1, bytes));
    }

    boolean isPoint(byte[] bytes) {
        if (bytes.length != 1 + 2 * fieldBytes || bytes[0] != UNCOMPRESSED) {
            return false;
        }
        BigInteger prime = domain.getCurve().getField().getCharacteristic();
        BigInteger x = x(bytes);
        BigInteger y = y(bytes);
        return x.compareTo(prime) < 0
                && y.compareTo(prime) < 0
                && domain.getCurve().createPoint(x, y).isValid();
    }

    byte[] publicKey(byte[] privateKey) {
        return new FixedPointCombMultiplier()
                .multiply(domain.getG(), new BigInteger(1, privateKey))
                .normalize()
                .getEncoded(false);
    }

    byte[] agree(byte[] privateKey, byte[] point) {
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
            throw new IllegalStateException("ECDH on " + name + " failed, expected a valid scalar and point", e);
        }
    }

    BigInteger[] sign(byte[] privateKey, byte[] hash) {
        ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(nonceDigest.get()));
        signer.init(true, new ECPrivateKeyParameters(new BigInteger(1, privateKey), domain));
        return signer.generateSignature(hash);
    }

    boolean verify(byte[] point, byte[] hash, BigInteger r, BigInteger s) {
        if (!isPoint(point) || !isScalar(r) || !isScalar(s)) {
            return false;
        }
        ECDSASigner verifier = new ECDSASigner();
        verifier.init(false, new ECPublicKeyParameters(domain.getCurve().createPoint(x(point), y(point)), domain));
        return verifier.verifySignature(hash, r, s);
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
