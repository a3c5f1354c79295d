package chat.samara.mls.crypto.conscrypt;

import chat.samara.mls.crypto.primitive.Curve25519;
import chat.samara.mls.crypto.primitive.Signer;
import java.util.Optional;

/**
 * Curve25519 by BoringSSL. It only ever says yes: what it refuses, or fails at, another implementation decides, so that both accept the same.
 *
 * <p>The two do not verify by the same equation. RFC 8032 §5.1.7 leaves the choice: BoringSSL takes {@code SB = R + kA}, Bouncy Castle {@code 8SB = 8R +
 * 8kA}. Whatever fulfils the first fulfils the second; but a signer may add a point of small order to his key or to R, and then only the second holds. So
 * BoringSSL's yes is final, once the keys are left out that the other refuses ({@link EdwardsKeys}), and its no is not. It never answers yes for
 * an R that is not the shortest encoding, since it encodes its own R and compares bytes.
 */
public final class NativeCurve25519 implements Curve25519 {
    private final Curve25519 decides;

    private NativeCurve25519(Curve25519 decides) {
        this.decides = decides;
    }

    /**
     * Loads the native library, once for the process, and tests it against known answers.
     *
     * @param decides about what BoringSSL refuses
     * @throws LinkageError if the library is missing or cannot be loaded here
     * @throws IllegalStateException if it gives a wrong answer
     */
    public static NativeCurve25519 load(Curve25519 decides) {
        // By itself: else the other one's answers would hide what is wrong.
        KnownAnswers.require(new NativeCurve25519(KnownAnswers.REFUSES));
        return new NativeCurve25519(decides);
    }

    /** The release, for people. */
    public static String release() {
        org.conscrypt.Conscrypt.Version version = org.conscrypt.Conscrypt.version();
        return version.major() + "." + version.minor() + "." + version.patch();
    }

    @Override
    public byte[] x25519PublicKey(byte[] privateKey) {
        try {
            return publicKey(NativeKey.X25519, privateKey);
        } catch (IllegalStateException refused) {
            return decides.x25519PublicKey(privateKey);
        }
    }

    @Override
    public Optional<byte[]> x25519(byte[] privateKey, byte[] publicKey) {
        byte[] shared = new byte[KEY_BYTES];
        try {
            if (NativeCalls.agree(shared, privateKey, publicKey)) {
                return Optional.of(shared);
            }
        } catch (IllegalStateException refused) {
            return decides.x25519(privateKey, publicKey);
        }
        return decides.x25519(privateKey, publicKey);
    }

    @Override
    public byte[] ed25519PublicKey(byte[] privateKey) {
        try {
            return publicKey(NativeKey.ED25519, privateKey);
        } catch (IllegalStateException refused) {
            return decides.ed25519PublicKey(privateKey);
        }
    }

    private static byte[] publicKey(int algorithm, byte[] privateKey) {
        NativeKey key = NativeKey.ofThread();
        try {
            key.fillWithPrivate(algorithm, privateKey);
            return key.rawPublicKey();
        } finally {
            key.empty();
        }
    }

    @Override
    public Signer ed25519Signer(byte[] privateKey, byte[] publicKey) {
        try {
            return new NativeSigner(privateKey);
        } catch (IllegalStateException refused) {
            return decides.ed25519Signer(privateKey, publicKey);
        }
    }

    @Override
    public boolean ed25519Verify(byte[] publicKey, byte[] message, byte[] signature) {
        if (publicKey.length != KEY_BYTES || signature.length != SIGNATURE_BYTES) {
            return false;
        }
        return accepts(publicKey, message, signature) || decides.ed25519Verify(publicKey, message, signature);
    }

    private boolean accepts(byte[] publicKey, byte[] message, byte[] signature) {
        if (!EdwardsKeys.mayBeKey(publicKey)) {
            return false;
        }
        NativeKey key = NativeKey.ofThread();
        try {
            key.fillWithPublic(NativeKey.ED25519, publicKey);
            key.beginVerifying();
            return key.verify(signature, message);
        } catch (IllegalStateException refused) {
            return false;
        } finally {
            key.empty();
        }
    }
}
