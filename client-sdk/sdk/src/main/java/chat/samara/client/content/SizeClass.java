package chat.samara.client.content;

/**
 * The sizes that packed contents have: 128 bytes, then multiples of 64 bytes up to 2 KiB, above that the Padmé sizes (Nikitin et al., "Reducing
 * Metadata Leakage from Encrypted Files and Communication with PURBs", 2019, §4). A short message says almost nothing about its
 * length, a long one pays at most an eighth. The smallest holds a franking key and a reference to another message, 64 bytes that nothing compresses, so that
 * a reaction looks like a short text.
 */
final class SizeClass {
    /** What every content has at the least. */
    static final int SMALLEST_BYTES = 128;

    private static final int STEP_BYTES_MIN = 64;

    private SizeClass() {}

    /** The smallest size of a class that holds so many bytes, at least one. */
    static int of(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("a content of " + bytes + " bytes, expected at least 1");
        }
        int exponent = 31 - Integer.numberOfLeadingZeros(bytes);
        int significantBits = exponent == 0 ? 1 : 32 - Integer.numberOfLeadingZeros(exponent);
        int step = Math.max(STEP_BYTES_MIN, 1 << Math.max(0, exponent - significantBits));
        return Math.max(SMALLEST_BYTES, Math.addExact(bytes, step - 1) / step * step);
    }
}
