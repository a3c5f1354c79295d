package chat.samara.mls.fuzz;

import chat.samara.mls.MlsException;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What holds for every decoder and all bytes: nothing but {@link MlsException} escapes; what decodes is encoded to the same
 * bytes again; and decoding and encoding together allocate at most a small multiple of the input's size, plus a constant ({@link
 * Decoder#allowedBytes}).
 */
final class DecoderProperties {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Longer inputs are shown by their beginning. */
    private static final int SHOWN_BYTES_MAX = 512;

    private DecoderProperties() {}

    /** Checks all of them. */
    static void check(Decoder decoder, byte[] bytes) {
        Optional<byte[]> again = again(decoder::again, bytes);
        if (again.isPresent() && !Arrays.equals(again.get(), bytes)) {
            throw new AssertionError(
                    decoder + " encodes to " + shown(again.get()) + " what it decoded from " + shown(bytes));
        }
        long allowed = decoder.allowedBytes(bytes.length);
        if (allocatedBytes(decoder::again, bytes) > allowed) {
            // Classes that are loaded, and code that is compiled, at the first run are nothing that the input has asked
            // for.
            long least = Math.min(allocatedBytes(decoder::again, bytes), allocatedBytes(decoder::again, bytes));
            if (least > allowed) {
                throw new AssertionError(decoder + " allocates " + least + " bytes for an input of " + bytes.length
                        + ", expected at most " + allowed + ": " + shown(bytes));
            }
        }
    }

    /** What this thread allocates for it. */
    static long allocatedBytes(Decoder.Again decoder, byte[] bytes) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        again(decoder, bytes);
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    /** Whether the bytes are taken. */
    static boolean accepts(Decoder decoder, byte[] bytes) {
        return again(decoder::again, bytes).isPresent();
    }

    private static Optional<byte[]> again(Decoder.Again decoder, byte[] bytes) {
        try {
            return Optional.of(decoder.encode(bytes));
        } catch (MlsException refused) {
            return Optional.empty();
        }
    }

    private static String shown(byte[] bytes) {
        return HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, SHOWN_BYTES_MAX));
    }
}
