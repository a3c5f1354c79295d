package chat.samara.mls.crypto.bouncycastle;

import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/** Argon2id (RFC 9106) on raw bytes. */
public final class Argon2 {
    private Argon2() {}

    /**
     * Derives so many bytes from a password.
     *
     * @param memoryKib memory to fill, KiB
     * @param iterations passes over it
     * @param lanes degree of parallelism
     */
    public static byte[] argon2id(
            byte[] password, byte[] salt, int memoryKib, int iterations, int lanes, int outputBytes) {
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withSalt(salt)
                .withMemoryAsKB(memoryKib)
                .withIterations(iterations)
                .withParallelism(lanes)
                .build());
        byte[] output = new byte[outputBytes];
        generator.generateBytes(password, output);
        return output;
    }
}
