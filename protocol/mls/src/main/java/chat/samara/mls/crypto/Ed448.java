package chat.samara.mls.crypto;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.bouncycastle.Curve448;
import chat.samara.mls.crypto.primitive.Signer;

/** Ed448 (RFC 8032) with an empty context: keys of 57 bytes, signatures of 114. */
enum Ed448 implements SignatureScheme {
    SCHEME;

    private static final Bytes SUBJECT_PUBLIC_KEY_INFO_PREFIX = Bytes.ofHex("3043300506032b6571033a00");

    @Override
    public int privateKeyBytes() {
        return Curve448.ED448_KEY_BYTES;
    }

    @Override
    public Bytes publicKeyOf(byte[] privateKey) {
        return Bytes.wrapUnsafe(Curve448.ed448PublicKey(privateKey));
    }

    @Override
    public void requireValid(Bytes publicKey) throws MlsException {
        if (publicKey.size() != Curve448.ED448_KEY_BYTES) {
            throw new MlsException(
                    MlsError.INVALID_PUBLIC_KEY, "an Ed448 public key of " + publicKey.size() + " bytes, expected 57");
        }
    }

    @Override
    public Bytes subjectPublicKeyInfoPrefix() {
        return SUBJECT_PUBLIC_KEY_INFO_PREFIX;
    }

    @Override
    public Signer signer(byte[] privateKey, Bytes publicKey) {
        return message -> Curve448.ed448Sign(privateKey, publicKey.arrayUnsafe(), message);
    }

    @Override
    public boolean verify(Bytes publicKey, byte[] message, Bytes signature) {
        return Curve448.ed448Verify(publicKey.arrayUnsafe(), message, signature.arrayUnsafe());
    }
}
