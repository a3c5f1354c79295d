package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.process.ProcessFigures;
import chat.samara.benchmarks.process.ServerUnderTest;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * How a server stood at one moment of a soak.
 *
 * @param seconds since it began
 * @param messages that were acknowledged so far
 * @param deliveries to readers so far
 * @param latencyMillis that 99 of 100 messages took at most since the sample before
 */
record SoakSample(double seconds, long messages, long deliveries, double latencyMillis, Map<Quantity, Double> values) {
    private static final double MIB_BYTES = 1 << 20;

    SoakSample {
        values = new EnumMap<>(values);
    }

    /** What must not rise as long as the load is the same; the disk's bytes rise with the messages. */
    enum Quantity {
        /** Of the process, Java's own included. */
        MEMORY_MIB,
        /** What lives in the heap after a collection. */
        HEAP_MIB,
        /** Java's buffers outside of the heap. */
        DIRECT_MIB,
        SOCKETS,
        FILES,
        THREADS,
        DISK_MIB;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Reads a server; its garbage is collected for that. */
    static SoakSample read(ServerUnderTest server, double seconds, long messages, long deliveries, double latencyMillis)
            throws BenchFailure, InterruptedException {
        Map<Quantity, Double> values = new EnumMap<>(Quantity.class);
        values.put(Quantity.HEAP_MIB, server.process().liveHeapBytes() / MIB_BYTES);
        values.put(Quantity.DIRECT_MIB, server.metrics().sum("jvm_buffer_memory_used_bytes{id=\"direct\"") / MIB_BYTES);
        values.put(Quantity.DISK_MIB, ProcessFigures.bytesIn(server.data()) / MIB_BYTES);
        ProcessFigures.of(server.process()).ifPresent(figures -> {
            values.put(Quantity.MEMORY_MIB, figures.memoryBytes() / MIB_BYTES);
            values.put(Quantity.SOCKETS, (double) figures.sockets());
            values.put(Quantity.FILES, (double) figures.files());
            values.put(Quantity.THREADS, (double) figures.threads());
        });
        return new SoakSample(seconds, messages, deliveries, latencyMillis, values);
    }
}
