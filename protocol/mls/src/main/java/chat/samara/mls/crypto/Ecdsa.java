package chat.samara.mls.crypto;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.bouncycastle.NistCurve;
import chat.samara.mls.crypto.primitive.Signer;
import java.math.BigInteger;

/** ECDSA as TLS 1.3 uses it, and so MLS (RFC 9420 §5.1.2): public keys are uncompressed points, signatures DER. */
final class Ecdsa implements SignatureScheme {
    static final Ecdsa P256_SHA256 =
            new Ecdsa(NistCurve.P256, Hash.SHA256, "3059301306072a8648ce3d020106082a8648ce3d030107034200");
    static final Ecdsa P384_SHA384 =
            new Ecdsa(NistCurve.P384, Hash.SHA384, "3076301006072a8648ce3d020106052b81040022036200");
    static final Ecdsa P521_SHA512 =
            new Ecdsa(NistCurve.P521, Hash.SHA512, "30819b301006072a8648ce3d020106052b8104002303818600");

    private final NistCurve curve;
    private final Hash hash;
    private final Bytes subjectPublicKeyInfoPrefix;

    private Ecdsa(NistCurve curve, Hash hash, String subjectPublicKeyInfoPrefix) {
        this.curve = curve;
        this.hash = hash;
        this.subjectPublicKeyInfoPrefix = Bytes.ofHex(subjectPublicKeyInfoPrefix);
    }

    @Override
    public int privateKeyBytes() {
        return curve.fieldBytes();
    }

    @Override
    public byte[] generatePrivateKey(RandomSource random) {
        return NistKeys.generate(curve, random);
    }

    @Override
    public byte[] privateKeyOf(byte[] stored) {
        return NistKeys.privateKey(curve, stored)
                .orElseThrow(() -> new IllegalArgumentException("a private key of " + stored.length
                        + " bytes, expected a scalar of " + curve.fieldBytes() + " from 1 to n - 1"));
    }

    @Override
    public Bytes publicKeyOf(byte[] privateKey) {
        return Bytes.wrapUnsafe(curve.publicKey(privateKey));
    }

    @Override
    public void requireValid(Bytes publicKey) throws MlsException {
        NistKeys.requirePoint(curve, publicKey);
    }

    @Override
    public Bytes subjectPublicKeyInfoPrefix() {
        return subjectPublicKeyInfoPrefix;
    }

    @Override
    public Signer signer(byte[] privateKey, Bytes publicKey) {
        return message -> {
            BigInteger[] numbers = curve.sign(privateKey, hash.digest(message));
            return new EcdsaSignature(numbers[0], numbers[1]).encode();
        };
    }

    @Override
    public boolean verify(Bytes publicKey, byte[] message, Bytes signature) {
        return EcdsaSignature.decode(signature.arrayUnsafe())
                .filter(it -> curve.verify(publicKey.arrayUnsafe(), hash.digest(message), it.r(), it.s()))
                .isPresent();
    }
}
