package chat.samara.benchmarks.bare;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Locale;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * What the bare store did in one run.
 *
 * @param writes a second
 * @param latencies of a write, nanoseconds
 */
public record BareRun(double writes, Histogram latencies) {
    /** As its process prints it: {@code run NUMBER WRITES LATENCIES}. */
    String line(int number) {
        ByteBuffer encoded = ByteBuffer.allocate(latencies.getNeededByteBufferCapacity());
        int length = latencies.encodeIntoCompressedByteBuffer(encoded);
        byte[] bytes = new byte[length];
        encoded.get(0, bytes);
        return String.format(
                Locale.ROOT,
                "run %d %.3f %s",
                number,
                writes,
                Base64.getEncoder().encodeToString(bytes));
    }

    /** The rest of such a line, behind the number. */
    static BareRun parse(String writesAndLatencies) {
        String[] parts = writesAndLatencies.split(" ", -1);
        try {
            ByteBuffer encoded = ByteBuffer.wrap(Base64.getDecoder().decode(parts[1]));
            return new BareRun(Double.parseDouble(parts[0]), Histogram.decodeFromCompressedByteBuffer(encoded, 0));
        } catch (DataFormatException e) {
            throw new IllegalStateException("the bare store printed \"" + writesAndLatencies + "\", expected a run", e);
        }
    }
}
