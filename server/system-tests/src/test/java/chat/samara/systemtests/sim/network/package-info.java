/** Tests of the simulator's own parts. */
@NullMarked
package chat.samara.systemtests.sim.network;

import org.jspecify.annotations.NullMarked;
