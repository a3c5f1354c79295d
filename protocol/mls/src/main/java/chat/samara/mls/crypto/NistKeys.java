package chat.samara.mls.crypto;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.bouncycastle.NistCurve;
import java.util.Arrays;
import java.util.Optional;

/** What DHKEM and ECDSA ask alike of the keys of a NIST curve. */
final class NistKeys {
    private NistKeys() {}

    /** Clears the bits beyond the order's, so that a candidate is probably in range (RFC 9180 §7.1.3's bitmask). */
    static void mask(NistCurve curve, byte[] candidate) {
        int unused = 8 * candidate.length - curve.orderBits();
        candidate[0] &= (byte) (0xff >>> unused);
    }

    /** A private key in its full length: some implementations leave leading zeros away. Empty for what is none. */
    static Optional<byte[]> privateKey(NistCurve curve, byte[] stored) {
        if (stored.length > curve.fieldBytes() || !curve.isScalar(stored)) {
            return Optional.empty();
        }
        byte[] whole = new byte[curve.fieldBytes()];
        System.arraycopy(stored, 0, whole, whole.length - stored.length, stored.length);
        return Optional.of(whole);
    }

    /** A fresh private key, every one as likely as any other. */
    static byte[] generate(NistCurve curve, RandomSource random) {
        while (true) {
            byte[] candidate = random.bytes(curve.fieldBytes());
            mask(curve, candidate);
            if (curve.isScalar(candidate)) {
                return candidate;
            }
            Arrays.fill(candidate, (byte) 0);
        }
    }

    /** Refuses with {@link MlsError#INVALID_PUBLIC_KEY} what is no uncompressed point of the curve (RFC 9180 §7.1.4). */
    static void requirePoint(NistCurve curve, Bytes publicKey) throws MlsException {
        if (!curve.isPoint(publicKey.arrayUnsafe())) {
            throw new MlsException(
                    MlsError.INVALID_PUBLIC_KEY,
                    "a " + curve + " public key of " + publicKey.size() + " bytes, expected an uncompressed point of "
                            + curve.publicKeyBytes() + " on the curve");
        }
    }
}
