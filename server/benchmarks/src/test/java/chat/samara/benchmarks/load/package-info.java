/** Tests of the load. */
@NullMarked
package chat.samara.benchmarks.load;

import org.jspecify.annotations.NullMarked;
