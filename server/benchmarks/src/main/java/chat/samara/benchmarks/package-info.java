/**
 * How fast Samara is, measured: {@code ./samara bench}. Not part of any program; nothing depends on this module, and it alone
 * uses JMH, JOL and, outside of tests, {@code bcmls}.
 */
@NullMarked
package chat.samara.benchmarks;

import org.jspecify.annotations.NullMarked;
