package chat.samara.benchmarks.server;

import org.HdrHistogram.Histogram;

/**
 * What one run was like.
 *
 * @param messages a second that were acknowledged as durable
 * @param deliveries a second
 * @param frameBytes of a delivery, without TLS
 * @param wireBytes that arrived over all connections for each delivery, TLS and all answers included
 * @param serverCpu processors that the server was using
 * @param clientCpu processors that the load took
 * @param latencies in nanoseconds, if they were asked for
 */
record Run(
        double messages,
        double deliveries,
        double frameBytes,
        double wireBytes,
        double serverCpu,
        double clientCpu,
        Histogram latencies) {
    private static final double MILLI_NANOS = 1e6;

    double percentileMillis(double percentile) {
        return latencies.getValueAtPercentile(percentile) / MILLI_NANOS;
    }

    double maxMillis() {
        return latencies.getMaxValue() / MILLI_NANOS;
    }
}
