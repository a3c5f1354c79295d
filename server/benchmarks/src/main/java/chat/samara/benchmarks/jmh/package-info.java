/** The same cases, and the primitives under them, for JMH ({@code ./samara bench jmh}): with its profilers and its statistics. */
@NullMarked
package chat.samara.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
