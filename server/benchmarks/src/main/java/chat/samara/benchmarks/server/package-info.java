/**
 * A whole server under load ({@code ./samara bench fanout|accept|rooms|latency}): a {@link chat.samara.benchmarks.server.Scene} has the
 * server, the load and the baselines, a {@link chat.samara.benchmarks.server.Meter} reads it while it runs, a {@link
 * chat.samara.benchmarks.server.Figure} is what is printed. On the benchmark's main thread.
 */
@NullMarked
package chat.samara.benchmarks.server;

import org.jspecify.annotations.NullMarked;
