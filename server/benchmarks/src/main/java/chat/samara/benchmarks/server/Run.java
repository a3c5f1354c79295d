package chat.samara.benchmarks.server;

import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * What one run was like.
 *
 * @param messages a second that were acknowledged as durable
 * @param deliveries a second
 * @param frameBytes of a delivery, without TLS
 * @param wireBytes that arrived over all connections for each delivery, TLS and all answers included
 * @param serverCpus processors that each of the servers was using
 * @param clientCpu processors that the load took
 * @param latencies in nanoseconds, if they were asked for
 */
record Run(
        double messages,
        double deliveries,
        double frameBytes,
        double wireBytes,
        List<Double> serverCpus,
        double clientCpu,
        Histogram latencies) {
    private static final double MILLI_NANOS = 1e6;

    Run {
        serverCpus = List.copyOf(serverCpus);
    }

    /** Processors that the servers were using, all together. */
    double serverCpu() {
        return serverCpus.stream().mapToDouble(Double::doubleValue).sum();
    }

    double percentileMillis(double percentile) {
        return latencies.getValueAtPercentile(percentile) / MILLI_NANOS;
    }

    double maxMillis() {
        return latencies.getMaxValue() / MILLI_NANOS;
    }
}
