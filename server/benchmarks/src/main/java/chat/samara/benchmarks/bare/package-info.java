/**
 * What the machine could do at best, measured in the same run as Samara: a TLS fan-out and a durable store with nothing around them, each
 * in a process of its own, with the same bytes.
 */
@NullMarked
package chat.samara.benchmarks.bare;

import org.jspecify.annotations.NullMarked;
