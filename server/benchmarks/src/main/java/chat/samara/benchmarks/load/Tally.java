package chat.samara.benchmarks.load;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** What has been sent and got, over all connections, and how long it took. Any thread. */
public final class Tally {
    /** Messages whose time is remembered: more than can be under way at any time. */
    private static final int TIMES_KEPT = 1 << 18;

    private static final int DIGITS = 3;

    private final LongAdder acknowledged = new LongAdder();
    private final LongAdder delivered = new LongAdder();
    private final LongAdder frameBytes = new LongAdder();
    private final LongAdder wireBytes = new LongAdder();
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicLongArray saidNanos = new AtomicLongArray(TIMES_KEPT);
    private final Recorder latencies = new Recorder(DIGITS);
    private volatile boolean timed;

    /**
     * How everything stands at a moment; differences count.
     *
     * @param acknowledged messages that the server has said are durable
     * @param delivered messages that readers got, each reader counted
     * @param frameBytes that these took as frames, with their lengths
     * @param wireBytes that arrived on all connections, TLS included
     */
    public record Count(long nanos, long acknowledged, long delivered, long frameBytes, long wireBytes) {}

    public Count count() {
        return new Count(System.nanoTime(), acknowledged.sum(), delivered.sum(), frameBytes.sum(), wireBytes.sum());
    }

    /** Whether each message is timed. */
    public void timed(boolean wanted) {
        timed = wanted;
    }

    /** A number for a message that is, or was to be, said at this time. */
    long number(long saidAtNanos) {
        long number = numbers.getAndIncrement();
        saidNanos.lazySet((int) (number & (TIMES_KEPT - 1)), saidAtNanos);
        return number;
    }

    /** The message has arrived where it was waited for. */
    public void arrivedIfTimed(long number) {
        if (timed) {
            long took = System.nanoTime() - saidNanos.get((int) (number & (TIMES_KEPT - 1)));
            latencies.recordValue(Math.max(0, took));
        }
    }

    void acknowledged() {
        acknowledged.increment();
    }

    /** Frames with messages have come. */
    public void delivered(int messages, long bytes) {
        delivered.add(messages);
        frameBytes.add(bytes);
    }

    void wireBytes(long bytes) {
        wireBytes.add(bytes);
    }

    /** The latencies since the last call, nanoseconds. */
    public Histogram takeLatencies() {
        return latencies.getIntervalHistogram();
    }
}
