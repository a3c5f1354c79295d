/** Tests of how bytes are counted. */
@NullMarked
package chat.samara.benchmarks.wire;

import org.jspecify.annotations.NullMarked;
