package chat.samara.benchmarks.server;

import java.util.List;
import java.util.OptionalDouble;

/**
 * Connections that came, stayed, and came again.
 *
 * @param loginsPerSecond while they came, one of each step
 * @param returnsPerSecond of those who had been there before
 * @param resumedPercent of these, whose TLS went on without a whole handshake
 */
record ConnectionsRun(List<Step> steps, List<Double> loginsPerSecond, double returnsPerSecond, double resumedPercent) {
    ConnectionsRun {
        steps = List.copyOf(steps);
        loginsPerSecond = List.copyOf(loginsPerSecond);
    }

    /**
     * What each connection takes while there are so many.
     *
     * @param bytes of memory, its part of the heap included
     * @param heapBytes of that, what lives in the heap
     * @param directBytes of that, what Java's buffers take outside of it; empty if the process does not tell
     */
    record Step(int connections, double bytes, double heapBytes, OptionalDouble directBytes) {}
}
