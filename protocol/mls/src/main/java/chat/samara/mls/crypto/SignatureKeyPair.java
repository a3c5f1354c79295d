package chat.samara.mls.crypto;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.primitive.Signer;
import org.jspecify.annotations.Nullable;

/**
 * A signature key pair whose private key can be erased. {@link #toString} shows the public key only. Signing is callable from
 * any thread, as long as none erases.
 */
public final class SignatureKeyPair {
    private final SignatureScheme scheme;
    private final Bytes publicKey;
    private final Secret privateKey;

    /** Made when it is first needed. Threads that come together make one each, which sign alike. */
    private @Nullable Signer signer;

    private SignatureKeyPair(SignatureScheme scheme, Bytes publicKey, Secret privateKey) {
        this.scheme = scheme;
        this.publicKey = publicKey;
        this.privateKey = privateKey;
    }

    /** Takes the private key. */
    static SignatureKeyPair of(SignatureScheme scheme, byte[] privateKey) {
        return new SignatureKeyPair(scheme, scheme.publicKeyOf(privateKey), Secret.take(privateKey));
    }

    /** A fresh key pair for the suite's signature scheme. */
    public static SignatureKeyPair generate(CipherSuite suite, RandomSource random) {
        return of(suite.signatureScheme(), suite.signatureScheme().generatePrivateKey(random));
    }

    /** The suite's key pair with this private key, which is copied. */
    public static SignatureKeyPair of(CipherSuite suite, byte[] privateKey) {
        return of(suite.signatureScheme(), suite.signatureScheme().privateKeyOf(privateKey));
    }

    /** The public key, as the signature scheme encodes it. */
    public Bytes publicKey() {
        return publicKey;
    }

    /** A copy of the private key; the caller erases it. */
    public byte[] privateKey() {
        return privateKey.reveal().clone();
    }

    /** The signature of the message, without any label. */
    public Bytes sign(byte[] message) {
        byte[] revealed = privateKey.reveal();
        Signer known = signer;
        if (known == null) {
            known = scheme.signer(revealed, publicKey);
            signer = known;
        }
        return Bytes.wrapUnsafe(known.sign(message));
    }

    /** Overwrites the private key, also in a native library. */
    public void erase() {
        Signer known = signer;
        signer = null;
        if (known != null) {
            known.erase();
        }
        privateKey.erase();
    }

    @Override
    public String toString() {
        return "SignatureKeyPair(" + publicKey + ")";
    }
}
