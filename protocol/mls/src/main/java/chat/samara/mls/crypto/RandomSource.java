package chat.samara.mls.crypto;

import java.security.SecureRandom;

/** Where random bytes come from. A simulation hands in a seeded one, and gets the same run again. */
@FunctionalInterface
public interface RandomSource {
    /** Fills the array. */
    void nextBytes(byte[] out);

    /** So many random bytes. */
    default byte[] bytes(int length) {
        byte[] out = new byte[length];
        nextBytes(out);
        return out;
    }

    /** The operating system's, fit for keys. Callable from any thread. */
    static RandomSource secure() {
        SecureRandom random = new SecureRandom();
        return random::nextBytes;
    }
}
