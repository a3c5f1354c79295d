/** Tests of {@code samara bench}. */
@NullMarked
package chat.samara.benchmarks;

import org.jspecify.annotations.NullMarked;
