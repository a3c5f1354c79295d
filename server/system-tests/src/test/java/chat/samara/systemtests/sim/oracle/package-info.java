/** Tests of the simulator's own parts. */
@NullMarked
package chat.samara.systemtests.sim.oracle;

import org.jspecify.annotations.NullMarked;
