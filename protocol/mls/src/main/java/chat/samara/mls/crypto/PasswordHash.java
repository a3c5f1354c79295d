package chat.samara.mls.crypto;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.bouncycastle.Argon2;

/**
 * Argon2id (RFC 9106) version 1.3: makes a key from what a person can remember. Not a part of MLS; here because all of this library's
 * cryptography has one provider.
 *
 * @param memoryKib memory that every guess costs, KiB; at least 8 a lane
 * @param iterations passes over that memory, at least 1
 * @param lanes degree of parallelism, at least 1
 */
public record PasswordHash(int memoryKib, int iterations, int lanes) {
    /** Bytes in a salt, at least. */
    public static final int SALT_BYTES_MIN = 16;

    private static final int MEMORY_KIB_PER_LANE_MIN = 8;

    public PasswordHash {
        if (iterations < 1 || lanes < 1 || memoryKib / lanes < MEMORY_KIB_PER_LANE_MIN) {
            throw new IllegalArgumentException("Argon2id with " + memoryKib + " KiB, " + iterations + " iterations, "
                    + lanes + " lanes; expected at least 8 KiB a lane and 1 of the others");
        }
    }

    /** So many bytes from the password, which stays the caller's to erase; and so does the result. */
    public byte[] derive(byte[] password, Bytes salt, int outputBytes) {
        if (salt.size() < SALT_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "a salt of " + salt.size() + " bytes, expected at least " + SALT_BYTES_MIN);
        }
        return Argon2.argon2id(password, salt.toByteArray(), memoryKib, iterations, lanes, outputBytes);
    }
}
