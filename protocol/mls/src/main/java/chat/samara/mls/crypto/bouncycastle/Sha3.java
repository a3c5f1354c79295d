package chat.samara.mls.crypto.bouncycastle;

import org.bouncycastle.crypto.digests.SHA3Digest;
import org.bouncycastle.crypto.digests.SHAKEDigest;

/** SHA3-256 and SHAKE256 (FIPS 202) of parts, one after the other. */
public final class Sha3 {
    /** Bytes in a SHA3-256 hash. */
    public static final int SHA3_256_BYTES = 32;

    private static final int BITS = 256;

    private Sha3() {}

    /** SHA3-256. */
    public static byte[] sha3(byte[]... parts) {
        SHA3Digest digest = new SHA3Digest(BITS);
        for (byte[] part : parts) {
            digest.update(part, 0, part.length);
        }
        byte[] output = new byte[SHA3_256_BYTES];
        digest.doFinal(output, 0);
        return output;
    }

    /** So many bytes of SHAKE256. */
    public static byte[] shake256(int outputBytes, byte[]... parts) {
        SHAKEDigest digest = new SHAKEDigest(BITS);
        for (byte[] part : parts) {
            digest.update(part, 0, part.length);
        }
        byte[] output = new byte[outputBytes];
        digest.doFinal(output, 0, outputBytes);
        return output;
    }
}
