package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Sixty digits that two members compare, by voice or side by side, to be sure that nobody stands between them. Both see the same
 * number. Thirty digits stand for each member: the user id and identity key, hashed 5,200 times so that a search for keys with
 * similar digits costs more.
 *
 * @param digits 60 decimal digits
 */
public record SafetyNumber(String digits) {
    /** Decimal digits. */
    public static final int DIGITS = 60;

    private static final int ITERATIONS = 5200;
    private static final int GROUP_DIGITS = 5;
    private static final int GROUP_BYTES = 5;
    private static final long GROUP_MODULUS = 100_000;
    private static final Bytes LABEL = Bytes.ofUtf8("samara/v1/safety-number");

    /** The number of two members; the order does not matter. Identity keys are 32 bytes. */
    public static SafetyNumber of(UserId one, Bytes oneIdentityKey, UserId other, Bytes otherIdentityKey) {
        String first = half(one, oneIdentityKey);
        String second = half(other, otherIdentityKey);
        return new SafetyNumber(first.compareTo(second) <= 0 ? first + second : second + first);
    }

    private static String half(UserId user, Bytes identityKey) {
        if (identityKey.size() != Ed25519.KEY_BYTES) {
            throw new IllegalArgumentException(
                    "identity key of " + identityKey.size() + " bytes, expected " + Ed25519.KEY_BYTES);
        }
        MessageDigest sha512 = sha512();
        byte[] name = user.toString().getBytes(StandardCharsets.UTF_8);
        sha512.update(LABEL.arrayUnsafe());
        sha512.update((byte) 0);
        sha512.update(identityKey.arrayUnsafe());
        byte[] hash = sha512.digest(name);
        for (int i = 0; i < ITERATIONS; i++) {
            sha512.update(hash);
            hash = sha512.digest(identityKey.arrayUnsafe());
        }
        StringBuilder digits = new StringBuilder(DIGITS / 2);
        for (int group = 0; group < DIGITS / 2 / GROUP_DIGITS; group++) {
            long value = 0;
            for (int i = 0; i < GROUP_BYTES; i++) {
                value = (value << 8) | (hash[group * GROUP_BYTES + i] & 0xff);
            }
            String text = Long.toString(GROUP_MODULUS + value % GROUP_MODULUS);
            digits.append(text, 1, text.length());
        }
        return digits.toString();
    }

    private static MessageDigest sha512() {
        try {
            return MessageDigest.getInstance("SHA-512");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-512", e);
        }
    }

    /** Twelve groups of five, as it is shown. */
    @Override
    public String toString() {
        return digits.replaceAll("(\\d{5})(?=\\d)", "$1 ");
    }
}
