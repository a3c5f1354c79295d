/** Tests of {@code samara bench}. */
@NullMarked
package chat.samara.benchmarks.server;

import org.jspecify.annotations.NullMarked;
