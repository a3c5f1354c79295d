package chat.samara.systemtests.sim.oracle;

import java.nio.charset.StandardCharsets;

/**
 * Looks for plain text where none may be (I6): on the wire and on servers' disks. Every text and channel name of the
 * workload carries the mark, which does not compress.
 */
public final class PlaintextWatch {
    /** Stands in everything that no server may ever read. */
    public static final String MARK = "q7Zx-Ëw2";

    private static final byte[] MARK_BYTES = MARK.getBytes(StandardCharsets.UTF_8);

    private long bytesSearched;

    /** Searches bytes that somebody who must not read them holds. */
    public void search(byte[] bytes, String holder) {
        bytesSearched += bytes.length;
        int last = bytes.length - MARK_BYTES.length;
        for (int at = 0; at <= last; at++) {
            if (bytes[at] == MARK_BYTES[0] && matches(bytes, at)) {
                throw new InvariantViolation(
                        Invariant.I6_OTHERS_READ_NOTHING, holder + " holds plain text at byte " + at);
            }
        }
    }

    private static boolean matches(byte[] bytes, int at) {
        for (int i = 1; i < MARK_BYTES.length; i++) {
            if (bytes[at + i] != MARK_BYTES[i]) {
                return false;
            }
        }
        return true;
    }

    /** How much was looked at. */
    public long bytesSearched() {
        return bytesSearched;
    }
}
