package chat.samara.mls.crypto;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.bouncycastle.NistCurve;

/** P-256, P-384 and P-521: public keys are uncompressed points, private keys scalars (RFC 9180 §7.1.1, §7.1.2). */
final class NistGroup implements DhGroup {
    static final NistGroup P256 = new NistGroup(0x0010, Hash.SHA256, NistCurve.P256);
    static final NistGroup P384 = new NistGroup(0x0011, Hash.SHA384, NistCurve.P384);
    static final NistGroup P521 = new NistGroup(0x0012, Hash.SHA512, NistCurve.P521);

    /** How often DeriveKeyPair tries (RFC 9180 §7.1.3); once is nearly always enough. */
    private static final int CANDIDATES_MAX = 256;

    private final int kemId;
    private final Hash hash;
    private final NistCurve curve;

    private NistGroup(int kemId, Hash hash, NistCurve curve) {
        this.kemId = kemId;
        this.hash = hash;
        this.curve = curve;
    }

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
        return curve.fieldBytes();
    }

    @Override
    public int publicKeyBytes() {
        return curve.publicKeyBytes();
    }

    @Override
    public byte[] derivePrivateKey(LabeledKdf kdf, byte[] pseudoRandomKey) {
        for (int counter = 0; counter < CANDIDATES_MAX; counter++) {
            byte[] candidate =
                    kdf.expand(pseudoRandomKey, "candidate", new byte[] {(byte) counter}, curve.fieldBytes());
            NistKeys.mask(curve, candidate);
            if (curve.isScalar(candidate)) {
                return candidate;
            }
        }
        throw new IllegalStateException(CANDIDATES_MAX + " candidates out of range, expected none or one");
    }

    @Override
    public byte[] privateKeyOf(byte[] stored) throws MlsException {
        return NistKeys.privateKey(curve, stored)
                .orElseThrow(() -> new MlsException(
                        MlsError.INVALID_STATE,
                        "a " + curve + " private key of " + stored.length + " bytes, expected a scalar of "
                                + curve.fieldBytes() + " from 1 to n - 1"));
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
    public byte[] agree(byte[] privateKey, Bytes publicKey) throws MlsException {
        NistKeys.requirePoint(curve, publicKey);
        return curve.agree(privateKey, publicKey.arrayUnsafe());
    }
}
