/**
 * The processes beside the benchmark's own: the server that is measured and the baselines, each with its processor time, in a folder
 * that goes away with them. Called from the benchmark's main thread.
 */
@NullMarked
package chat.samara.benchmarks.process;

import org.jspecify.annotations.NullMarked;
