package chat.samara.client.content;

/**
 * The sizes that packed contents have: multiples of 64 bytes up to 2 KiB, above that the Padmé sizes (Nikitin et al., "Reducing
 * Metadata Leakage from Encrypted Files and Communication with PURBs", 2019, §4). A short message says almost nothing about its
 * length, a long one pays at most an eighth.
 */
final class SizeClass {
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
        return Math.addExact(bytes, step - 1) / step * step;
    }
}
