package chat.samara.mls.crypto;

import java.security.DigestException;
import java.security.MessageDigest;

/** One hash function for very many short inputs, one after the other, without garbage. Not for more than one thread. */
public final class RepeatedHash {
    private final MessageDigest digest;

    RepeatedHash(MessageDigest digest) {
        this.digest = digest;
    }

    /** Hashes the first bytes of {@code input}, and writes the hash into {@code output} from {@code offset} on. */
    public void hash(byte[] input, int inputBytes, byte[] output, int offset) {
        try {
            digest.update(input, 0, inputBytes);
            digest.digest(output, offset, digest.getDigestLength());
        } catch (DigestException e) {
            throw new IllegalArgumentException(
                    "room for " + (output.length - offset) + " bytes, expected " + digest.getDigestLength(), e);
        }
    }
}
