package chat.samara.mls.crypto.conscrypt;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;

/** An Ed25519 signature made by hand: by a signer who knows the key and bends all else. */
final class CraftedSignature {
    private final byte[] publicKey;
    private final byte[] message;
    private final byte[] signature;

    private CraftedSignature(byte[] publicKey, byte[] message, byte[] signature) {
        this.publicKey = publicKey;
        this.message = message;
        this.signature = signature;
    }

    byte[] publicKey() {
        return publicKey;
    }

    byte[] message() {
        return message;
    }

    byte[] signature() {
        return signature;
    }

    /**
     * With {@code S = r + k * a}, whatever the key and R say.
     *
     * @param a the secret scalar
     * @param publicKey what k is made from, and what is verified with
     * @param r the nonce
     * @param encodedR the first half of the signature
     */
    static CraftedSignature of(BigInteger a, byte[] publicKey, BigInteger r, byte[] encodedR, byte[] message) {
        BigInteger k = challenge(encodedR, publicKey, message);
        return of(publicKey, encodedR, r.add(k.multiply(a)).mod(EdwardsPoint.ORDER), message);
    }

    static CraftedSignature of(byte[] publicKey, byte[] encodedR, BigInteger s, byte[] message) {
        byte[] signature = new byte[64];
        System.arraycopy(encodedR, 0, signature, 0, 32);
        System.arraycopy(EdwardsPoint.littleEndian(s), 0, signature, 32, 32);
        return new CraftedSignature(publicKey, message, signature);
    }

    private static BigInteger challenge(byte[] encodedR, byte[] publicKey, byte[] message) {
        try {
            MessageDigest sha512 = MessageDigest.getInstance("SHA-512");
            sha512.update(encodedR);
            sha512.update(publicKey);
            return EdwardsPoint.littleEndian(sha512.digest(message)).mod(EdwardsPoint.ORDER);
        } catch (GeneralSecurityException missing) {
            throw new AssertionError("in every Java", missing);
        }
    }

    /** S, as a number. */
    BigInteger s() {
        byte[] second = new byte[32];
        System.arraycopy(signature, 32, second, 0, 32);
        return EdwardsPoint.littleEndian(second);
    }

    CraftedSignature withS(BigInteger other) {
        byte[] first = new byte[32];
        System.arraycopy(signature, 0, first, 0, 32);
        return of(publicKey, first, other, message);
    }
}
