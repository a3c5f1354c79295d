/** Tests of what is read of other processes. */
@NullMarked
package chat.samara.benchmarks.process;

import org.jspecify.annotations.NullMarked;
